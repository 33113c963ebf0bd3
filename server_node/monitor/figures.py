"""Figures of a server node that are counted when somebody asks: jobs, stored data, backlog, the other server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Info
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from common.monitoring.health import Grade, Report
from common.pipeline import JobState
from server_node.storage.database import Database
from server_node.storage.rows import ChunkRow, Dataset, Job
from server_node.store.datasets import DELETED, MISMATCHED, RECEIVED, UPLOADING, USABLE

_DATASET_STATES: Final = (UPLOADING, RECEIVED, USABLE, MISMATCHED, DELETED)
_PARTS: Final = "imguard_component_ok", "1 if a part of the node is as it should be.", ["component"]


@dataclass(frozen=True)
class Backlog:
    """Events on their way to the log: those that wait, and those that it will never take."""

    waiting: int
    refused: int


@dataclass(frozen=True)
class Sources:
    """Where the figures come from; the two functions are called in a thread."""

    database: Database
    backlog: Callable[[], Backlog]
    free_bytes: Callable[[], int]


class Figures:
    """Gauges in a registry; :meth:`refresh` sets them."""

    def __init__(self, registry: CollectorRegistry, sources: Sources, about: Mapping[str, str]) -> None:
        self._sources = sources
        Info("imguard_node", "Who this node is.", registry=registry).info(dict(about))

        def gauge(name: str, says: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(f"imguard_{name}", says, labels, registry=registry)

        self._jobs = gauge("jobs", "Jobs by state; those that are queued are the queue.", ("state",))
        self._datasets = gauge("datasets", "Data sets by state; those that are uploading are open uploads.", ("state",))
        self._bytes = gauge("stored_bytes", "Bytes of sealed chunks that are here.")
        self._chunks = gauge("stored_chunks", "Chunks that are here.")
        self._waiting = gauge("log_backlog_events", "Events that the log node has not confirmed yet.")
        self._refused = gauge("log_refused_events", "Events that the log node will never take.")
        self._free = gauge("disk_free_bytes", "Room on the disk of the node's folder.")
        self._peer = gauge("peer_up", "1 if the other server answers.")
        self._skew = gauge("peer_clock_seconds", "Clock of the other server minus this one's, when it last answered.")
        self._parts = Gauge(*_PARTS, registry=registry)

    async def refresh(self, report: Report, skew: float | None) -> None:
        """Count anew; ``report`` is the health of the node.

        Raises:
            StoreDamaged, DatabaseGone: the database cannot be asked.
        """
        backlog, free = await asyncio.gather(
            asyncio.to_thread(self._sources.backlog), asyncio.to_thread(self._sources.free_bytes)
        )
        self._waiting.set(backlog.waiting)
        self._refused.set(backlog.refused)
        self._free.set(free)
        for name, finding in report.findings.items():
            self._parts.labels(name).set(finding.grade is Grade.OK)
        self._peer.set(skew is not None)
        if skew is not None:
            self._skew.set(skew)
        await self._count()

    async def _count(self) -> None:
        async with self._sources.database.reading() as session:
            jobs = await _by_state(session, Job.state)
            datasets = await _by_state(session, Dataset.state)
            stored = await session.execute(select(func.count(), func.coalesce(func.sum(ChunkRow.size), 0)))
            chunks, size = stored.one()
        for state in JobState:
            self._jobs.labels(state.value).set(jobs.get(state.value, 0))
        for name in _DATASET_STATES:
            self._datasets.labels(name).set(datasets.get(name, 0))
        self._chunks.set(int(chunks))
        self._bytes.set(int(size))


async def _by_state(session: AsyncSession, column: InstrumentedAttribute[str]) -> dict[str, int]:
    rows = await session.execute(select(column, func.count()).group_by(column))
    return {state: number for state, number in rows.all()}
