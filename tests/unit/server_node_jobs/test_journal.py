"""Events of jobs: numbered without gaps, on disk before they are told, heard by everybody who follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, JobFailed, NotFound
from common.ids import JobId
from common.pipeline import JobState
from server_node.jobs.entry import Origin
from server_node.jobs.journal import Journal
from server_node.jobs.machine import Position
from server_node.storage.database import Database
from server_node.storage.rows import Project, User

JOB = JobId("ab" * 16)
ALICE: dict[str, Any] = {
    "name": "alice", "organisation": "clinic", "role": "user", "state": "active", "verify_key": "11" * 32,
    "seal_key": "22" * 32, "version": 1, "created": 0,
}  # fmt: skip
ORIGIN = Origin("cd" * 16, "ef" * 32, "alice", "clinic")
PROGRESS = {"kind": "progress", "stage": "train", "done": 1, "total": 4, "seconds": 1.5, "bytes_sent": 1, "rounds": 1}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = await Database.open(tmp_path / "node.db")
    async with found.writing() as session:
        session.add(User(**ALICE))
        await session.flush()
        session.add(Project(id="cd" * 16, hash="cd" * 32, owner="alice", is_archived=False, created=0))
    yield found
    await found.close()


@pytest.fixture
async def journal(database: Database) -> Journal:
    found = Journal(database, lambda: 86400.0)
    await found.create(JOB, ORIGIN, {"body": {}})
    return found


async def heard(journal: Journal, after: int = 0) -> list[dict[str, Any]]:
    return [event async for event in journal.follow(JOB, after, lambda: True)]


async def test_new_job_is_queued_and_known_once(journal: Journal) -> None:
    assert (await journal.get(JOB)).as_dict() == {
        "id": JOB, "kind": "training", "training": None, "dataset": None, **vars(ORIGIN), "state": "queued",
        "stage": None, "progress": None, "stages": {},
        "seconds_left": None, "epoch": None, "attempt": 0, "controls": 0, "wants_pause": False, "waiting": None,
        "error": None, "created": "1970-01-02T00:00:00Z", "ended": None,
    }  # fmt: skip
    with pytest.raises(Conflict):
        await journal.create(JOB, ORIGIN, {})
    with pytest.raises(NotFound):
        await journal.get("ef" * 16)


async def test_follower_hears_what_was_and_what_comes(journal: Journal) -> None:
    early = asyncio.create_task(heard(journal))
    await journal.move(JOB, Position(JobState.TRAINING))
    await journal.add(JOB, PROGRESS)
    late = asyncio.create_task(heard(journal, 2))
    await journal.move(JOB, Position(JobState.TRAINING, True))
    await journal.move(JOB, Position(JobState.FINISHED, True))
    events = await early
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert [event.get("state") for event in events] == ["queued", "training", None, "finished"]
    assert all(event["job"] == JOB and event["time"] == "1970-01-02T00:00:00Z" for event in events)
    assert await late == events[2:] == (await heard(journal, 2))
    assert await heard(journal, 99) == []


async def test_status_shows_the_latest_progress_and_the_error(journal: Journal) -> None:
    await journal.add(JOB, PROGRESS)
    await journal.add(JOB, {"kind": "metrics", "epoch": 3})
    await journal.move(JOB, Position(JobState.FAILED), JobFailed("It broke."))
    found = (await journal.get(JOB)).as_dict()
    assert (found["stage"], found["epoch"], found["state"]) == ("train", 3, "failed")
    assert found["progress"] == {"done": 1, "total": 4, "seconds": 1.5, "bytes_sent": 1, "rounds": 1}
    assert (await heard(journal))[-1]["error"]["message"] == found["error"]["message"] == "It broke."


async def test_status_of_a_job_that_computes_is_what_it_computes_not_what_is_prepared_beside(journal: Journal) -> None:
    preparing = {**PROGRESS, "stage": "prepare", "bytes_sent": 7}
    await journal.move(JOB, Position(JobState.PREPARING))
    await journal.add(JOB, preparing)
    assert (await journal.get(JOB)).as_dict()["stage"] == "prepare"
    await journal.move(JOB, Position(JobState.TRAINING))
    await journal.add(JOB, PROGRESS)
    await journal.add(JOB, {**preparing, "done": 3})
    found = (await journal.get(JOB)).as_dict()
    assert (found["stage"], found["progress"]["done"]) == ("train", 1)
    assert {name: stage["done"] for name, stage in found["stages"].items()} == {"prepare": 3, "train": 1}
    assert found["seconds_left"] == 4.5


async def test_nothing_follows_the_final_event(journal: Journal) -> None:
    await journal.move(JOB, Position(JobState.CANCELLED))
    await journal.add(JOB, PROGRESS)
    assert (await heard(journal))[-1]["state"] == "cancelled"


async def test_closing_and_leaving_end_the_feed(journal: Journal) -> None:
    is_there = True
    leaving = asyncio.create_task(collect(journal, lambda: is_there))
    staying = asyncio.create_task(heard(journal))
    await journal.add(JOB, PROGRESS)
    is_there = False
    journal.wake(JOB)
    assert len(await leaving) >= 1
    journal.close()
    assert len(await staying) == 2


async def collect(journal: Journal, is_wanted: Any) -> list[dict[str, Any]]:
    return [event async for event in journal.follow(JOB, 0, is_wanted)]


async def test_journal_survives_a_restart(database: Database, journal: Journal) -> None:
    await journal.move(JOB, Position(JobState.TRAINING))
    later = Journal(database, lambda: 0.0)
    [entry] = await later.unfinished()
    assert (entry.id, entry.position) == (JOB, Position(JobState.TRAINING))
    await later.move(JOB, Position(JobState.FAILED), JobFailed())
    assert await later.unfinished() == [] and len(await later.of_project("cd" * 16)) == 1
