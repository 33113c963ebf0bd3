"""How much there is of everything that a user may know of, counted in the database."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from common.accounts.model import State
from common.pipeline import JobState
from server_node.storage.database import Database
from server_node.storage.rows import Job, Membership, Project, Revision, User


class Summary:
    """Counts for the overview of a client."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user: str) -> dict[str, Any]:
        """Active accounts; projects that concern the user; jobs, by state, of those of which the user is a member."""
        accounts = select(func.count()).select_from(User).where(User.state == State.ACTIVE.value)
        mine = select(Membership.project).where(Membership.user == user)
        archived = select(Project.is_archived, func.count()).where(Project.id.in_(mine)).group_by(Project.is_archived)
        by_state = select(Job.project, Job.state, func.count()).group_by(Job.project, Job.state)
        jobs = by_state.where(Job.project.in_(mine))
        async with self._database.reading() as session:
            users = int((await session.execute(accounts)).scalar_one())
            projects = {bool(is_archived): int(number) for is_archived, number in await session.execute(archived)}
            rows = [(str(one), str(state), int(number)) for one, state, number in await session.execute(jobs)]
            specifications = select(Project.id, Revision.document).join(Revision, Revision.hash == Project.hash)
            wanted = specifications.where(Project.id.in_({project for project, _, _ in rows}))
            documents = [(str(one), str(text)) for one, text in await session.execute(wanted)]
        members = await asyncio.to_thread(_of_member, documents, user)
        counts: Counter[str] = Counter()
        for project, state, number in rows:
            counts[state] += number if project in members else 0
        return {
            "users": users,
            "projects": {"active": projects.get(False, 0), "archived": projects.get(True, 0)},
            "jobs": {state.value: counts[state.value] for state in JobState},
        }


def _of_member(documents: Sequence[tuple[str, str]], user: str) -> set[str]:
    """Projects of which the user is a member; whose data they use sees the project, not what it comes to."""
    return {
        project
        for project, text in documents
        if any(member["user"] == user for member in json.loads(text)["body"]["members"])
    }
