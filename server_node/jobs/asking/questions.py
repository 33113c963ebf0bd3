"""May this test run? Each server answers by itself, as it does for trainings."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from common.accounts.model import Account
from common.architecture.description import MAX_PIXELS
from common.documents import verify_document
from common.errors import AccountDisabled, Conflict, ConsentMissing, Forbidden, NotFound, SpecRefused
from common.pipeline import JobState
from server_node.identity.accounts import find_accounts
from server_node.jobs.attempts.ticket import job_folder
from server_node.jobs.entry import TEST_START, Admitted, Entry, Origin
from server_node.jobs.journal import Journal
from server_node.model.question import MAX_CELLS, Question, are_kept
from server_node.projects.projects import Projects
from server_node.projects.stored import DECLINED, WITHDRAWN, StoredProject
from server_node.storage.database import Database
from server_node.store.datasets import USABLE, Datasets, StoredDataset

_ALIKE = ("shape", "bits", "classes")


class Questions:
    """Checks signed starts of tests against the training, its project, the asker and the images."""

    def __init__(
        self, projects: Projects, datasets: Datasets, database: Database, journal: Journal, folder: Path
    ) -> None:
        self._projects, self._datasets, self._database = projects, datasets, database
        self._journal, self._folder = journal, folder

    async def check(self, document: dict[str, Any]) -> Admitted:
        """May a test with this start begin now?

        Raises:
            NotFound: this node does not know the training or the data set.
            Forbidden, BadSignature: not signed by one who may test, or about somebody else's images.
            AccountDisabled: by one whose account this server disabled.
            ConsentMissing: an owner of the training data has taken the consent back.
            Conflict: the model is not finished or not kept (any more), the project is archived, the images are not
                usable.
            SpecRefused: images of another kind, or too many; other servers or keys than this deployment has now.
            PolicyRefused: the operator of this server does not allow it (any more).
        """
        body = document["body"]
        project = await self._trained(body["training"], body["project_hash"])
        newest = await self._projects.get(project.id)
        if newest.is_archived:
            raise Conflict("The project is archived; its model cannot be tested.", project=project.id)
        if not are_kept(job_folder(self._folder, body["training"])):
            raise Conflict("This server does not keep its share of this model, so it cannot be tested here.")
        asker = _tester(project, newest, document)
        verify_document(document, TEST_START, asker["verify_key"])
        _require_consents(project, newest)
        account = await self._account(asker)
        dataset = await self._images(project, account, body["dataset"])
        self._projects.check_question(project.specification, dataset.about)
        question = Question(body["training"], dataset.id, account.name, account.verify_key, account.seal_key)
        origin = Origin(project.id, project.specification.hash, account.name, account.organisation)
        return Admitted(project, origin, [dataset], question)

    async def images_of(self, project: StoredProject) -> dict[str, Any]:
        """``shape``, ``bits`` and ``classes`` of the images that a revision was made for, and how ``most`` may be asked
        about at a time; known also after their owners deleted them.

        Raises:
            NotFound: this node never had them.
        """
        about = (await self._datasets.find(project.specification.dataset_ids[0])).about
        return {**{name: about[name] for name in _ALIKE}, "most": _most(about)}

    async def _trained(self, job: str, specification: str) -> StoredProject:
        """The revision of a training that has a model."""
        training: Entry = await self._journal.get(job)
        if training.is_test or training.row.specification != specification:
            raise NotFound("There is no such training of this project.")
        if training.position.state is not JobState.FINISHED:
            raise Conflict(f"The training is {training.row.state}; there is a model to test once it is finished.")
        return await self._projects.revision(specification)

    async def _account(self, asker: dict[str, str]) -> Account:
        found = (await find_accounts(self._database, {asker["user"]})).get(asker["user"])
        if found is None or not found.is_active:
            raise AccountDisabled()
        if (found.verify_key, found.seal_key) != (asker["verify_key"], asker["seal_key"]):
            raise SpecRefused(f"The keys of member {found.name} are not the registered ones.", field="members")
        return found

    async def _images(self, project: StoredProject, asker: Account, dataset: str) -> StoredDataset:
        found = await self._datasets.get(dataset)
        found.require_visible(asker.name)
        if found.row.owner != asker.name:
            raise Forbidden("A model can be tested on one's own data sets only: an answer opens their labels.")
        if found.row.state != USABLE:
            raise Conflict(f"A data set is {found.row.state}, not usable.", dataset=dataset)
        if not found.row.enabled:
            raise Conflict("The owner of a data set has disabled it.", dataset=dataset)
        trained = await self.images_of(project)
        for name in _ALIKE:
            if found.about[name] != trained[name]:
                raise SpecRefused(f"The model was trained on images of other {name}.", field="dataset")
        if found.about["count"] > trained["most"]:
            raise SpecRefused(f"A model answers for at most {trained['most']} images at a time.", field="dataset")
        return found


def _most(about: Mapping[str, Any]) -> int:
    """Images of one test: their logits make one answer, and a worker holds all their pixels."""
    pixels = int(prod(about["shape"]))
    return min(MAX_CELLS // len(about["classes"]), MAX_PIXELS // pixels)


def _require_consents(project: StoredProject, newest: StoredProject) -> None:
    """Raises:
    ConsentMissing: a consent to the training, or to what the project has become, was taken back.
    """
    trained = {one.dataset: one.owner for one in project.decisions if one.decision in (DECLINED, WITHDRAWN)}
    later = {one.dataset: one.owner for one in newest.decisions if one.decision == WITHDRAWN}
    ended = {one: owner for one, owner in {**later, **trained}.items() if one in project.specification.dataset_ids}
    if ended:
        raise ConsentMissing(
            "Who owns data that the model was trained on has taken the consent back.",
            datasets=sorted(ended), owners=sorted(set(ended.values())),
        )  # fmt: skip


def _tester(project: StoredProject, newest: StoredProject, document: dict[str, Any]) -> dict[str, str]:
    """The member who signed, as the newest revision has them, if both revisions say that they may test."""
    for name in project.specification.testers:
        member = newest.specification.member(name)
        if name in newest.specification.testers and member and member["verify_key"] == document["signer"]:
            return member
    raise Forbidden("This must be signed by a member whom the project names as a tester of its model.")
