"""Trainings of both servers as one list: tests are none of them, and a server that is away hides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import BadFrame, NodeUnreachable
from common.pipeline import JobState
from desktop_client.jobs.trainings.rows import StageRow, list_trainings, stage_of
from desktop_client.settings import Profile
from tests.helpers.desktop.trainings import JOB, OTHER, job, spec
from tests.helpers.window import FakeOffice

SPEC = spec()


@pytest.fixture
def office(tmp_path: Path) -> FakeOffice:
    return FakeOffice(Profile(tmp_path))


async def test_what_both_servers_say_of_a_training_is_one_row(office: FakeOffice) -> None:
    office.both("jobs", [job(SPEC)])
    office.b.answers["jobs"] = [job(SPEC, "queued", waiting={"code": "peer-gone", "message": "away"})]
    (found,) = (await list_trainings(office)).trainings
    assert (found.job, found.state, found.starter, found.epoch) == (JOB, JobState.TRAINING, "alice", 1)
    assert found.states == {"a": JobState.TRAINING, "b": JobState.QUEUED}
    assert found.bytes_sent == 4000
    assert found.share == pytest.approx(1.5 / 5)
    assert found.is_running and found.waiting is None


async def test_newer_trainings_come_first_and_tests_of_models_do_not_come(office: FakeOffice) -> None:
    older = job(SPEC, "finished", id=OTHER, created="2026-01-01T00:00:00Z")
    trial = job(SPEC, "testing", id="ef" * 16, kind="test")
    office.both("jobs", [older, trial, job(SPEC)])
    assert [one.job for one in (await list_trainings(office)).trainings] == [JOB, OTHER]


async def test_a_server_that_is_away_is_named(office: FakeOffice) -> None:
    office.a.answers["jobs"] = NodeUnreachable("away", node="a")
    office.b.answers["jobs"] = [job(SPEC, "paused")]
    found = await list_trainings(office)
    assert [one.state for one in found.trainings] == [JobState.PAUSED]
    assert list(found.away) == ["a"]
    office.b.answers["jobs"] = NodeUnreachable("away", node="b")
    with pytest.raises(NodeUnreachable):
        await list_trainings(office)


@pytest.mark.parametrize("change", [{"state": "sleeping"}, {"stages": [1]}, {"starter": 7}])
async def test_what_is_no_job_is_refused(office: FakeOffice, change: dict[str, object]) -> None:
    office.both("jobs", [job(SPEC) | change])
    with pytest.raises(BadFrame):
        await list_trainings(office)


def test_numbers_of_a_stage_are_checked() -> None:
    assert stage_of({"done": 1, "total": 4, "seconds": 2.0, "bytes_sent": 3}) == StageRow(1, 4, 2.0, 3)
    assert stage_of({"done": 1, "total": 4, "seconds": "x", "bytes_sent": -1}) == StageRow(1, 4)
    strange: list[object] = [{"done": True, "total": 4}, {"done": -1, "total": 4}, {"done": 1}, [], None]
    assert [stage_of(one) for one in strange] == [None] * 5
    row = StageRow(1, 4, 2.0, 3)
    assert (row.share, row.seconds_left, row.is_done) == (0.25, 6.0, False)
    assert (StageRow(0, 4).seconds_left, StageRow(4, 4).is_done, StageRow().share) == (None, True, 0.0)
