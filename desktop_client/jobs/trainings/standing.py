"""How a project stands: what both servers show of it, verified here, and what is missing before it can train."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from common.agreement.changes import Change, changes
from common.documents import verify_document
from common.errors import AppError, BadFrame, BadSignature, NotFound
from common.specification import Specification
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.actions import ARCHIVED, READY, Standpoint
from desktop_client.jobs.trainings.rows import Training, caught, list_trainings
from desktop_client.upload import answers
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.datasets.overview import Sides, given, merged, refusals, sides
from desktop_client.upload.projects.fetch import decisions_in, require_servers, verified

GRANTED, DECLINED, WITHDRAWN, MISSING = "granted", "declined", "withdrawn", "missing"
_ARCHIVE_KIND: Final = "project-archive"
_MAX_COUNTED: Final = 1024


@dataclass(frozen=True)
class DatasetFacts:
    """A data set of the project; all but id and owner are empty where the person may not see it."""

    id: str
    owner: str
    name: str = ""
    count: int = 0
    shape: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()
    state: str = ""
    enabled: bool = True
    is_known: bool = False


@dataclass(frozen=True)
class ConsentRow:
    """What the owner of a data set decided about the newest revision; ``counts`` is what the servers make of it."""

    dataset: str
    owner: str
    decision: str = MISSING
    counts: bool = False
    time: str = ""
    expires: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Member:
    """Somebody of the project, and what the specification gives them."""

    user: str
    organisation: str
    role: str
    receives: bool
    tests: bool
    datasets: int


@dataclass(frozen=True)
class RevisionRow:
    """A revision as a server lists it; number and hash are claims until it is fetched and verified."""

    number: int
    hash: str
    owner: str
    created: str
    decisions: tuple[ConsentRow, ...] = ()


@dataclass(frozen=True)
class ArchiveRow:
    """Who put the project away, or took it back."""

    is_archived: bool
    signer: str
    time: str
    reason: str


@dataclass(frozen=True)
class ProjectView:
    """All that the page of a project shows but the courses of its trainings."""

    specification: Specification
    state: str
    created: str
    person: str
    consents: tuple[ConsentRow, ...]
    members: tuple[Member, ...]
    datasets: tuple[DatasetFacts, ...]
    revisions: tuple[RevisionRow, ...] = ()
    trainings: tuple[Training, ...] = ()
    changed: tuple[Change, ...] = ()
    archive: ArchiveRow | None = None
    away: Mapping[str, AppError] = field(default_factory=dict)
    is_different: bool = False
    """Whether the servers show different revisions: one of them missed the newer one."""

    @property
    def role(self) -> str:
        """The person's role; empty for somebody who only owns data, or for nobody."""
        member = self.specification.member(self.person)
        return member["role"] if member else ""

    @property
    def standpoint(self) -> Standpoint:
        return Standpoint(self.role, self.state, self.specification.hash)

    @property
    def own(self) -> tuple[ConsentRow, ...]:
        """Consents that the person gives."""
        return tuple(row for row in self.consents if row.owner == self.person)

    @property
    def missing(self) -> tuple[ConsentRow, ...]:
        """Data sets without a consent that counts."""
        return tuple(row for row in self.consents if not row.counts)

    @property
    def is_archived(self) -> bool:
        return self.state == ARCHIVED

    @property
    def is_ready(self) -> bool:
        return self.state == READY

    def revision_of(self, specification: str) -> int:
        """The number of the revision with this hash; 0 if it is none of the project."""
        return next((row.number for row in self.revisions if row.hash == specification), 0)

    def name_of(self, key: str) -> str:
        """Who signs with this verify key; its beginning if it is nobody's here."""
        members = self.specification.body["members"]
        return next((str(one["user"]) for one in members if one["verify_key"] == key), key[:8])


async def look(office: Office, project: str) -> ProjectView:
    """Ask both servers about a project; one that is away does not hide it.

    Raises:
        NotFound: there is no such project, or the person may not know of it.
        BadSignature, SpecRefused, PeerMismatch: what a server shows is not what an owner signed.
    """
    nodes, user = office.nodes, office.profile.user()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(caught(lambda: sides(nodes, lambda node: _project(node, project))))
        listed = group.create_task(caught(lambda: list_trainings(office, project)))
        known = group.create_task(caught(lambda: sides(nodes, lambda node: node.datasets())))
        people = group.create_task(caught(lambda: sides(nodes, lambda node: node.users())))
        past = group.create_task(caught(lambda: sides(nodes, lambda node: node.revisions(project))))
    shown = _required(asked.result())
    found = _newest(shown)
    specification, answer = found
    require_servers(specification, office.profile.deployment())
    revisions = _revisions(_or_nothing(past.result()))
    trainings = listed.result()
    numbers = {one.revision for one, _ in given(shown).values()}
    view = ProjectView(
        specification,
        text(answer, "state"),
        text(answer, "created"),
        user.name,
        _consents(specification, [one for spec, one in given(shown).values() if spec.hash == specification.hash]),
        _members(specification, _or_nothing(people.result())),
        _datasets(specification, _or_nothing(known.result())),
        revisions,
        () if isinstance(trainings, AppError) else trainings.trainings,
        (),
        _archive(answer.get("archive")),
        refusals(shown),
        len(numbers) > 1,
    )
    return replace(view, changed=await _changed(nodes, specification))


async def _project(node: NodeClient, project: str) -> tuple[Specification, dict[str, Any]]:
    answer = await node.project(project)
    return verified(document(answer, "document"), project), answer


async def _revision(nodes: Nodes, project: str, number: int) -> Specification:
    async def at(node: NodeClient) -> Specification:
        found = verified(document(await node.revision(project, number), "document"), project)
        if found.revision != number:
            raise BadFrame("A server shows another revision than the one that was asked for.")
        return found

    found = given(await sides(nodes, at))
    if len({one.hash for one in found.values()}) > 1:
        raise BadSignature("The servers show different specifications as this revision.")
    return next(iter(found.values()))


async def _changed(nodes: Nodes, newest: Specification) -> tuple[Change, ...]:
    if newest.revision == 1:
        return ()
    try:
        before = await _revision(nodes, newest.project_id, newest.revision - 1)
    except NotFound:
        return ()
    return tuple(changes(before.body, newest.body))


def _required(found: Any) -> Sides[tuple[Specification, dict[str, Any]]]:
    if isinstance(found, AppError):
        raise found
    shown: Sides[tuple[Specification, dict[str, Any]]] = found
    # A server that is away hides nothing; one that shows what nobody signed must be heard of.
    for error in refusals(shown).values():
        if not error.is_temporary:
            raise error
    return shown


def _newest(shown: Sides[tuple[Specification, dict[str, Any]]]) -> tuple[Specification, dict[str, Any]]:
    return max(given(shown).values(), key=lambda one: one[0].revision)


def _or_nothing(found: Any) -> dict[str, list[dict[str, Any]]]:
    return {} if isinstance(found, AppError) else given(found)


def _consents(specification: Specification, found: Sequence[Mapping[str, Any]]) -> tuple[ConsentRow, ...]:
    """One row for each data set; a consent counts if every server that answered counts it."""
    tables = [{one["dataset"]: _decided(one) for one in decisions_in(answer)} for answer in found]
    rows = []
    for dataset in specification.dataset_ids:
        nothing = ConsentRow(dataset, specification.owner_of(dataset))
        at = [table.get(dataset, nothing) for table in tables]
        rows.append(next((one for one in at if not one.counts), at[0] if at else nothing))
    return tuple(rows)


def _decided(one: Mapping[str, Any]) -> ConsentRow:
    expires = str(one["expires"] or "")
    return ConsentRow(
        one["dataset"], one["owner"], one["decision"], one["counts"], str(one["time"]), expires, one["reason"]
    )


def _members(specification: Specification, lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[Member, ...]:
    organisations = {str(one.get("user")): str(one.get("organisation", "")) for rows in lists.values() for one in rows}
    owned = [specification.owner_of(dataset) for dataset in specification.dataset_ids]
    return tuple(
        Member(
            one["user"],
            organisations.get(one["user"], ""),
            one["role"],
            one["user"] in specification.recipients,
            one["user"] in specification.testers,
            owned.count(one["user"]),
        )
        for one in specification.body["members"]
    )


def _datasets(
    specification: Specification, lists: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[DatasetFacts, ...]:
    known = {one["id"]: one for one in merged(lists)} if lists else {}
    return tuple(
        _facts(dataset, specification.owner_of(dataset), known.get(dataset)) for dataset in specification.dataset_ids
    )


def _facts(dataset: str, owner: str, one: Mapping[str, Any] | None) -> DatasetFacts:
    if one is None:
        return DatasetFacts(dataset, owner)
    classes = tuple(answers.texts(one, "classes"))
    counts, shape = one.get("class_counts"), one.get("shape")
    is_counted = isinstance(counts, list) and len(counts) == len(classes) <= _MAX_COUNTED
    numbers = tuple(n for n in counts or () if type(n) is int and 0 <= n < 2**40) if is_counted else ()
    return DatasetFacts(
        dataset,
        owner,
        text(one, "name"),
        answers.number(one, "count"),
        tuple(side for side in shape if type(side) is int) if isinstance(shape, list) else (),
        classes,
        numbers if len(numbers) == len(classes) else (),
        text(one, "state"),
        one.get("enabled") is not False,
        True,
    )


def _revisions(lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[RevisionRow, ...]:
    """The longer of what the servers list, newest first."""
    found = max(lists.values(), key=len, default=())
    rows = [
        RevisionRow(
            answers.number(one, "revision"),
            text(one, "hash"),
            text(one, "owner"),
            text(one, "created"),
            tuple(_decided(decision) for decision in decisions_in(one)),
        )
        for one in found
    ]
    return tuple(sorted(rows, key=lambda row: row.number, reverse=True))


def _archive(found: object) -> ArchiveRow | None:
    if not isinstance(found, dict):
        return None
    body = verify_document(found, _ARCHIVE_KIND)
    return ArchiveRow(body.get("archived") is True, found["signer"], str(body.get("time")), str(body.get("reason")))
