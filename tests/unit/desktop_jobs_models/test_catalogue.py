"""Models here and at the servers as one list, and one of them with what may be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, Conflict, NodeUnreachable, NotFound
from common.specification import Specification
from desktop_client.jobs.models import catalogue
from desktop_client.jobs.models.catalogue import card_sources, list_entries, read_model_view
from desktop_client.jobs.models.runs import Run, keep_run
from tests.helpers.desktop.kept_models import JOB, agreed
from tests.helpers.models.at_hand import OTHER, PROJECT, job_body, keep, prepare
from tests.helpers.window import FakeDesk


@pytest.fixture
def ready(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    async def told(nodes: object, deployment: object, job: str) -> tuple[Specification, str]:
        return agreed(), PROJECT

    monkeypatch.setattr(catalogue, "agreed_for", told)
    monkeypatch.setattr(type(desk.office.profile), "deployment", lambda self: None)
    return prepare(desk, monkeypatch)


async def test_kept_models_and_those_at_the_servers_are_one_list(ready: FakeDesk) -> None:
    path = keep(ready)
    ready.office.both("jobs", [job_body(), job_body(OTHER, ended="2026-02-01T12:00:00Z")])
    known: dict[str, Specification] = {}
    first, second = (await list_entries(ready.office, known)).entries
    assert (first.job, first.file, first.may_fetch, first.name) == (OTHER, None, True, "films")
    assert (second.job, second.file, second.ended) == (JOB, path, "2026-01-31T12:30:00Z")
    assert set(known) == {OTHER}


async def test_models_of_others_and_unfinished_trainings_are_left_out(
    ready: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.office.both("jobs", [job_body(state="training"), job_body(OTHER)])

    async def for_bob(*given: object) -> tuple[Any, str]:
        spec = agreed()
        return Specification(**{**spec.__dict__, "recipients": ("bob",), "testers": ()}), PROJECT

    monkeypatch.setattr(catalogue, "agreed_for", for_bob)
    assert (await list_entries(ready.office, {})).entries == ()


async def test_what_is_kept_of_a_run_spares_the_question(ready: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_run(ready.office.profile.root, Run(JOB, PROJECT, agreed().body))

    async def never(*given: object) -> Any:
        raise NotFound("asked")

    monkeypatch.setattr(catalogue, "agreed_for", never)
    (entry,) = (await list_entries(ready.office, {})).entries
    assert (entry.name, entry.error) == ("films", None)


async def test_servers_that_are_away_leave_what_is_here(ready: FakeDesk) -> None:
    keep(ready)
    ready.office.both("jobs", NodeUnreachable("away", node="a"))
    found = await list_entries(ready.office, {})
    assert [one.job for one in found.entries] == [JOB]
    assert isinstance(found.away, NodeUnreachable)


async def test_view_before_and_after_the_fetch(ready: FakeDesk) -> None:
    before = await read_model_view(ready.office, JOB)
    assert (before.file, before.may_fetch, before.name) == (None, True, "films")
    assert before.testable is not None and before.classes == ("healthy", "ill", "unclear")
    path = keep(ready)
    after = await read_model_view(ready.office, JOB)
    assert (after.file, after.project) == (path, PROJECT)
    assert after.info is not None and after.info.input == (16, 20, 1)


async def test_known_view_only_asks_the_servers(ready: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(ready)
    known = await read_model_view(ready.office, JOB)
    monkeypatch.setattr(catalogue, "describe_model", None)
    ready.office.both("testable", {"kept": False})
    again = await read_model_view(ready.office, JOB, known)
    assert again.info is known.info
    assert isinstance(again.untestable, Conflict) and again.away is None


async def test_file_that_is_not_there_is_named(ready: FakeDesk, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none.igm"):
        await read_model_view(ready.office, str(tmp_path / "none.igm"))


async def test_data_sets_that_are_gone_are_named_by_id(ready: FakeDesk) -> None:
    ready.office.both("dataset", NotFound("gone"))
    found = await card_sources(ready.office, agreed())
    assert [one.id for one in found] == list(agreed().dataset_ids)
    assert {(one.name, one.images) for one in found} == {("", None)}
    assert await card_sources(ready.office, None) == ()
