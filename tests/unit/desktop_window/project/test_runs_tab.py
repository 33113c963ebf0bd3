"""Runs of a project: read once they have ended, and two of them side by side."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable
from desktop_client.jobs.models.comparison import compare
from desktop_client.jobs.models.runs import Run, StageCost
from desktop_client.reveal.metrics import Metrics
from desktop_client.state.project import runs
from desktop_client.ui.pages.project.page import ProjectPage
from tests.helpers.desktop.trainings import JOB, OTHER, job, spec
from tests.helpers.window import FakeDesk

SPEC, LATER = spec(), spec(revision=2, training={"epochs": 3})


def _run(identity: str, specification: Any, *accuracies: float) -> Run:
    metrics = tuple(
        Metrics(epoch, 8 * epoch, 4, 1 - value, value, value, value, value) for epoch, value in enumerate(accuracies, 1)
    )
    costs = tuple(StageCost("train", role, 10, 10, 4.0, 1000, 3) for role in ("a", "b"))
    return Run(identity, "f" * 32, specification.body, {"a": "finished", "b": "finished"}, metrics, costs)


RUNS = {JOB: _run(JOB, LATER, 0.5, 0.75, 0.9), OTHER: _run(OTHER, SPEC, 0.25, 0.6)}


@pytest.fixture
def ended(page: ProjectPage, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> ProjectPage:
    """Two trainings have ended; what is asked about them is answered from above."""

    async def read(office: object, identity: str) -> Run:
        return RUNS[identity]

    async def both(office: object, first: str, second: str) -> Any:
        return compare(RUNS[first], RUNS[second])

    monkeypatch.setattr(runs, "read_run", read)
    monkeypatch.setattr(runs, "compare_jobs", both)
    older = job(SPEC, "finished", id=OTHER, created="2026-01-02T10:00:00Z", ended="2026-01-02T11:02:00Z")
    desk.office.both("jobs", [job(SPEC, "finished"), older])
    with qtbot.waitSignal(page.control.shown):
        page.refresh()
    return page


def _column(page: ProjectPage, place: int) -> list[str]:
    model = page.runs.model
    return [model.data(model.index(row, place)) for row in range(model.rowCount())]


def test_measures_are_read_when_the_tab_is_seen(ended: ProjectPage, qtbot: QtBot) -> None:
    assert _column(ended, 4) == ["–", "–"]
    ended.show_tab("runs")
    qtbot.waitUntil(lambda: _column(ended, 4) == ["90.0 %", "60.0 %"])
    assert (_column(ended, 5), _column(ended, 6)) == (["0.100", "0.400"], ["1 min 30 s", "1 h 2 min"])


def test_two_runs_are_put_side_by_side(ended: ProjectPage, qtbot: QtBot) -> None:
    tab = ended.runs
    ended.show_tab("runs")
    assert (tab.first.currentData(), tab.second.currentData()) == (OTHER, JOB)
    tab.compare.click()
    qtbot.waitUntil(lambda: tab.result is not None)
    assert tab.result is not None and tab.compare.isEnabled()
    lines = {name: [float(one) for one in line.yData] for name, line in tab.result.chart._lines.items()}
    assert lines == {OTHER[:8]: [0.25, 0.6], JOB[:8]: [0.5, 0.75, 0.9]}
    texts = [one.text() for one in tab.result.findChildren(QLabel)]
    assert "• Passes over all images: 2 → 3" in texts
    assert texts.count("4 s, 2.0 kB") == 4, "of the stage and of all stages, for either run"
    tab.result.measure.setCurrentIndex(tab.result.measure.findData("loss"))
    assert float(tab.result.chart._lines[JOB[:8]].yData[-1]) == pytest.approx(0.1)


def test_a_run_is_not_compared_with_itself_and_errors_are_told(
    ended: ProjectPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = ended.runs

    async def away(office: object, first: str, second: str) -> Any:
        raise NodeUnreachable("away", node="a")

    monkeypatch.setattr(runs, "compare_jobs", away)
    tab.compare.click()
    qtbot.waitUntil(lambda: not tab.problem.isHidden())
    assert tab.compare.isEnabled() and tab.result is None
    tab.first.setCurrentIndex(tab.second.currentIndex())
    tab.compare.click()
    assert tab.problem.text.text() == "Choose two different runs."


def test_what_cannot_be_read_now_is_read_again(
    ended: ProjectPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def once_away(office: object, identity: str) -> Run:
        asked.append(identity)
        if len(asked) <= 2:
            raise NodeUnreachable("away", node="a")
        return RUNS[identity]

    monkeypatch.setattr(runs, "read_run", once_away)
    ended.runs_control._again.setInterval(10)
    ended.show_tab("runs")
    qtbot.waitUntil(lambda: len(ended.runs_control.runs) == 2)
    assert asked == [JOB, OTHER, JOB, OTHER]


def test_a_run_leads_to_its_training_and_its_model(ended: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    ended.show_tab("runs")
    wanted: list[tuple[str, str]] = []
    desk.page_wanted.connect(lambda name, subject: wanted.append((name, subject)))
    assert not ended.runs.open_model.isEnabled()
    ended.runs.table.view.setCurrentIndex(ended.runs.model.index(1, 0))
    ended.runs.open_model.click()
    assert wanted == [("model", OTHER)]
    ended.runs.table.view.activated.emit(ended.runs.model.index(1, 0))
    assert ended.control.training is not None and ended.control.training.job == OTHER
    assert ended.tabs.currentWidget().isAncestorOf(ended.training)
