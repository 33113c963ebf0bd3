"""The tab of a training: live charts, buttons by state and role, lost links, and what is asked before the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from common.errors import Conflict, NodeUnreachable, PeerGone
from desktop_client.jobs.trainings import actions
from desktop_client.jobs.trainings.actions import Action
from desktop_client.settings import UserRecord
from desktop_client.state.project.live import MAX_COURSES, LiveTrainings
from desktop_client.ui.pages.project.page import ProjectPage
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.upload.answers import JobStatus
from tests.helpers.desktop.trainings import (
    JOB,
    KEYS,
    OTHER,
    PROJECT,
    SEALS,
    Feed,
    event,
    job,
    keys_of,
    measured,
    moved,
    spec,
)
from tests.helpers.window import FakeDesk

SPEC = spec()
RIGHT, HALF = [[3.0, 0.0], [0.0, 3.0]], [[3.0, 0.0], [3.0, 0.0]]


def _listed(page: ProjectPage, desk: FakeDesk, qtbot: QtBot, *jobs: dict[str, Any]) -> None:
    """The servers list these trainings from now on, and the page asks anew."""
    desk.office.both("jobs", list(jobs))
    with qtbot.waitSignal(page.control.shown):
        page.refresh()


def _curve(page: ProjectPage, name: str) -> list[float]:
    lines = page.training.curves.charts[name]._lines.values()
    return [round(float(value), 3) for line in lines if line.yData is not None for value in line.yData]


def _enabled(page: ProjectPage) -> set[Action]:
    return {action for action, one in page.training.controls.buttons.items() if one.isEnabled()}


def test_stages_curves_and_lines_come_in_as_they_happen(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    tab = page.training
    page.show_tab("training")
    qtbot.waitUntil(lambda: len(tab.curves.charts) == 4)
    first, second = measured(2, 1, HALF)
    said = event(3, "log", stage="train", level="INFO", text="epoch 1")
    feeds["a"].push(desk.bridge, moved(1, "train", 4), first, said)
    feeds["b"].push(desk.bridge, moved(1, "train", 3), second)
    qtbot.waitUntil(lambda: len(_curve(page, "accuracy")) == 1 and bool(tab.lines.model.rows))
    assert (_curve(page, "accuracy"), _curve(page, "recall"), _curve(page, "precision")) == ([0.5], [0.5], [0.25])
    assert [bar.bar.value() for bar in tab.stepper.cells["train"].bars.values()] == [400, 300]
    assert [(one.role, one.text) for one in tab.lines.model.rows] == [("a", "epoch 1")]
    more = measured(4, 2, RIGHT)
    for role, half in zip("ab", more, strict=True):
        feeds[role].push(desk.bridge, half)
    qtbot.waitUntil(lambda: _curve(page, "accuracy") == [0.5, 1.0])
    assert _curve(page, "loss")[1] < _curve(page, "loss")[0]


def test_a_lost_link_is_said_once_and_taken_back(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    tab = page.training
    feeds["b"].push(desk.bridge, trouble=NodeUnreachable("away", node="b"))
    qtbot.waitUntil(lambda: not tab.link.isHidden())
    assert tab.link.text.text().startswith("Server B does not answer.")
    feeds["b"].push(desk.bridge)
    qtbot.waitUntil(lambda: tab.link.isHidden())
    feeds["b"].push(desk.bridge, moved(1, "hide", 2))
    qtbot.waitUntil(lambda: tab.stepper.cells["hide"].bars["b"].bar.value() == 200)


def test_why_it_waits_and_why_it_failed_is_said(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    tab = page.training
    gone = PeerGone("The other server went away.").as_dict()
    feeds["a"].push(desk.bridge, event(1, "state", state="queued", error=gone))
    qtbot.waitUntil(lambda: tab.state.text() == "Waiting")
    assert not tab.trouble.isHidden() and tab.trouble.text.text().endswith("It is tried again by itself.")
    failed = {"code": "job-failed", "message": "The disk is broken."}
    feeds["a"].push(desk.bridge, event(2, "state", state="failed", error=failed), state="failed")
    qtbot.waitUntil(lambda: tab.state.text() == "Failed")
    assert "The disk is broken." in tab.trouble.text.text() or "The disk is broken." in tab.trouble.details.text()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("training", {Action.START, Action.PAUSE, Action.PAUSE_NOW, Action.STOP}),
        ("paused", {Action.START, Action.RESUME, Action.STOP}),
        ("failed", {Action.START, Action.RETRY}),
        ("finished", {Action.START}),
    ],
)
def test_buttons_are_enabled_by_state(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot, state: str, expected: set[Action]
) -> None:
    for feed in feeds.values():
        feed.push(desk.bridge, event(1, "state", state=state), state=state)
    _listed(page, desk, qtbot, job(SPEC, state))
    qtbot.waitUntil(lambda: _enabled(page) == expected)
    buttons = page.training.controls.buttons
    assert all(one.toolTip() for one in buttons.values())
    assert buttons[Action.RESUME].isHidden() == (state != "paused")
    assert buttons[Action.RETRY].isHidden() == (state != "failed")


def test_viewers_read_why_they_cannot(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.profile.save_user(UserRecord("carol", KEYS["carol"].verify_key, SEALS["carol"].public))
    _listed(page, desk, qtbot, job(SPEC))
    buttons = page.training.controls.buttons
    assert _enabled(page) == set()
    assert buttons[Action.START].toolTip() == "Only an owner of the project starts a training."
    assert buttons[Action.STOP].toolTip() == "Only owners and editors of the project may do this."
    assert (page.change.isHidden(), page.archive.isHidden(), page.people.change.isEnabled()) == (True, True, False)


def test_pausing_is_signed_after_the_keys_are_unlocked(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:

    def unlock(go_on: Callable[[], None], give_up: Callable[[], None]) -> None:
        desk.office.use(keys_of("alice"))
        go_on()

    desk.password_wanted.connect(unlock)
    desk.office.a.answers |= {
        "job": JobStatus.parse(job(SPEC)),
        "control_job": JobStatus.parse(job(SPEC, wants_pause=True)),
    }
    desk.office.both("jobs", [job(SPEC, wants_pause=True)])
    page.training.controls.buttons[Action.PAUSE].click()
    pause = page.training.controls.buttons[Action.PAUSE]
    qtbot.waitUntil(lambda: pause.toolTip() == "It pauses at the end of this epoch already.")
    sent = [given for name, given in desk.office.a.calls if name == "control_job"]
    assert [document["body"]["action"] for _, document in sent] == ["pause"]
    assert Action.RESUME in _enabled(page)


def test_a_refused_control_is_told_and_the_buttons_come_back(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.use(keys_of("alice"))
    desk.office.a.answers["job"] = JobStatus.parse(job(SPEC))
    desk.office.a.answers["control_job"] = Conflict("Somebody else controlled this job meanwhile.")
    page.training.controls.buttons[Action.PAUSE_NOW].click()
    assert _enabled(page) == set()
    qtbot.waitUntil(lambda: not page.banner.isHidden() and Action.PAUSE_NOW in _enabled(page))


def test_stopping_is_asked_for_first(page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot) -> None:
    desk.office.both("cancel_job", {})
    page.training.controls.buttons[Action.STOP].click()
    dialog = page.training.controls.dialog
    assert isinstance(dialog, Question) and JOB[:8] in dialog.heading.text()
    assert ("cancel_job", (JOB,)) not in desk.office.a.calls
    with qtbot.waitSignal(page.control.done) as signal:
        dialog.yes.click()
    assert signal.args == ["stop", None]
    assert ("cancel_job", (JOB,)) in desk.office.a.calls and ("cancel_job", (JOB,)) in desk.office.b.calls


def test_what_is_started_is_shown_before_and_looked_at_after(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.use(keys_of("alice"))
    desk.office.a.answers["start_job"] = {"id": OTHER}
    desk.office.both("jobs", [job(SPEC), job(SPEC, "queued", id=OTHER, created="2026-01-02T00:00:00Z", stages={})])
    page.training.controls.buttons[Action.START].click()
    dialog = page.training.controls.dialog
    assert (
        isinstance(dialog, Question) and "has not ended yet" in dialog.text.text() and "2 epochs" in dialog.text.text()
    )
    dialog.yes.click()
    qtbot.waitUntil(lambda: page.training.which.currentData() == OTHER)
    assert page.control.training is not None and page.control.training.job == OTHER


def test_what_is_signed_and_stopped_is_what_was_asked_about(
    page: ProjectPage, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page goes on with other news while the question is open."""
    begun: list[str] = []

    async def start(office: object, specification: Any) -> str:
        begun.append(specification.hash)
        return JOB

    monkeypatch.setattr(actions, "start", start)
    page.training.controls.buttons[Action.START].click()
    asked = page.training.controls.dialog
    page.training.controls.buttons[Action.STOP].click()
    stopping = page.training.controls.dialog
    assert asked is not None and stopping is not None
    view, other = page.control.view, spec(training={"epochs": 1})
    assert view is not None and other.hash != SPEC.hash
    page.control.view = replace(view, specification=other, trainings=())
    with qtbot.waitSignal(page.control.done):
        asked.yes.click()
    assert begun == [SPEC.hash]
    desk.office.both("cancel_job", {})
    with qtbot.waitSignal(page.control.done):
        stopping.yes.click()
    assert ("cancel_job", (JOB,)) in desk.office.a.calls


def test_a_training_is_followed_while_other_pages_are_shown(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    live = desk.lasting(LiveTrainings)
    page.leave()
    page.hide()
    feeds["a"].push(desk.bridge, moved(1, "hide", 5))
    qtbot.waitUntil(lambda: "hide" in live.courses[JOB].sides["a"].stages)
    page.show()
    with qtbot.waitSignal(page.control.shown):
        page.open(PROJECT)
    assert page.training.stepper.cells["hide"].bars["a"].bar.value() == 500
    assert feeds["a"].opened == [0]


def test_a_failed_training_that_is_retried_is_followed_again(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    live = desk.lasting(LiveTrainings)
    for feed in feeds.values():
        feed.push(desk.bridge, event(1, "state", state="failed"), state="failed")
    qtbot.waitUntil(lambda: live.courses[JOB].is_over)
    for feed in feeds.values():
        feed.push(desk.bridge, event(2, "state", state="preparing"), moved(3, "prepare", 1), state="preparing")
    _listed(page, desk, qtbot, job(SPEC, "preparing"))
    qtbot.waitUntil(lambda: page.training.stepper.cells["prepare"].bars["a"].bar.value() == 100)
    assert live.is_followed(JOB)


def test_logging_out_forgets_every_course_and_old_ones_make_room(
    page: ProjectPage, desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    live = desk.lasting(LiveTrainings)
    many = [job(SPEC, id=f"{number:032x}") for number in range(MAX_COURSES + 3)]
    _listed(page, desk, qtbot, *many)
    assert len(live.courses) == MAX_COURSES
    desk.session.leave()
    assert live.courses == {} and not live.is_followed(many[0]["id"])
