"""The dashboard: numbers that lead further, what runs, what waits, the load, and the first steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable
from desktop_client.jobs.task import Task
from desktop_client.state.overview import board
from desktop_client.state.overview.loads import KEEP_SECONDS, LoadHistory
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.dashboard.page import DashboardPage
from tests.helpers.desktop.trainings import JOB, OTHER, PROJECT, job, serve, spec
from tests.helpers.window import FakeDesk

SPEC = spec()
LOAD: dict[str, Any] = {
    "processor_percent": 40.0, "memory_used": 25, "memory_total": 100, "disk_free": 7, "disk_total": 9,
    "received_per_second": 1, "sent_per_second": 2, "uptime_seconds": 3,
}  # fmt: skip
SERVER = {**LOAD, "running_jobs": 2, "waiting_jobs": 1}


@pytest.fixture
def known(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    monkeypatch.setattr(board, "_PERIOD_MS", 20)
    desk.office.log.answers["load"] = {**LOAD, "requests": 5, "entries": 6}
    serve(desk.office, monkeypatch, SPEC)
    return desk


@pytest.fixture
def page(known: FakeDesk, qtbot: QtBot) -> Iterator[DashboardPage]:
    made = DashboardPage(known)
    qtbot.addWidget(made)
    made.resize(1072, 660)
    made.show()
    with qtbot.waitSignal(made.control.shown):
        made.open("")
    yield made
    made.leave()


def _texts(page: DashboardPage) -> list[str]:
    shown = [
        item.widget() for item in map(page._event_rows.itemAt, range(page._event_rows.count())) if item is not None
    ]
    return [one.findChildren(QLabel)[1].text() for one in shown if one is not None]


def test_numbers_and_what_happened(page: DashboardPage) -> None:
    figures = (page.users, page.projects, page.finished, page.running)
    assert [one.value.text() for one in figures] == ["3", "1", "0", "1"]
    assert page.projects.remark.text() == "1 ready to train"
    assert _texts(page)[:2] == [f"alice started training {JOB[:8]} of films", "alice consented to films"]
    assert page.first_steps.isHidden() and page.waiting.go.isHidden()


def test_what_is_pressed_leads_further(page: DashboardPage, known: FakeDesk) -> None:
    wanted: list[tuple[str, str]] = []
    known.page_wanted.connect(lambda name, subject: wanted.append((name, subject)))
    for one in (page.users, page.projects, page.finished, page.running):
        QTest.mouseClick(one, Qt.MouseButton.LeftButton)
        QTest.keyClick(one, Qt.Key.Key_Return)
    there = ("project", f"{PROJECT}/training/{JOB}")
    expected = [("users", ""), ("projects", ""), ("models", ""), there]
    assert wanted == [one for one in expected for _ in range(2)]


def test_trainings_that_run_come_further_without_news(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    assert page._rows is not None
    row = page._rows[JOB]
    assert row.bar.name.text() == f"films  ·  {JOB[:8]}" and row.bar.bar.value() == 300
    facts = {"done": 10, "total": 10, "seconds": 2.0, "bytes_sent": 1000}
    known.office.both("jobs", [job(SPEC, stages={"prepare": facts, "hide": facts, "train": facts})])
    qtbot.waitUntil(lambda: row.bar.bar.value() == 600)
    ended = job(SPEC, "finished"), job(SPEC, "failed", id=OTHER)
    known.office.both("jobs", list(ended))
    qtbot.waitUntil(lambda: page.finished.value.text() == "1")
    assert (page.running.value.text(), page.finished.remark.text(), page._rows) == ("0", "1 failed", {})


def test_what_waits_leads_to_approvals(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    row = {"project": PROJECT, "revision": 1, "dataset": "1" * 64}
    known.office.both("decisions", {"consents": [row], "ending": [], "registrations": []})
    with qtbot.waitSignal(page.control.shown):
        page.refresh()
    shown = [item.widget() for item in map(page.waiting.lines.itemAt, range(page.waiting.lines.count())) if item]
    assert [one.text()[:9] for one in shown if isinstance(one, QLabel)] == ["1 consent"]
    with qtbot.waitSignal(known.page_wanted) as signal:
        page.waiting.go.click()
    assert signal.args == ["approvals", ""]


def test_first_steps_for_somebody_who_has_nothing(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    for name in ("projects", "datasets", "jobs"):
        known.office.both(name, [])
    with qtbot.waitSignal(page.control.shown):
        page.refresh()
    assert page.first_steps.isVisible()
    wanted: list[str] = []
    known.page_wanted.connect(lambda name, subject: wanted.append(name))
    page.first_steps.import_images.click()
    page.first_steps.new_project.click()
    assert wanted == ["import", "wizard"]


def test_servers_that_are_away_are_said(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    away = NodeUnreachable("away", node="b")
    for name in ("projects", "datasets", "jobs", "users", "revisions"):
        known.office.b.answers[name] = away
    with qtbot.waitSignal(page.control.shown):
        page.refresh()
    assert page.banner.text.text() == "Server B does not answer; what it alone knows is missing here."
    known.office.both("projects", away)
    with qtbot.waitSignal(page.control.failed):
        page.refresh()
    assert not page.banner.isHidden() and page.users.value.text() == "3"


def test_tasks_of_this_device_are_listed(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    async def work(report: object) -> None:
        return None

    task = Task("upload", "Upload of films")
    with qtbot.waitSignal(known.tasks.ended):
        known.tasks.start(task, work)
    assert [(one.task.label, one.state.text()) for one in page._tasks] == [("Upload of films", "done")]


def test_load_is_drawn_for_all_three_nodes(page: DashboardPage, known: FakeDesk, qtbot: QtBot) -> None:
    history = known.lasting(LoadHistory)
    for role in ("a", "b"):
        known.session.load.emit(role, SERVER)
    qtbot.waitUntil(lambda: history.latest("log") is not None)
    qtbot.waitUntil(lambda: len(page.loads.charts) == 3)
    page.loads.draw()
    processor, memory, jobs = (page.loads.charts[name] for name in ("processor", "memory", "jobs"))
    assert (list(processor._lines), list(jobs._lines)) == (["A", "B", "Log"], ["A", "B"])
    assert [float(memory._lines["Log"].yData[0]), float(jobs._lines["A"].yData[-1])] == [25.0, 2.0]


def test_only_half_an_hour_of_load_is_kept(desk: FakeDesk) -> None:
    desk.person = None
    now = [1000.0]
    history = LoadHistory(desk, lambda: now[0])
    for _ in range(4):
        history.add("a", SERVER)
        now[0] += KEEP_SECONDS / 2
    assert [point.moment for point in history.points("a")] == [1000.0 + KEEP_SECONDS / 2 * n for n in (1, 2, 3)]
    odd: list[object] = [{}, {"processor_percent": "x", "memory_total": True, "memory_used": -1}, [], None]
    for strange in odd:
        history.add("b", strange)
    assert [(one.processor, one.memory) for one in history.points("b")] == [(0.0, 0.0), (0.0, 0.0)]
    history.add("z", SERVER)
    desk.session.leave()
    assert [history.points(role) for role in ("a", "b", "log")] == [(), (), ()]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_fits_and_is_translated(known: FakeDesk, qtbot: QtBot, qapp: QApplication, language: str) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        made = DashboardPage(known)
        qtbot.addWidget(made)
        made.show()
        with qtbot.waitSignal(made.control.shown):
            made.open("")
        assert made.body.minimumSize().width() <= 1024
        assert made.running.accessibleName() == {"en": "Training now", "zh_CN": "正在训练"}[language]
        made.leave()
    finally:
        languages.use("en")
