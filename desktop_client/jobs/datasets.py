"""Data sets as both servers have them: the list, one of them with its history and uses, and every change to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.errors import AppError, BadInput, Conflict, NotFound, WrongVersion
from common.sharing.settings import DatasetSettings
from desktop_client.jobs import importing
from desktop_client.jobs.importing import Phase
from desktop_client.jobs.office import Office
from desktop_client.upload.answers import items, number, text, texts
from desktop_client.upload.client import NodeClient
from desktop_client.upload.datasets.deletion import Deleted, Uses, delete_dataset, keep_receipts, read_uses
from desktop_client.upload.datasets.overview import Sides, given, merged, refusals, sides
from desktop_client.upload.datasets.settings import Held, Outcome, change, in_step, newest, read_held, repair

_TOGETHER_SECONDS: Final = 120.0
_ATTEMPTS: Final = 5
_MOMENT_SECONDS: Final = 0.2


@dataclass(frozen=True)
class DatasetRow:
    """One data set of the list; ``servers`` and ``bytes`` are its state and size at each server that answered."""

    id: str
    name: str
    owner: str
    count: int
    shape: tuple[int, ...]
    bits: int
    classes: tuple[str, ...]
    class_counts: tuple[int, ...] | None
    visibility: str
    shared_with: tuple[str, ...]
    tags: tuple[str, ...]
    created: str
    enabled: bool
    servers: Mapping[str, str | None]
    bytes: Mapping[str, int]
    agree: bool
    is_mine: bool

    @property
    def state(self) -> str:
        """One word: a state of the servers, ``off``, ``apart`` (they differ), or ``one`` (only one has it)."""
        if any(state is None for state in self.servers.values()):
            return "one"
        if not self.agree:
            return "apart"
        found = next(iter(self.servers.values())) or "one"
        return "off" if found == "usable" and not self.enabled else found

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes.values())

    @property
    def kind(self) -> str:
        """``grey``, ``colour`` or ``deep`` (more than 8 bits)."""
        if self.bits > 8:
            return "deep"
        return "colour" if self.shape[-1:] == (3,) else "grey"


@dataclass(frozen=True)
class Listing:
    """What the servers that answered list, and why the other did not."""

    rows: tuple[DatasetRow, ...]
    away: Mapping[str, AppError]


@dataclass(frozen=True)
class Event:
    """Something that happened to a data set at these servers; ``changes`` are {field, before, after}."""

    time: str
    actor: str
    kind: str
    servers: tuple[str, ...]
    changes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class DatasetDetails:
    """All about one data set. ``uses`` and ``events`` are for its owner; ``held`` is what an edit begins with."""

    row: DatasetRow
    description: str
    missing: Mapping[str, int]
    away: Mapping[str, AppError]
    is_in_step: bool
    held: Held
    uses: Uses | None = None
    events: tuple[Event, ...] = ()
    receipts: tuple[Path, ...] = ()


async def list_datasets(office: Office) -> Listing:
    """Every data set the person may see; one server that is away does not hide what the other lists.

    Raises:
        AppError: neither server answered.
    """
    found = await sides(office.nodes, lambda node: node.datasets())
    lists, me = given(found), office.profile.user().name
    sizes: dict[str, dict[str, int]] = {}
    for role, entries in lists.items():
        for one in entries:
            sizes.setdefault(text(one, "id"), {})[role] = number(one, "bytes")
    rows = tuple(_row(one, sizes[one["id"]], me) for one in merged(lists))
    return Listing(rows, refusals(found))


async def read_dataset(office: Office, dataset: str) -> DatasetDetails:
    """One data set as both servers show it, its manifest checked.

    Raises:
        NotFound, Forbidden, BadSignature: there is none, it is not for this person, or a server shows another one.
        AppError: neither server answered.
    """
    nodes, user = office.nodes, office.profile.user()
    found = await sides(nodes, lambda node: node.dataset(dataset))
    answers = given(found)
    held: Sides[Held] = {role: read_held(one, dataset, user.verify_key) for role, one in answers.items()}
    best = newest(held)
    rows = merged({role: [one] for role, one in answers.items()})
    row = _row(rows[0], {role: number(one, "bytes") for role, one in answers.items()}, user.name)
    missing = {role: _length(one.get("missing")) for role, one in answers.items()}
    about = best.settings.description
    away = refusals(found)
    if not row.is_mine:
        return DatasetDetails(row, about, missing, away, in_step(held), best)
    histories = given(await sides(nodes, lambda node: node.dataset_history(dataset)))
    kept = tuple(sorted(office.profile.receipts_path.glob(f"{dataset}-*.json")))
    return DatasetDetails(
        row, about, missing, away, in_step(held), best, await read_uses(nodes, dataset), _events(histories), kept
    )


async def dataset_uses(office: Office, dataset: str) -> Uses:
    """Projects and unfinished jobs with a data set, asked anew: what a deletion would do now."""
    return await read_uses(office.nodes, dataset)


async def change_dataset(office: Office, base: Held, changes: Mapping[str, Any]) -> Outcome:
    """Sign the settings ``base`` with changes and give them to both servers.

    Raises:
        KeysLocked: the person has to enter the password first.
        BadInput: a change that no server would accept.
        Conflict: somebody changed them meanwhile; look at them again.
    """
    keys, dataset = office.keys(), base.settings.dataset
    held = await _read_sides(office, dataset)
    now = newest(held).settings
    if (now.version, now.shown()) != (base.settings.version, base.settings.shown()):
        raise Conflict("These settings were changed in the meantime, maybe on another device.", reason="changed")
    return await change(office.nodes, keys, newest(held), **changes)


async def repair_dataset(office: Office, dataset: str) -> Outcome:
    """Bring the settings at both servers into step.

    Raises:
        KeysLocked: the person has to enter the password first.
        Conflict: one of them has deleted the data set.
        AppError: one of them cannot be asked.
    """
    keys = office.keys()
    return await repair(office.nodes, keys, dataset, await _read_sides(office, dataset))


async def remove_dataset(office: Office, dataset: str, stop_jobs: bool, reason: str = "") -> Deleted:
    """Delete it at both servers for good, and keep their signed receipts.

    Raises:
        KeysLocked: the person has to enter the password first.
        Conflict: a job uses it, and ``stop_jobs`` is not given.
        BadSignature, NotFound: a receipt is wrong; neither server has it.
    """
    keys = office.keys()
    deleted = await delete_dataset(office.nodes, dataset, keys, stop_jobs, Reason.give(reason, SystemRandom()))
    keep_receipts(office.profile.receipts_path, dataset, deleted)
    return deleted


async def list_people(office: Office) -> tuple[str, ...]:
    """Names of everybody else whose account is active: with whom a data set can be shared.

    Raises:
        AppError: neither server answered.
    """
    me = office.profile.user().name
    names: set[str] = set()
    for rows in given(await sides(office.nodes, lambda node: node.users())).values():
        names.update(text(one, "user") for one in rows if one.get("state") == "active")
    return tuple(sorted(names - {me}))


def changed_settings(base: DatasetSettings, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the wanted values that differ from what is in force."""
    return {name: value for name, value in wanted.items() if getattr(base, name) != value}


async def _read_sides(office: Office, dataset: str) -> Sides[Held]:
    key = office.profile.user().verify_key

    async def at(node: NodeClient) -> Held:
        return read_held(await node.dataset(dataset), dataset, key)

    return await sides(office.nodes, at)


def _row(one: Mapping[str, Any], sizes: Mapping[str, int], me: str) -> DatasetRow:
    counts, shape = one.get("class_counts"), one.get("shape")
    return DatasetRow(
        id=text(one, "id"),
        name=text(one, "name"),
        owner=text(one, "owner"),
        count=number(one, "count"),
        shape=tuple(side for side in shape if isinstance(side, int)) if isinstance(shape, list) else (),
        bits=number(one, "bits"),
        classes=tuple(texts(one, "classes")),
        class_counts=tuple(counts) if isinstance(counts, list) and all(type(n) is int for n in counts) else None,
        visibility=text(one, "visibility"),
        shared_with=tuple(texts(one, "shared_with")),
        tags=tuple(texts(one, "tags")),
        created=text(one, "created"),
        enabled=one.get("enabled") is not False,
        servers=dict(one["servers"]),
        bytes=dict(sizes),
        agree=one["agree"] is True,
        is_mine=one.get("owner") == me,
    )


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def _events(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[Event, ...]:
    """Newest first; what happened at both servers within two minutes is one event."""
    single = [_event(role, one) for role, events in histories.items() for one in events]
    gathered: list[Event] = []
    for event in sorted(single, key=lambda one: one.time):
        place = next((n for n, known in enumerate(gathered) if _is_same(known, event)), None)
        if place is None:
            gathered.append(event)
        else:
            known = gathered[place]
            gathered[place] = Event(
                known.time, known.actor, known.kind, (*known.servers, *event.servers), known.changes
            )
    return tuple(reversed(gathered))


def _event(role: str, one: Mapping[str, Any]) -> Event:
    facts = one.get("facts")
    changes = items(facts, "changes") if isinstance(facts, dict) and "changes" in facts else []
    return Event(text(one, "time"), text(one, "actor"), text(one, "kind"), (role,), tuple(changes))


def _is_same(known: Event, event: Event) -> bool:
    if known.kind != event.kind or known.changes != event.changes or set(known.servers) & set(event.servers):
        return False
    try:
        apart = datetime.fromisoformat(event.time) - datetime.fromisoformat(known.time)
    except (ValueError, TypeError):
        return False
    return abs(apart.total_seconds()) <= _TOGETHER_SECONDS


async def abandon_import(office: Office, number: str) -> None:
    """Give an import up: forget it, and delete at the servers what they have of it.

    Raises:
        KeysLocked: the servers have something, and the password is needed to sign its deletion.
        Conflict: it runs; pause it first.
        AppError: a server could not be asked; the import is still kept.
    """
    found = None
    with suppress(BadInput, WrongVersion):
        found = await importing.open_import(office, number)
    if found is not None and found.phase is Phase.UPLOADING and found.dataset:
        with suppress(NotFound):
            await remove_dataset(office, found.dataset, stop_jobs=False)
    for attempt in range(_ATTEMPTS):
        try:
            return await importing.delete_import(office, number)
        except Conflict:
            # What was stopped a moment ago may still be on its way out of a thread.
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_MOMENT_SECONDS)
