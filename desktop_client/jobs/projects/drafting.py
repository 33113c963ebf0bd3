"""Writing a project: what there is to choose from, drafts at both servers, and the signature under the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from common.accounts.model import State
from common.errors import AppError, BadFrame, NotFound
from common.specification import Specification, parse_specification
from desktop_client.jobs.child import run_child
from desktop_client.jobs.datasets import DatasetRow, list_datasets
from desktop_client.jobs.office import Office
from desktop_client.upload.answers import document
from desktop_client.upload.datasets.overview import given, sides
from desktop_client.upload.identity.survey import survey
from desktop_client.upload.preflight.estimate import Estimate, estimate
from desktop_client.upload.projects import consents
from desktop_client.upload.projects.drafts import FoundDraft, fetch_draft, save_draft
from desktop_client.upload.projects.fetch import fetch_project, own_datasets
from desktop_client.upload.projects.options import (
    Outline,
    ProjectOptions,
    check_roles,
    content_of,
    outline_from,
    outline_of,
)
from desktop_client.upload.projects.publish import Author, new_id, publish

COPY: Final = "copy:"


@dataclass(frozen=True)
class Member:
    """Somebody who can take part."""

    name: str
    organisation: str


@dataclass(frozen=True)
class Catalogue:
    """What there is to choose from; ``models``, ``extractors`` and ``preparations`` are None if any is allowed."""

    me: str
    datasets: tuple[DatasetRow, ...]
    people: tuple[Member, ...]
    has_helper: bool
    consent_days: int
    models: frozenset[str] | None = None
    extractors: frozenset[str] | None = None
    preparations: frozenset[str] | None = None
    epochs: int | None = None


@dataclass(frozen=True)
class Opened:
    """What is being written: its id, the draft's version (0: none is saved), and the revision that it will be.

    ``before`` is the revision that it replaces; ``role`` what the person is in the draft, ``author`` who saved it last.
    """

    id: str
    outline: Outline
    version: int = 0
    revision: int = 1
    before: Specification | None = None
    role: str = "owner"
    author: str = ""


@dataclass(frozen=True)
class Created:
    """A project that both servers have; ``consented`` of the person's own data sets, ``missing`` consents are left."""

    specification: Specification
    consented: int
    missing: int
    reminded: tuple[str, ...] = ()
    trouble: AppError | None = None


async def load_catalogue(office: Office) -> Catalogue:
    """Data sets, people and what both operators allow.

    Raises:
        AppError: a part of it cannot be had at any server.
    """
    datasets, people, policies = await asyncio.gather(
        list_datasets(office), survey(office.nodes), sides(office.nodes, lambda node: node.policy())
    )
    active = [found.newest for found in people.accounts.values() if found.newest.state == State.ACTIVE]
    members = sorted((Member(row.user, row.organisation) for row in active), key=lambda one: one.name)
    rules = list(given(policies).values())
    return Catalogue(
        me=office.profile.user().name,
        datasets=datasets.rows,
        people=tuple(members),
        has_helper=office.profile.deployment().has_helper,
        consent_days=int(office.profile.settings()["consent_days"]),
        models=_allowed(rules, "models"),
        extractors=_allowed(rules, "extractors"),
        preparations=_allowed(rules, "preparations"),
        epochs=_fewest(rules, "largest_epochs"),
    )


async def open_writing(office: Office, subject: str) -> Opened:
    """Nothing: a new project. An id: the draft with it, else the next revision of that project. ``copy:ID``: a new
    project like that one.

    Raises:
        NotFound: there is neither draft nor project.
        PeerMismatch, BadSignature, SpecRefused: a server shows something else than what was signed.
    """
    me = office.profile.user().name
    if not subject:
        return Opened(new_id(), outline_of(ProjectOptions("", (), members={me: "owner"})))
    if subject.startswith(COPY):
        found, _ = await fetch_project(office.nodes, office.profile.deployment(), subject.removeprefix(COPY))
        outline = outline_from(found.body)
        return Opened(new_id(), replace(outline, members={**outline.members, me: "owner"}))
    before = await _project(office, subject)
    revision = 1 if before is None else before.revision + 1
    try:
        draft = await fetch_draft(office.nodes, subject)
    except NotFound:
        if before is None:
            raise
        role = (before.member(me) or {}).get("role", "")
        return Opened(subject, outline_from(before.body), 0, revision, before, role)
    role = draft.outline.members.get(me, "")
    return Opened(subject, draft.outline, draft.version, revision, before, role, draft.author)


async def save(office: Office, draft: str, version: int, outline: Outline) -> int:
    """Sign the next version of a draft and hand it to both servers; its number.

    Raises:
        KeysLocked: the password is needed first.
        Conflict: somebody else has changed it meanwhile.
    """
    keys = office.keys()
    check_roles(outline.members)
    await save_draft(office.nodes, draft, version + 1, keys, outline)
    return version + 1


async def newest_draft(office: Office, draft: str) -> FoundDraft:
    """What the servers have of a draft now. Raises as :func:`fetch_draft`."""
    return await fetch_draft(office.nodes, draft)


async def compose(office: Office, writing: Opened) -> Specification:
    """The specification as it would be signed, with what both servers say about data sets and keys.

    Manifests are read and checked in a process of their own: they are long.

    Raises:
        SpecRefused: a value cannot be used.
        PeerMismatch, BadSignature: the servers tell different things about a user or data set, or nonsense.
    """
    # Has a login that ran out renewed here, where the keys are.
    await office.nodes.both(lambda node: node.decisions())
    outline = writing.outline
    args = {
        "profile": str(office.profile.root),
        "name": outline.name,
        "members": outline.members,
        "content": content_of(outline),
        "project": writing.id,
        "revision": writing.revision,
    }
    found = await run_child("compose", args)
    specification = parse_specification(document(found, "specification"))
    if (specification.project_id, specification.revision) != (writing.id, writing.revision):
        raise BadFrame("The helper process composed another project than the one that was asked for.")
    return specification


async def create(office: Office, specification: Specification, days: int, is_reminding: bool) -> Created:
    """Sign and publish; with ``days`` the person's own data sets get a consent at once.

    What fails after the project is there is told in ``trouble``: the project stays.

    Raises:
        KeysLocked: the password is needed first.
        Conflict: somebody else published before.
        PolicyRefused, SpecRefused: an operator or a server does not take it.
    """
    keys, user = office.keys(), office.profile.user()
    await publish(office.nodes, Author(office.profile.deployment(), user, keys), specification)
    mine = own_datasets(specification, user) if days else ()
    consented, missing = 0, len(specification.dataset_ids)
    try:
        for dataset in mine:
            answer = await consents.give_consent(office.nodes, specification, dataset, keys, days)
            consented, missing = consented + 1, len(answer.get("missing_consents") or [])
        reminded = (await consents.remind(office.nodes, specification.project_id))[0] if is_reminding else []
    except AppError as error:
        return Created(specification, consented, missing, trouble=error)
    return Created(specification, consented, missing, tuple(reminded))


async def cost_of(office: Office, specification: Specification) -> Estimate:
    """What a training would take, as both servers count and measure it. Raises as :func:`estimate`."""
    return await estimate(office.nodes, specification)


async def _project(office: Office, project: str) -> Specification | None:
    try:
        return (await fetch_project(office.nodes, office.profile.deployment(), project))[0]
    except NotFound:
        return None


def _allowed(rules: list[dict[str, Any]], name: str) -> frozenset[str] | None:
    """What both operators allow of something; None if neither limits it."""
    lists = [frozenset(map(str, rule[name])) for rule in _projects(rules) if isinstance(rule.get(name), list)]
    return frozenset.intersection(*lists) if lists else None


def _fewest(rules: list[dict[str, Any]], name: str) -> int | None:
    found = [rule[name] for rule in _projects(rules) if type(rule.get(name)) is int]
    return min(found) if found else None


def _projects(rules: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    return [found for rule in rules if isinstance(found := rule.get("projects"), Mapping)]
