"""What waits for somebody, and reminding them of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from server_node.projects.projects import Projects
from server_node.projects.stored import StoredProject
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Reminder

REMIND_SECONDS: Final = 24 * 3600
"""How long somebody is left in peace after a reminder about a project."""


@dataclass(frozen=True)
class Waiting:
    """A data set about which its owner has to decide; ``since`` is when this revision came."""

    project: StoredProject
    dataset: str
    since: int
    reminded: int | None


@dataclass(frozen=True)
class Ending:
    """A consent that will soon allow nothing any more."""

    project: StoredProject
    dataset: str
    expires: int


class Decisions:
    """What a user has to decide, computed anew each time from what is stored."""

    def __init__(self, database: Database, projects: Projects, context: NodeContext) -> None:
        self._database, self._projects, self._context = database, projects, context

    async def waiting(self, user: str) -> tuple[list[Waiting], list[Ending]]:
        """Consents that the user has to give or refuse, and those of theirs that end within 14 days."""
        reminded = await self._reminded(user)
        waiting, ending = [], []
        for project in await self._projects.listed(user):
            if project.is_archived or user not in project.data_owners:
                continue
            mine = {d for d in project.specification.dataset_ids if project.specification.owner_of(d) == user}
            waiting += [
                Waiting(project, dataset, project.created, reminded.get(project.id))
                for dataset in project.undecided
                if dataset in mine
            ]
            for one in project.decisions:
                if one.dataset in mine and one.expires is not None and one.ends_soon(self._context.now):
                    ending.append(Ending(project, one.dataset, one.expires))
        return waiting, ending

    async def remind(self, project: StoredProject, sender: str) -> tuple[list[str], list[str]]:
        """Ask everybody who has not decided yet.

        Returns whom it reminds, and who was reminded less than a day ago and is left in peace.
        """
        if project.is_archived:
            return [], []
        spec, now = project.specification, self._context.now
        owners = sorted({spec.owner_of(dataset) for dataset in project.undecided} - {sender})
        asked, spared = [], []
        async with self._database.writing() as session:
            for owner in owners:
                known = await session.get(Reminder, (project.id, owner))
                if known is not None and known.time > now - REMIND_SECONDS:
                    spared.append(owner)
                    continue
                await session.merge(Reminder(project=project.id, user=owner, sender=sender, time=now))
                asked.append(owner)
        if asked:
            body = {"project": project.id, "name": spec.body["name"], "sender": sender}
            await self._context.announce("decision", body, asked)
        return asked, spared

    async def _reminded(self, user: str) -> dict[str, int]:
        async with self._database.reading() as session:
            rows = (await session.scalars(select(Reminder).where(Reminder.user == user))).all()
        return {row.project: row.time for row in rows}
