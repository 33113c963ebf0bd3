"""The course of a training: what its events add up to, and how it is told while it is followed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from common.errors import BadFrame, Forbidden, NodeUnreachable, PeerGone
from common.pipeline import JobState
from desktop_client.jobs.trainings import course
from desktop_client.jobs.trainings.course import MAX_LINES, Course, Follower, follow_course
from desktop_client.jobs.trainings.rows import StageRow
from desktop_client.settings import Profile
from desktop_client.upload.jobs import follow
from tests.helpers.desktop.trainings import JOB, Feed, event, measured, moved
from tests.helpers.window import FakeOffice

RIGHT, HALF = [[3.0, 0.0], [0.0, 3.0]], [[3.0, 0.0], [3.0, 0.0]]


def test_stages_and_states_are_those_of_each_server() -> None:
    follower = Follower(JOB)
    follower.on_event("a", event(1, "state", state="preparing"))
    follower.on_event("a", moved(2, "prepare", 4))
    follower.on_event("b", moved(1, "prepare", 2))
    found = follower.picture()
    assert found.state is JobState.PREPARING
    assert found.sides["a"].stages == {"prepare": StageRow(4, 10, 4.0, 400)}
    assert found.sides["b"].stages == {"prepare": StageRow(2, 10, 2.0, 200)}
    assert (found.sides["a"].current, found.sides["a"].seconds_left) == ("prepare", 6.0)


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ([("prepare", 4)], 6.0),
        ([("prepare", 4), ("hide", 0)], 6.0),
        ([("prepare", 4), ("hide", 5), ("train", 0)], 6.0),
        ([("prepare", 4), ("hide", 5), ("train", 8)], 7.0),
        ([("prepare", 4), ("hide", 9), ("train", 8)], 6.0),
        ([("prepare", 10), ("hide", 9), ("train", 8)], 3.0),
        ([("prepare", 10), ("hide", 9), ("train", 0)], None),
        ([("hide", 9)], 1.0),
        ([], None),
    ],
)
def test_time_left_is_that_of_what_takes_longer_preparing_or_what_is_computed_meanwhile(
    told: list[tuple[str, int]], left: float | None
) -> None:
    follower = Follower(JOB)
    for number, (stage, done) in enumerate(told, start=1):
        follower.on_event("a", moved(number, stage, done))
    assert follower.picture().sides["a"].seconds_left == left


def test_a_new_attempt_counts_its_stages_from_nothing_and_keeps_what_was_measured() -> None:
    follower = Follower(JOB)
    for role, half in zip("ab", measured(1, 1, RIGHT), strict=True):
        follower.on_event(role, half)
    follower.on_event("a", moved(2, "train", 10))
    broken = PeerGone("The other server went away.").as_dict()
    follower.on_event("a", event(3, "state", state="queued", error=broken))
    waiting = follower.picture().sides["a"]
    assert waiting.waiting is not None and waiting.waiting.code == "peer-gone" and waiting.stages
    follower.on_event("a", event(4, "state", state="preparing"))
    found = follower.picture()
    assert (dict(found.sides["a"].stages), found.sides["a"].waiting) == ({}, None)
    assert [one.epoch for one in found.metrics] == [1]


def test_of_an_epoch_that_was_computed_twice_the_later_attempt_counts() -> None:
    follower = Follower(JOB)
    for number, (attempt, logits) in enumerate(((1, HALF), (2, RIGHT)), start=1):
        for role, half in zip("ab", measured(number, 1, logits, attempt), strict=True):
            follower.on_event(role, half)
    (found,) = follower.picture().metrics
    assert (found.attempt, found.accuracy) == (2, 1.0)


def test_best_is_the_epoch_with_the_highest_accuracy() -> None:
    follower = Follower(JOB)
    for epoch, logits in ((1, HALF), (2, RIGHT), (3, HALF)):
        for role, half in zip("ab", measured(epoch, epoch, logits), strict=True):
            follower.on_event(role, half)
    best = follower.picture().best
    assert best is not None and (best.epoch, best.precision, best.recall) == (2, 1.0, 1.0)
    assert Course(JOB).best is None


def test_lines_are_numbered_and_the_oldest_fall_out() -> None:
    follower = Follower(JOB)
    for number in range(1, MAX_LINES + 4):
        follower.on_event("b", event(number, "log", stage="train", level="WARNING", text=f"line {number}"))
    lines = follower.picture().lines
    assert (len(lines), lines[0].text, lines[-1].number, lines[-1].is_warning) == (
        MAX_LINES, "line 4", MAX_LINES + 3, True,
    )  # fmt: skip


def test_controls_failures_and_waiting_are_kept_and_nonsense_is_passed_over() -> None:
    follower = Follower(JOB)
    follower.on_event("a", event(1, "control", action="pause", signer="cc"))
    follower.on_event("b", event(1, "control", action="pause", signer="cc"))
    follower.on_event("a", event(2, "waiting", error={"code": "outside-hours", "message": "closed"}))
    follower.on_event("b", event(2, "state", state="failed", error={"code": "job-failed", "message": "broke"}))
    for strange in ({"kind": "state", "state": "asleep"}, moved(3, "dream", 1), {"kind": "progress"}, {}):
        follower.on_event("b", strange)
    found = follower.picture()
    assert [one.action for one in found.controls] == ["pause"]
    waiting, failed = found.sides["a"].waiting, found.sides["b"].error
    assert waiting is not None and waiting.code == "outside-hours"
    assert failed is not None and str(failed) == "broke"
    assert dict(found.sides["b"].stages) == {}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeOffice:
    monkeypatch.setattr(follow, "delay_before", lambda attempt: 0.0)
    return FakeOffice(Profile(tmp_path))


def _serve(office: FakeOffice, feeds: dict[str, Feed]) -> None:
    for node in (office.a, office.b):
        feed = feeds[node.node.role]
        vars(node)["job_events"] = feed
        node.answers["job"] = lambda name, feed=feed: feed.status(name)


async def test_many_events_are_told_a_few_times_a_second(office: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "_TELL_SECONDS", 0.05)
    many = [moved(number, "train", number, 300) for number in range(1, 301)]
    feeds = {"a": Feed(*many), "b": Feed(*many)}
    _serve(office, feeds)
    told: asyncio.Queue[Course] = asyncio.Queue()
    following = asyncio.create_task(follow_course(office, JOB, told.put_nowait))
    done = [0]
    while done[-1] < 300:
        done.append((await told.get()).sides["a"].stages["train"].done)
    assert done == sorted(done) and len(done) <= 60, "six hundred events, told together as they come"
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


async def test_the_end_is_a_whole_picture(office: FakeOffice) -> None:
    ends = [event(1, "state", state="training"), event(2, "state", state="finished")]
    _serve(office, {"a": Feed(*ends, state="finished"), "b": Feed(*ends, state="finished")})
    found = await follow_course(office, JOB, lambda one: None)
    assert (found.is_over, found.state, found.trouble) == (True, JobState.FINISHED, None)


async def test_a_refusal_ends_the_following_and_keeps_what_was_seen(office: FakeOffice) -> None:
    feeds = {"a": Feed(moved(1, "hide", 5)), "b": Feed(state="finished")}
    feeds["b"].trouble = Forbidden("no member any more")
    _serve(office, feeds)
    found = await follow_course(office, JOB, lambda one: None)
    assert (found.is_over, found.trouble and found.trouble.code) == (False, "forbidden")


async def test_measures_that_cannot_be_read_end_the_following(office: FakeOffice) -> None:
    broken = {**measured(1, 1, RIGHT)[0], "shape": [0, 2]}
    _serve(office, {"a": Feed(broken), "b": Feed()})
    found = await follow_course(office, JOB, lambda one: None)
    assert isinstance(found.trouble, BadFrame)


async def test_a_lost_link_is_told_and_mended(office: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "_TELL_SECONDS", 0.0)
    feeds = {"a": Feed(moved(1, "train", 1)), "b": Feed()}
    feeds["b"].trouble = NodeUnreachable("away", node="b")
    _serve(office, feeds)
    told: asyncio.Queue[Course] = asyncio.Queue()
    following = asyncio.create_task(follow_course(office, JOB, told.put_nowait))
    while (await told.get()).sides["b"].link is None:
        continue
    feeds["b"].trouble = None
    while (await told.get()).sides["b"].link is not None:
        continue
    assert feeds["a"].opened == [0] and len(feeds["b"].opened) >= 2
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
