"""What happened to a data set at this server, who did it and when; kept also after its deletion."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server_node.storage.context import NodeContext, to_text
from server_node.storage.database import Database
from server_node.storage.rows import DatasetEvent

ANNOUNCED, RECEIVED, CONFIRMED, MISMATCHED = "announced", "received", "confirmed", "mismatched"
CHANGED, DELETED = "settings", "deleted"
KINDS: Final = (ANNOUNCED, RECEIVED, CONFIRMED, MISMATCHED, CHANGED, DELETED)
MAX_EVENTS: Final = 1000
"""So many events of a data set are shown, the newest."""


def note(
    session: AsyncSession, context: NodeContext, dataset: str, kind: str, facts: dict[str, Any], actor: str = ""
) -> None:
    """Write an event down with the transaction that makes it true; without ``actor`` it was this node."""
    session.add(
        DatasetEvent(
            dataset=dataset,
            time=context.now,
            actor=actor or context.identity.name,
            kind=kind,
            facts=json.dumps(facts),
        )
    )


class History:
    """The events of every data set."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, dataset: str) -> list[dict[str, Any]]:
        """``{time, actor, kind, facts}`` of the newest events, oldest first."""
        query = select(DatasetEvent).where(DatasetEvent.dataset == dataset).order_by(DatasetEvent.id.desc())
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(MAX_EVENTS))).all()
        return [
            {"time": to_text(row.time), "actor": row.actor, "kind": row.kind, "facts": json.loads(row.facts)}
            for row in reversed(rows)
        ]
