"""May this job run? Each server answers by itself, from its own database and the signatures it holds."""

from __future__ import annotations

from typing import Any

from common.accounts.model import Account
from common.documents import verify_document
from common.errors import AccountDisabled, BadInput, Forbidden
from server_node.identity.accounts import find_accounts
from server_node.jobs.asking.questions import Questions
from server_node.jobs.entry import JOB_START, TEST_START, Admitted, Entry, Origin
from server_node.projects.projects import Projects
from server_node.projects.stored import StoredProject
from server_node.storage.database import Database
from server_node.store.datasets import Datasets, StoredDataset

STARTER_ROLES = ("owner",)
CONTROLLER_ROLES = ("owner", "editor")
ACTIONS = ("pause", "pause-now", "resume", "retry")


class Admission:
    """Checks signed starts and controls of jobs against project, members, consents and data."""

    def __init__(self, projects: Projects, datasets: Datasets, database: Database, questions: Questions) -> None:
        self._projects, self._datasets, self._database = projects, datasets, database
        self.questions = questions

    async def check(self, document: dict[str, Any]) -> Admitted:
        """May a job with this start begin now? Of tests :meth:`Questions.check` knows.

        Raises:
            NotFound: this node does not know the project.
            Forbidden, BadSignature: not signed by an owner of the project.
            AccountDisabled: by one whose account this server disabled.
            SpecRefused, Conflict: servers, members or data sets do not fit (any more), or there is a newer revision.
            ConsentMissing: lists the data sets without a valid consent.
        """
        if document["kind"] == TEST_START:
            return await self.questions.check(document)
        project = await self._projects.current(str(document["body"]["project_hash"]))
        signer = _signer(project, document, JOB_START, STARTER_ROLES)
        await self._projects.check_consents(project)
        await self._projects.check(project.specification)
        starter = await self._active(signer)
        origin = Origin(project.id, project.specification.hash, signer, starter.organisation)
        return Admitted(project, origin, await self._data_of(project))

    async def require_data(self) -> None:
        """Raises:
        BlobsGone: what keeps the shares does not answer; a worker would end at once.
        """
        await self._datasets.require_store()

    async def resumed(self, entry: Entry) -> Admitted:
        """What a job that was admitted before goes on with: the same revision and data, if they are still here.

        A consent that ended since counts for future jobs; this one is none. A test is checked anew each time.

        Raises:
            NotFound: a data set was deleted.
            Any error of :meth:`Questions.check`.
        """
        if entry.is_test:
            return await self.questions.check(entry.document)
        project = await self._projects.revision(entry.row.specification)
        return Admitted(project, entry.origin, await self._data_of(project))

    async def project_of(self, entry: Entry) -> StoredProject:
        """The project of a job, in the revision it was started with."""
        return await self._projects.revision(entry.row.specification)

    async def check_control(self, entry: Entry, document: dict[str, Any]) -> str:
        """The action of a signed control of a job.

        Raises:
            Forbidden, BadSignature: not signed by an owner or editor of the project, or by who asks a test.
            AccountDisabled: by one whose account this server disabled.
            BadInput: for another job, or no action.
        """
        also = entry.row.starter if entry.is_test else ""
        await self._active(_signer(await self.project_of(entry), document, "job-control", CONTROLLER_ROLES, also))
        body = document["body"]
        if body["job"] != entry.id or body["action"] not in ACTIONS:
            raise BadInput("The control names another job or an unknown action.", field="job")
        return str(body["action"])

    async def _active(self, user: str) -> Account:
        """Raises:
        AccountDisabled: an administrator took the account away, though a signature of its key may hold.
        """
        found = (await find_accounts(self._database, {user})).get(user)
        if found is None or not found.is_active:
            raise AccountDisabled()
        return found

    async def _data_of(self, project: StoredProject) -> list[StoredDataset]:
        return [await self._datasets.get(dataset) for dataset in project.specification.dataset_ids]


def _signer(
    project: StoredProject, document: dict[str, Any], kind: str, roles: tuple[str, ...], also: str = ""
) -> str:
    """The member with one of these roles, or of this name, who signed; the specification pins the keys of members."""
    for member in project.specification.body["members"]:
        may = member["role"] in roles or member["user"] == also
        if member["verify_key"] == document["signer"] and may:
            verify_document(document, kind, member["verify_key"])
            return str(member["user"])
    raise Forbidden(f"This must be signed by a member of the project with the role {' or '.join(roles)}.")
