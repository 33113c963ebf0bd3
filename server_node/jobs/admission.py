"""May this job run? Each server answers by itself, from its own database and the signatures it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common.documents import verify_document
from common.errors import BadInput, Conflict, Forbidden
from server_node.jobs.journal import Journal
from server_node.projects.projects import Projects, StoredProject
from server_node.store.datasets import Datasets, StoredDataset

STARTER_ROLES = ("owner",)


@dataclass(frozen=True)
class Admitted:
    """A job that may run here, and on what."""

    project: StoredProject
    starter: str
    datasets: list[StoredDataset]


class Admission:
    """Checks a signed start of a job against project, members, consents and data."""

    def __init__(self, projects: Projects, datasets: Datasets, journal: Journal) -> None:
        self._projects, self._datasets, self._journal = projects, datasets, journal

    async def check(self, document: dict[str, Any]) -> Admitted:
        """Raises:
        NotFound: this node does not know the project.
        Forbidden, BadSignature: not signed by an owner of the project.
        SpecRefused, Conflict: servers, members or data sets do not fit (any more).
        ConsentMissing: lists the data sets without a valid consent.
        """
        wanted = str(document["body"]["project_hash"])
        project = await self._projects.get(wanted[:32])
        if project.specification.hash != wanted:
            raise BadInput("The document names another specification.", field="project_hash")
        starter = _starter(project, document)
        await self._projects.check_consents(project)
        await self._projects.check(project.specification)
        datasets = [await self._datasets.get(dataset) for dataset in project.specification.dataset_ids]
        return Admitted(project, starter, datasets)

    async def require_unused(self, dataset: str) -> None:
        """Raises:
        Conflict: an unfinished job still needs this data set. One that is computed here waits for the other server
            only, perhaps for long.
        """
        for entry in await self._journal.unfinished():
            if entry.position.is_computed:
                continue
            project = await self._projects.get(entry.row.project)
            if dataset in project.specification.dataset_ids:
                raise Conflict("A job still uses this data set; cancel it first.", job=entry.id)


def _starter(project: StoredProject, document: dict[str, Any]) -> str:
    """The project owner who signed; the specification pins the keys of its members."""
    for member in project.specification.body["members"]:
        if member["verify_key"] == document["signer"] and member["role"] in STARTER_ROLES:
            verify_document(document, "job-start", member["verify_key"])
            return str(member["user"])
    raise Forbidden("Only an owner of the project can start a job.")
