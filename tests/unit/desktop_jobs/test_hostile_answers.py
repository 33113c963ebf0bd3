"""Answers with one field that no honest node would send: a named error or a picture without it, never anything else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from common.errors import AppError
from desktop_client.jobs.datasets import list_datasets
from desktop_client.jobs.overview import summary
from desktop_client.jobs.projects import rows
from desktop_client.jobs.trainings.rows import list_trainings
from desktop_client.jobs.trainings.standing import look
from desktop_client.settings import Profile
from tests.helpers.desktop.trainings import PROJECT, serve, spec
from tests.helpers.window import FakeOffice

NASTY: Final[tuple[object, ...]] = (
    None,
    True,
    -1,
    10**30,
    float("nan"),
    "",
    "\u202e\x00",
    "x" * 5000,
    "nonsense",
    [],
    [None],
    {},
    {"a": []},
)
LISTED: Final = {
    "bytes": 100, "bits": 8, "visibility": "shared", "shared_with": ["bob"], "tags": ["new"], "created": "2026-01-01",
    "version": 1, "enabled": True, "shape": [8, 8], "class_counts": [3, 4],
}  # fmt: skip
Place = tuple[str | int, ...]


def _places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Where something stands in an answer, except the rows of a list themselves: clients check those."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, found in inner:
        if before or isinstance(value, dict):
            yield (*before, name)
        yield from _places(found, (*before, name))


def _spoilt(answer: Any, place: Place, nasty: object) -> Any:
    whole = copy.deepcopy(answer)
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    if nasty is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = nasty
    return whole


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize(
    ("asked", "ask"),
    [
        ("jobs", list_trainings),
        ("jobs", summary.look),
        ("datasets", list_datasets),
        ("datasets", summary.look),
        ("users", summary.look),
        ("revisions", summary.look),
        ("projects", rows.list_projects),
        ("jobs", lambda office: look(office, PROJECT)),
        ("datasets", lambda office: look(office, PROJECT)),
    ],
)
async def test_one_field_of_nonsense_is_told_by_name_or_left_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    ask: Callable[[Any], Coroutine[Any, Any, object]],
    turn: int,
) -> None:
    office = FakeOffice(Profile(tmp_path))
    serve(office, monkeypatch, spec())
    office.both("drafts", [])
    office.both("projects", [{"hash": spec().hash, **one} for one in office.a.answers["projects"]])
    office.both("datasets", [{**LISTED, **one} for one in office.a.answers["datasets"]])
    good = office.a.answers[asked]
    assert await ask(office)
    refused = passed = 0
    for number, place in enumerate(_places(good)):
        if number % 4 != turn:
            continue
        for nasty in NASTY[number // 4 % 2 :: 2]:
            office.a.answers[asked] = _spoilt(good, place, nasty)
            try:
                await ask(office)
                passed += 1
            except AppError:
                refused += 1
    assert passed + refused > 0
