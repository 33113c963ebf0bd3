"""The list of projects and drafts as both servers tell it; what is signed is verified when one of them is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from common.errors import AppError, BadFrame
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.rows import Training, list_trainings
from desktop_client.upload import answers
from desktop_client.upload.answers import text
from desktop_client.upload.datasets.overview import given, refusals, sides
from desktop_client.upload.projects import consents, drafts
from desktop_client.upload.projects.fetch import require_servers, verified

DRAFT: Final = "draft"
AWAITING: Final = "awaiting-consent"
ARCHIVED: Final = "archived"
_AT_ONCE: Final = 4


@dataclass(frozen=True)
class Detail:
    """What only the whole project says: ``missing`` are owners of data without a consent, ``declined`` who said no."""

    role: str
    members: int
    missing: tuple[str, ...]
    declined: tuple[str, ...]
    purpose: str = ""


@dataclass(frozen=True)
class ProjectRow:
    """A project, or a draft (state :data:`DRAFT`, ``revision`` is then its version and ``owner`` who changed it last).

    ``detail`` is None until :func:`add_details` has asked. ``differs``: the servers show different revisions.
    """

    id: str
    name: str
    owner: str
    state: str
    revision: int
    hash: str
    changed: str
    role: str = ""
    differs: bool = False
    training: Training | None = None
    detail: Detail | None = None

    @property
    def is_draft(self) -> bool:
        return self.state == DRAFT

    @property
    def known_role(self) -> str:
        """``owner``, ``editor``, ``viewer``, ``data-owner``, or empty while it is not known."""
        return self.detail.role if self.detail else self.role


@dataclass(frozen=True)
class Listing:
    """Newest activity first, and the servers that did not answer."""

    rows: tuple[ProjectRow, ...]
    away: Mapping[str, AppError] = field(default_factory=dict)


async def list_projects(office: Office) -> Listing:
    """Projects and drafts of the person with their newest training; details come with :func:`add_details`.

    Raises:
        AppError: neither server answers, or one sends nonsense.
    """
    nodes = office.nodes
    listed, drafted, trained = await asyncio.gather(
        sides(nodes, lambda node: node.projects()),
        sides(nodes, lambda node: node.drafts()),
        list_trainings(office),
    )
    newest: dict[str, Training] = {}
    for one in trained.trainings:
        newest.setdefault(one.project, one)
    rows = [*_projects(given(listed), newest), *_drafts(given(drafted))]
    rows.sort(key=lambda row: (row.changed, row.id), reverse=True)
    return Listing(tuple(rows), {**refusals(listed), **refusals(drafted)})


async def add_details(
    office: Office, rows: tuple[ProjectRow, ...], known: Mapping[str, ProjectRow], tell: Callable[[ProjectRow], None]
) -> None:
    """Tell rows with their details, as they come; what is ``known`` of an unchanged project is not asked again.

    A project that waits for consents is: they change without it. One that cannot be read now stays without.
    """
    gate, me = asyncio.Semaphore(_AT_ONCE), office.profile.user().name

    async def one(row: ProjectRow) -> None:
        before = known.get(row.id)
        is_same = before is not None and (before.hash, before.state) == (row.hash, row.state)
        if before is not None and before.detail is not None and is_same and row.state != AWAITING:
            tell(replace(row, detail=before.detail))
            return
        async with gate:
            try:
                answer = await office.nodes.a.project(row.id)
            except AppError:
                try:
                    answer = await office.nodes.b.project(row.id)
                except AppError:
                    return
        tell(replace(row, detail=_detail(answer, row.id, me, office)))

    await asyncio.gather(*(one(row) for row in rows if not row.is_draft))


async def archive(office: Office, project: str, is_archived: bool, reason: str = "") -> str:
    """Put a project away at both servers, or take it back; its new state.

    Raises:
        KeysLocked: the password is needed first.
        Forbidden: only owners do that.
    """
    return await consents.archive_project(office.nodes, project, office.keys(), is_archived, reason)


async def remind(office: Office, project: str) -> tuple[list[str], list[str]]:
    """Remind owners of data; who was reminded, and who was less than a day ago."""
    return await consents.remind(office.nodes, project)


async def remove_draft(office: Office, draft: str) -> None:
    """Throw a draft away at both servers. Raises as :func:`drafts.remove_draft`."""
    await drafts.remove_draft(office.nodes, draft)


def _projects(lists: Mapping[str, list[dict[str, Any]]], newest: Mapping[str, Training]) -> list[ProjectRow]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for role, entries in lists.items():
        for one in entries:
            found.setdefault(text(one, "id"), {})[role] = one
    rows = []
    for project, at in found.items():
        best = max(at.values(), key=lambda one: answers.number(one, "revision"))
        training = newest.get(project)
        moments = (training.created, training.ended) if training else ()
        rows.append(
            ProjectRow(
                id=project,
                name=text(best, "name"),
                owner=text(best, "owner"),
                state=text(best, "state"),
                revision=answers.number(best, "revision"),
                hash=text(best, "hash"),
                changed=_latest(text(best, "created"), *moments),
                differs=len({text(one, "hash") for one in at.values()}) > 1 or len(at) < len(lists),
                training=training,
            )
        )
    return rows


def _drafts(lists: Mapping[str, list[dict[str, Any]]]) -> list[ProjectRow]:
    found: dict[str, dict[str, Any]] = {}
    for entries in lists.values():
        for one in entries:
            known = found.get(text(one, "id"))
            if known is None or answers.number(one, "version") > answers.number(known, "version"):
                found[text(one, "id")] = one
    return [
        ProjectRow(
            id=draft,
            name=text(one, "name"),
            owner=text(one, "author"),
            state=DRAFT,
            revision=answers.number(one, "version"),
            hash="",
            changed=text(one, "changed"),
            role=text(one, "role"),
        )
        for draft, one in found.items()
    ]


def _detail(answer: Mapping[str, Any], project: str, me: str, office: Office) -> Detail:
    """Raises:
    BadSignature, PeerMismatch, SpecRefused, BadFrame: the server shows something that is not this project.
    """
    specification = verified(answers.document(answer, "document"), project)
    require_servers(specification, office.profile.deployment())
    member, missing = specification.member(me), answers.texts(answer, "missing_consents")
    if not set(missing) <= set(specification.dataset_ids):
        raise BadFrame("A node names data sets that are not in the project.")
    declined = {text(one, "owner") for one in answers.items(answer, "declined")}
    return Detail(
        role=member["role"] if member else "data-owner",
        members=len(specification.body["members"]),
        missing=tuple(sorted({specification.owner_of(dataset) for dataset in missing})),
        declined=tuple(sorted(declined)),
        purpose=str(specification.body["purpose"]),
    )


def _latest(*times: str) -> str:
    """The newest of some times in UTC."""
    return max(filter(None, times), key=_moment)


def _moment(time: str) -> datetime:
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
