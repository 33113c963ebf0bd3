"""What happens between two statements: controls, ends and attempts that meet, and what survives them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.errors import Conflict, JobFailed, JobPaused, NodeUnreachable, PeerGone
from common.ids import JobId, Party
from common.pipeline import JobState
from server_node.jobs import settlement
from server_node.jobs.attempts.ticket import job_id
from server_node.jobs.machine import Event
from server_node.jobs.peers import PeerStatus
from tests.helpers.jobs.drive import Drive, control_of, driving, start_of

COMPUTED = PeerStatus(JobState.TRAINING, True, None)


@pytest.fixture
async def a(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Drive]:
    async with driving(tmp_path, Party.P0, monkeypatch) as found:
        yield found


@pytest.fixture
async def b(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Drive]:
    async with driving(tmp_path, Party.P1, monkeypatch) as found:
        yield found


async def until_waiting(lock: asyncio.Lock, count: int) -> None:
    while len(lock._waiters or ()) != count or (not count and lock.locked()):
        await asyncio.sleep(0)


def at_once(drive: Drive, job: JobId) -> None:
    """Let a job that was put off not wait for its pause."""
    drive.dispatcher._queue._waiting[job].not_before = 0.0
    drive.dispatcher._fill()


async def test_job_that_is_paused_while_it_is_being_started_is_paused_and_has_not_failed(a: Drive) -> None:
    job = job_id(start_of("1"))

    async def meanwhile() -> None:
        a.peer.on.clear()
        await a.control(job, "pause")
        raise Conflict("The job is paused here.", state="paused")

    a.peer.on["start"] = meanwhile
    assert await a.submit() == job
    await a.until(job, "paused", "failed")
    await a.runner.settle(job)
    assert (await a.journal.get(job)).row.state == "paused"
    await a.control(job, "resume")
    await a.worker(job, 2)


async def test_late_answer_to_a_start_does_not_touch_the_attempt_after_it(a: Drive) -> None:
    """Paused and resumed while B took its time over the first start."""
    job, is_late, is_over = job_id(start_of("1")), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        a.peer.on.clear()
        is_late.set()
        await is_over.wait()
        raise Conflict("Attempt 1 of this job was overtaken by attempt 2.")

    a.peer.on["start"] = slow
    await a.submit()
    await is_late.wait()
    await a.control(job, "pause")
    await a.control(job, "resume")
    worker = await a.worker(job, 2)
    is_over.set()
    worker.say("training")
    await a.until(job, "training", "failed")
    for _ in range(50):
        await asyncio.sleep(0)
    assert (await a.journal.get(job)).row.state == "training"
    assert (job, 1) not in a.workers


async def test_job_that_is_resumed_before_its_epoch_ended_goes_on(a: Drive) -> None:
    job = await a.submit()
    worker = await a.worker(job, 1)
    worker.say("training")
    await a.until(job, "training")
    await a.control(job, "pause")
    assert worker.is_asked_to_pause
    await a.control(job, "resume")
    worker.orders.put_nowait(JobPaused())
    assert (await a.until(job, "queued", "paused")).row.state == "queued"
    await a.worker(job, 2)


async def test_job_that_was_told_to_pause_does(a: Drive) -> None:
    job = await a.submit()
    worker = await a.worker(job, 1)
    worker.say("training")
    await a.until(job, "training")
    await a.control(job, "pause")
    worker.orders.put_nowait(JobPaused())
    await a.until(job, "paused")
    await a.control(job, "resume")
    await a.worker(job, 2)


async def test_resume_that_was_written_down_counts_after_a_restart(a: Drive) -> None:
    job = await a.submit()
    await a.worker(job, 1)
    await a.control(job, "pause-now")
    await a.until(job, "paused")
    await a.journal.add_control(job, control_of(await a.journal.get(job), "resume"))
    await a.runner.recover()
    await a.worker(job, 2)


async def test_pauses_between_attempts_grow_and_a_checkpoint_makes_them_short_again(a: Drive) -> None:
    pauses = []
    job = await a.submit()
    for attempt in range(1, 7):
        worker = await a.worker(job, attempt)
        if attempt == 5:
            worker.orders.put_nowait({"kind": "event", "action": "job-checkpoint", "subject": {"epoch": 1}})
        worker.orders.put_nowait(PeerGone())
        await a.until(job, "queued")
        pauses.append(a.dispatcher._queue._waiting[job].pause)
        at_once(a, job)
    assert pauses == [1, 2, 4, 8, 1, 2]


async def test_job_that_broke_off_goes_before_those_that_came_later(a: Drive) -> None:
    first = await a.submit("1")
    worker = await a.worker(first, 1)
    a.now += 1
    second = await a.submit("2")
    a.now += 1
    third = await a.submit("3")
    worker.orders.put_nowait(PeerGone())
    await a.worker(second, 1)
    at_once(a, first)
    await a.runner.apply(second, Event.CANCEL)
    await a.worker(first, 2)
    assert (third, 1) not in a.workers


async def test_retry_begins_to_count_attempts_in_vain_anew(a: Drive) -> None:
    a.settings["stalled_attempts"] = 1
    job = await a.submit()
    (await a.worker(job, 1)).orders.put_nowait(PeerGone())
    await a.until(job, "queued")
    at_once(a, job)
    (await a.worker(job, 2)).orders.put_nowait(PeerGone())
    await a.until(job, "failed")
    await a.control(job, "retry")
    (await a.worker(job, 3)).orders.put_nowait(PeerGone())
    assert (await a.until(job, "queued", "failed")).row.state == "queued"


async def test_late_word_of_an_end_is_not_told_once_the_job_is_retried(
    a: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "_POLL_SECONDS", 0.01)
    job = await a.submit()
    worker = await a.worker(job, 1)
    is_said, is_retried = asyncio.Event(), asyncio.Event()

    async def lost() -> None:
        is_said.set()
        await is_retried.wait()
        raise NodeUnreachable()

    a.peer.on["end"] = lost
    worker.orders.put_nowait(JobFailed())
    await is_said.wait()
    await a.control(job, "retry")
    await a.worker(job, 2)
    is_retried.set()
    # Only the new attempt is left.
    while sum(task.get_name() == job for task in asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)
    assert a.peer.asked.count("end") == 1


async def test_start_that_comes_too_late_keeps_the_reason_of_the_failure(a: Drive) -> None:
    job = job_id(start_of("1"))

    async def fails() -> None:
        await a.dispatcher.end_by_peer(job, JobFailed("The worker broke."))

    a.peer.on["start"] = fails
    await a.submit()
    await a.until(job, "failed")
    await a.runner.settle(job)
    error = (await a.journal.get(job)).as_dict()["error"]
    assert error is not None and error["message"] == "The worker broke."


async def test_cancelling_beside_the_last_question_ends_alike_on_both_servers(a: Drive) -> None:
    """B says that it has computed, and hears of the cancellation before A has heard that."""
    job = await a.submit()
    worker = await a.worker(job, 1)
    is_asked, is_told = asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        is_asked.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await is_told.wait()

    async def told() -> None:
        is_told.set()
        a.peer.status = PeerStatus(JobState.CANCELLED, True, None)

    a.peer.status = COMPUTED
    a.peer.on |= {"status": answer, "end": told}
    worker.orders.put_nowait(None)
    await is_asked.wait()
    await a.dispatcher.cancel(job)
    entry = await a.until(job, "finished", "cancelled")
    assert entry.row.state == ("cancelled" if is_told.is_set() else "finished")


async def test_place_of_a_computed_job_is_free_at_b_when_a_has_paused_it(b: Drive) -> None:
    document = start_of("1")
    job = job_id(document)
    await b.dispatcher.accept(document, job, [])
    await b.dispatcher.start_accepted(job, 0, 1)
    b.peer.status = PeerStatus(JobState.PAUSED, False, None)
    (await b.worker(job, 1)).orders.put_nowait(None)
    await b.until(job, "queued")
    assert b.runner.running() == 0
    await b.dispatcher.start_accepted(job, 0, 2)
    await b.worker(job, 2)


async def test_last_word_of_an_attempt_that_was_replaced_says_nothing_about_the_next(b: Drive) -> None:
    document = start_of("1")
    job = job_id(document)
    await b.dispatcher.accept(document, job, [])
    await b.dispatcher.start_accepted(job, 0, 1)
    worker = await b.worker(job, 1)
    lock = b.runner._lock(job)
    async with lock:
        starting = asyncio.create_task(b.dispatcher.start_accepted(job, 0, 2))
        await until_waiting(lock, 1)
        worker.orders.put_nowait(None)
        await until_waiting(lock, 2)
    await starting
    await b.worker(job, 2)
    await until_waiting(lock, 0)
    assert (await b.journal.get(job)).position.is_computed is False


async def test_two_starts_that_are_one_become_one_job(a: Drive) -> None:
    found = await asyncio.gather(a.submit(), a.submit(), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "str"]
