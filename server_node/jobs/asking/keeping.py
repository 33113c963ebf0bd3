"""The weights that this server keeps for tests: forgotten on an owner's word, or when nobody may test any more."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from common.documents import verify_document
from common.errors import BadInput, Forbidden, NotFound
from common.ids import JobId
from common.merkle.entry import Action
from server_node.identity.accounts import Account
from server_node.jobs.attempts.ticket import JOBS_FOLDER, job_folder
from server_node.jobs.entry import Entry
from server_node.jobs.journal import Journal
from server_node.model.question import KEPT_NAME, are_kept, forget_weights
from server_node.projects.consents import require_now
from server_node.projects.projects import Projects
from server_node.projects.stored import OWNER
from server_node.storage.context import NodeContext

_LOG = logging.getLogger("imguard.jobs")
FORGET = "model-forget"
_LOOK_SECONDS = 3600.0


class Keeping:
    """Every kept share of one node."""

    def __init__(self, context: NodeContext, folder: Path, journal: Journal, projects: Projects) -> None:
        self._context, self._folder = context, folder
        self._journal, self._projects = journal, projects
        self._removing = asyncio.Lock()

    def has(self, entry: Entry) -> bool:
        """Whether the weights of a job are here."""
        return are_kept(job_folder(self._folder, entry.id))

    async def forget(self, entry: Entry, owner: Account, document: dict[str, Any]) -> bool:
        """An owner of the project wants the weights of a job forgotten; whether there were any.

        Raises:
            BadSignature: not signed by this account.
            Forbidden: it is no owner in the newest revision.
            BadInput: for another job, or not made now.
        """
        body = verify_document(document, FORGET, owner.verify_key)
        if (await self._projects.get(entry.row.project)).role_of(owner.name) != OWNER:
            raise Forbidden("Only an owner of the project can have its model forgotten.")
        if body["job"] != entry.id:
            raise BadInput("The document names another job.", field="job")
        require_now(body["time"], self._context.now)
        return await self._remove(entry, Action.MODEL_FORGET, owner.verify_key, document)

    async def lapse(self) -> None:
        """Forget the weights of every job whose project is archived, or names nobody any more who may test."""
        for job in await asyncio.to_thread(self._found):
            try:
                entry = await self._journal.get(job)
                project = await self._projects.get(entry.row.project)
            except NotFound:
                # A database from before the job knows nothing of it, and nobody can ask for it again.
                await asyncio.to_thread(forget_weights, job_folder(self._folder, JobId(job)))
                continue
            is_wanted = bool(project.specification.testers) and not project.is_archived
            if not is_wanted and entry.position.state.is_final:
                await self._remove(entry, Action.MODEL_LAPSE)

    async def run(self) -> None:
        """For ever: look once an hour, for a node may have ended between what makes weights lapse and this."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """As :meth:`lapse`; what goes wrong is tried again later."""
        try:
            await self.lapse()
        except Exception as trouble:
            _LOG.warning("kept weights could not be looked through: %s", trouble)

    async def _remove(
        self, entry: Entry, action: Action, author: str | None = None, evidence: dict[str, Any] | None = None
    ) -> bool:
        """Said first, then done, by one at a time: what was said and not done is found again."""
        async with self._removing:
            if not self.has(entry):
                return False
            subject = {"job": entry.id, "project": entry.row.project}
            await self._context.record(action, subject, author, evidence)
            return await asyncio.to_thread(forget_weights, job_folder(self._folder, entry.id))

    def _found(self) -> list[str]:
        return sorted(path.parent.name for path in (self._folder / JOBS_FOLDER).glob(f"*/{KEPT_NAME}"))
