"""What waits for somebody's decision, what exactly would be signed, and what was decided before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from common.agreement.changes import changes, sentences
from common.errors import AppError, BadFrame
from desktop_client.jobs.office import Office
from desktop_client.plain import plain
from desktop_client.upload.answers import number, text
from desktop_client.upload.datasets.overview import given, refusals
from desktop_client.upload.identity.outcomes import Outcomes
from desktop_client.upload.projects.asked import Asked, fetch_asked
from desktop_client.upload.projects.consents import (
    decline_consent,
    fetch_decisions,
    give_consent,
    newest_at_each,
    withdraw_consents,
)
from desktop_client.upload.projects.fetch import fetch_history
from desktop_client.upload.projects.words import summary

CONSENT: Final = "consent"
ENDING: Final = "ending"
REGISTRATION: Final = "registration"
_AT_ONCE: Final = 4
Work = Callable[[], Coroutine[Any, Any, Any]]


@dataclass(frozen=True)
class Waiting:
    """One thing to decide: a ``consent`` to give, one that is ``ending``, or a ``registration``.

    ``subject`` is the id of the project or the name of the person; ``when`` since when it waits, or when it ends.
    ``servers`` names those that say so.
    """

    kind: str
    subject: str
    title: str
    revision: int
    datasets: tuple[str, ...]
    when: str
    is_reminded: bool
    servers: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject


@dataclass(frozen=True)
class Decision:
    """What the user decided about one of the own data sets; ``counts``: it is in force."""

    project: str
    title: str
    revision: int
    dataset: str
    decision: str
    reason: str
    time: str
    expires: str
    counts: bool

    @property
    def is_in_force(self) -> bool:
        """Whether the data set may be used because of it."""
        return self.decision == "granted" and self.counts


@dataclass(frozen=True)
class Shown:
    """What somebody has to see before signing: facts by name, the exact text, and what changed."""

    asked: Asked
    text: str
    changed: tuple[str, ...]
    compared_with: int
    is_agreed: bool

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of the specification that people decide by."""
        spec = self.asked.specification
        return {
            "purpose": str(spec.body["purpose"]),
            "owner": str(spec.body["owner"]),
            "members": [f"{member['user']} ({member['role']})" for member in spec.body["members"]],
            "recipients": list(spec.recipients),
            "testers": list(spec.testers),
            "hiding": {"k": spec.hiding.k, "mask": spec.hiding.mask},
            "model": f"{spec.extractor} + {spec.model.name}",
            "epochs": spec.training.epochs,
            "preparation": spec.preparation,
            "datasets": len(spec.dataset_ids),
        }


async def list_waiting(office: Office) -> list[Waiting]:
    """Everything that waits, the consents of one project together.

    Raises:
        AppError: a server does not answer, or answers with something else.
    """
    found = await fetch_decisions(office.nodes)
    rows = [*_grouped(found["consents"], CONSENT, "since"), *_grouped(found["ending"], ENDING, "expires")]
    people: dict[str, Waiting] = {}
    for row in found["registrations"]:
        name = text(row, "user")
        servers = (*(people[name].servers if name in people else ()), *row["servers"])
        people[name] = Waiting(
            REGISTRATION, name, text(row, "organisation"), 0, (), text(row, "since"), False, tuple(sorted(set(servers)))
        )
    return [*rows, *people.values()]


async def look(office: Office, project: str) -> Shown:
    """The specification of a project as its data owner would sign it, verified.

    Raises:
        BadSignature, PeerMismatch, SpecRefused: see :func:`fetch_asked`.
    """
    profile = office.profile
    asked = await fetch_asked(office.nodes, profile.deployment(), profile.user(), project)
    return await asyncio.to_thread(_shown, asked)


def usual_days(office: Office) -> int:
    """How long a consent is valid unless somebody chooses otherwise."""
    return int(office.profile.settings()["consent_days"])


async def give(office: Office, asked: Asked, days: int, reason: str = "") -> int:
    """Sign consents for all own data sets of a project; how many data sets of anybody still have none.

    Raises:
        KeysLocked: it is signed.
        AppError: a server refused or is away; doing it again does no harm.
    """
    keys = office.keys()
    missing: Sequence[Any] = ()
    for dataset in asked.datasets:
        answer = await give_consent(office.nodes, asked.specification, dataset, keys, days, reason)
        missing = answer.get("missing_consents") or ()
    return len(missing)


async def decline(office: Office, asked: Asked, reason: str = "") -> None:
    """Sign that the own data sets may not be used; errors as :func:`give`."""
    keys = office.keys()
    for dataset in asked.datasets:
        await decline_consent(office.nodes, asked.specification, dataset, keys, reason)


async def withdraw(office: Office, project: str, reason: str = "") -> int:
    """Take back the consents for all own data sets of a project, at each server by itself; how many data sets.

    Raises:
        KeysLocked: it is signed.
        AppError: a server is away; no job starts without it, and the rest can be done later.
    """
    keys, name = office.keys(), office.profile.user().name
    found = await newest_at_each(office.nodes, project)
    chosen = {
        role: (one, [dataset for dataset in one.dataset_ids if one.owner_of(dataset) == name])
        for role, one in given(found).items()
    }
    done = await withdraw_consents(office.nodes, chosen, keys, reason)
    outcomes = Outcomes(done.found, {**refusals(found), **done.failed})
    outcomes.complete("Your consent is taken back at", "No job starts without both; do this again later.")
    return max((len(mine) for _, mine in chosen.values()), default=0)


async def list_decided(office: Office) -> list[Decision]:
    """What the user decided about every revision of every project that is visible, the newest first.

    A project whose history is not well-formed is left out.

    Raises:
        AppError: the servers do not answer.
    """
    nodes, name = office.nodes, office.profile.user().name
    listed = (await nodes.both(lambda node: node.projects()))[0]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def of(project: str, title: str) -> list[Decision]:
        async with gate:
            try:
                history = (await fetch_history(nodes, project))[0]
            except AppError:
                return []
        newest = max((past.revision for past in history), default=0)
        return [
            _decision(project, title, past.revision, one, past.revision == newest)
            for past in history
            for one in past.decisions
            if one["owner"] == name
        ]

    found = await asyncio.gather(*(of(text(one, "id"), text(one, "name")) for one in listed))
    return sorted((one for several in found for one in several), key=lambda one: one.time, reverse=True)


def _grouped(rows: Sequence[Mapping[str, Any]], kind: str, when: str) -> list[Waiting]:
    """One entry for each project, with the earliest time of its rows."""
    made: dict[str, Waiting] = {}
    for row in rows:
        project = text(row, "project")
        known = made.get(project)
        moment = _time(row, when)
        made[project] = Waiting(
            kind,
            project,
            text(row, "name"),
            number(row, "revision"),
            tuple(dict.fromkeys((*(known.datasets if known else ()), text(row, "dataset")))),
            min(known.when, moment) if known else moment,
            bool(row.get("reminded")) or bool(known and known.is_reminded),
            tuple(sorted({*(known.servers if known else ()), *row["servers"]})),
        )
    return list(made.values())


def _time(row: Mapping[str, Any], name: str) -> str:
    value = text(row, name)
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadFrame(f"A node's answer has no valid {name!r}.") from error
    return value


def _shown(asked: Asked) -> Shown:
    changed: list[str] = []
    if asked.before is not None:
        changed = [plain(one) for one in sentences(changes(asked.before.body, asked.specification.body))]
    lines = [summary(asked.specification), f"your data   {', '.join(asked.datasets)}"]
    compared = asked.before.revision if asked.before else 0
    return Shown(asked, "\n".join(lines), tuple(changed), compared, asked.is_agreed)


def _decision(project: str, title: str, revision: int, row: Mapping[str, Any], is_newest: bool) -> Decision:
    decision = str(row["decision"])
    return Decision(
        project,
        title,
        revision,
        str(row["dataset"]),
        decision,
        str(row["reason"]),
        str(row["time"] or ""),
        str(row["expires"] or ""),
        bool(row["counts"]) and is_newest,
    )
