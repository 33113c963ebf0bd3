"""Whose turn it is."""

from __future__ import annotations

from common.ids import JobId
from server_node.jobs.turns import FairQueue


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def job(name: str) -> JobId:
    return JobId(name)


def take(queue: FairQueue, running: dict[JobId, str]) -> JobId | None:
    found = queue.next(running)
    if found is not None:
        running[found] = queue.organisation(found)
        queue.remove(found)
    return found


def test_organisations_take_turns_and_their_jobs_keep_their_order() -> None:
    clock = Clock()
    queue = FairQueue(clock)
    for name in ("a1", "a2", "a3", "b1", "c1"):
        queue.add(job(name), name[0])
    order = []
    while (found := take(queue, {})) is not None:
        order.append(found)
        clock.now += 1
    assert order == ["a1", "b1", "c1", "a2", "a3"]


def test_who_has_fewest_jobs_running_goes_first() -> None:
    queue = FairQueue(Clock())
    for name in ("a2", "a3", "b1"):
        queue.add(job(name), name[0])
    running = {job("a1"): "a"}
    assert [take(queue, running), take(queue, running), take(queue, running)] == ["b1", "a2", "a3"]
    assert take(queue, running) is None


def test_who_was_put_off_waits_longer_each_time_and_keeps_its_place() -> None:
    clock = Clock()
    queue = FairQueue(clock)
    queue.add(job("a1"), "a")
    queue.add(job("a2"), "a")
    pauses = [queue.put_off(job("a1"), "a", 1.0) for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert queue.next({}) == "a2" and queue.seconds_until_due() == 60
    queue.remove(job("a2"))
    assert queue.next({}) is None
    clock.now += 60
    queue.add(job("a4"), "a")
    assert queue.next({}) == "a1" and queue.seconds_until_due() is None
    queue.remove(job("a1"))
    assert queue.put_off(job("a1"), "a", 1.0) == 1.0, "what went on starts with short pauses again"


def test_job_that_runs_is_not_handed_out_again() -> None:
    queue = FairQueue(Clock())
    queue.add(job("a1"), "a")
    queue.add(job("a1"), "b")
    assert len(queue) == 1 and job("a1") in queue
    assert queue.next({job("a1"): "a"}) is None
