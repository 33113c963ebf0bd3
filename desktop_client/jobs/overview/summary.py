"""What the dashboard counts and lists; a node that is away hides only what it alone knows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from common.errors import AppError
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.actions import READY
from desktop_client.jobs.trainings.history import CREATED, REVISED, Happening, of_training
from desktop_client.jobs.trainings.rows import Listed, Training, caught, list_trainings
from desktop_client.upload import answers
from desktop_client.upload.answers import text
from desktop_client.upload.datasets.overview import given, merged, sides
from desktop_client.upload.projects.consents import fetch_decisions
from desktop_client.upload.projects.fetch import decisions_in

BROUGHT: Final = "brought"
_PROJECTS_LOOKED_AT: Final = 8
_HAPPENINGS: Final = 40


@dataclass(frozen=True)
class Event:
    """Something that happened in a project, or to a data set; ``project`` is empty for the latter."""

    happening: Happening
    project: str = ""
    name: str = ""


@dataclass(frozen=True)
class Waiting:
    """How much waits for the person."""

    consents: tuple[dict[str, Any], ...] = ()
    ending: tuple[dict[str, Any], ...] = ()
    registrations: tuple[dict[str, Any], ...] = ()

    @property
    def count(self) -> int:
        return len(self.consents) + len(self.ending) + len(self.registrations)


@dataclass(frozen=True)
class Summary:
    """Numbers and lists; newest first."""

    users: int = 0
    requested: int = 0
    datasets: int = 0
    projects: Mapping[str, str] = field(default_factory=dict)
    """Names by id."""
    ready: int = 0
    trainings: tuple[Training, ...] = ()
    waiting: Waiting = Waiting()
    events: tuple[Event, ...] = ()
    away: Mapping[str, AppError] = field(default_factory=dict)

    @property
    def running(self) -> tuple[Training, ...]:
        """Trainings that have not ended: computing, waiting or paused."""
        return tuple(one for one in self.trainings if not one.state.is_final)

    @property
    def is_new_here(self) -> bool:
        """Whether the person has nothing yet: no data set, no project."""
        return not self.datasets and not self.projects


async def look(office: Office) -> Summary:
    """Ask both servers for everything that the person may see.

    Raises:
        AppError: neither server answers.
    """
    nodes = office.nodes
    async with asyncio.TaskGroup() as group:
        projects = group.create_task(caught(lambda: sides(nodes, lambda node: node.projects())))
        datasets = group.create_task(caught(lambda: sides(nodes, lambda node: node.datasets())))
        people = group.create_task(caught(lambda: sides(nodes, lambda node: node.users())))
        listed = group.create_task(caught(lambda: list_trainings(office)))
        waiting = group.create_task(caught(lambda: fetch_decisions(nodes)))
    for found in (projects.result(), listed.result()):
        if isinstance(found, AppError):
            raise found
    rows = _by_id(given(projects.result()))
    users = _lists(people.result())
    data = merged(_lists(datasets.result()))
    trainings: Listed = listed.result()
    decisions = {} if isinstance(waiting.result(), AppError) else waiting.result()
    names = {identity: text(row, "name") for identity, row in rows.items()}
    accounts = {str(one.get("user")): str(one.get("state")) for table in users.values() for one in table}
    return Summary(
        sum(state == "active" for state in accounts.values()),
        sum(state == "requested" for state in accounts.values()),
        len(data),
        names,
        sum(row.get("state") == READY for row in rows.values()),
        trainings.trainings,
        Waiting(*(tuple(decisions.get(kind, ())) for kind in ("consents", "ending", "registrations"))),
        await _events(office, rows, data, trainings.trainings),
        trainings.away,
    )


async def _events(
    office: Office,
    projects: Mapping[str, Mapping[str, Any]],
    datasets: Sequence[Mapping[str, Any]],
    trainings: Sequence[Training],
) -> tuple[Event, ...]:
    """What happened lately; of projects those that were changed last."""
    found = [
        Event(Happening(str(one.get("created")), BROUGHT, str(one.get("owner")), text(one, "name"))) for one in datasets
    ]
    for training in trainings:
        name = str(projects.get(training.project, {}).get("name", ""))
        found += [Event(one, training.project, name) for one in of_training(training)]
    latest = sorted(projects.values(), key=lambda row: str(row.get("created")), reverse=True)[:_PROJECTS_LOOKED_AT]
    pasts = await asyncio.gather(*(caught(partial(_past, office, row)) for row in latest))
    found += [event for past in pasts if not isinstance(past, AppError) for event in past]
    found.sort(key=lambda event: event.happening.time, reverse=True)
    return tuple(found[:_HAPPENINGS])


async def _past(office: Office, row: Mapping[str, Any]) -> list[Event]:
    identity, name = text(row, "id"), text(row, "name")
    found = given(await sides(office.nodes, lambda node: node.revisions(identity)))
    events = []
    for one in max(found.values(), key=len, default=[]):
        number = answers.number(one, "revision")
        kind = CREATED if number == 1 else REVISED
        events.append(Event(Happening(text(one, "created"), kind, text(one, "owner"), str(number)), identity, name))
        for decided in decisions_in(one):
            what = Happening(str(decided["time"]), decided["decision"], decided["owner"], decided["dataset"])
            events.append(Event(what, identity, name))
    return events


def _by_id(lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """One row a project: that with the newer revision."""
    found: dict[str, Mapping[str, Any]] = {}
    for rows in lists.values():
        for row in rows:
            identity = text(row, "id")
            known = found.get(identity)
            if known is None or answers.number(row, "revision") > answers.number(known, "revision"):
                found[identity] = row
    return found


def _lists(found: Any) -> dict[str, list[dict[str, Any]]]:
    return {} if isinstance(found, AppError) else given(found)
