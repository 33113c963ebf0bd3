"""Questions to the servers from the page of a model: stages, answers, stopping, and what becomes of the images."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from common.errors import Conflict, Forbidden
from common.specification import Specification
from desktop_client.jobs.models import catalogue, queries
from desktop_client.jobs.models.kept import Prediction, Trial
from desktop_client.jobs.models.queries import Answered, Question, Step
from desktop_client.reveal.evaluation.result import evaluate_logits
from desktop_client.ui.pages.model.figures.confusion import ConfusionMatrix
from desktop_client.ui.pages.model.figures.mistakes import MistakesCard
from desktop_client.ui.pages.model.page import ModelPage
from tests.helpers.desktop.kept_models import JOB, agreed, pictures
from tests.helpers.models.at_hand import PROJECT, prepare
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk

DATASET, TEST = "da" * 32, "7e" * 16
CLASSES = ("healthy", "ill", "unclear")


@pytest.fixture
def page(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Generator[ModelPage]:
    """A model that is only at the servers; keys are unlocked."""

    async def told(*given: object) -> tuple[Specification, str]:
        return agreed(), PROJECT

    monkeypatch.setattr(catalogue, "agreed_for", told)
    monkeypatch.setattr(type(desk.office), "is_unlocked", property(lambda self: True))
    monkeypatch.setattr(type(desk.office.profile), "deployment", lambda self: None)
    made = ModelPage(prepare(desk, monkeypatch))
    qtbot.addWidget(made)
    made.resize(1072, 660)
    made.show()
    made.open(JOB)
    qtbot.waitUntil(lambda: made.control.view is not None)
    made.tabs.setCurrentIndex(1)
    yield made


def _evaluation() -> Any:
    logits = np.array([[4.0, 0, 0], [0, 3.0, 0], [2.0, 0, 0], [0, 0, 1.0]])
    return evaluate_logits(CLASSES, logits, np.array([0, 1, 1, 0]), names=["a.png", "b.png", "c.png", "d.png"])


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[Question]:
    """Questions are answered like this; an error is raised, None is waited for."""
    asked: list[Question] = []

    async def ask(office: object, question: Question, on_step: Any) -> Any:
        asked.append(question)
        on_step(Step("queue", dataset=DATASET, test=TEST))
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(queries, "ask_servers", ask)
    return asked


def _is_over(page: ModelPage) -> bool:
    asking = page.test.questions.of(JOB)
    return asking is not None and not asking.is_running


def test_one_picture_is_answered_and_its_images_are_deleted_on_wish(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prediction = Prediction(CLASSES, (0.1, 0.7, 0.2), 1, "softmax")
    asked = _answering(monkeypatch, Answered(TEST, DATASET, prediction=prediction))
    picture = pictures(tmp_path / "images", 1) / "ill" / "0.png"
    page.test.test(picture)
    qtbot.waitUntil(page.test.prediction.isVisible)
    assert asked == [Question(JOB, picture)]
    assert page.test.prediction.headline.text() == "Taken for ill"
    gone: list[str] = []

    async def delete(office: object, dataset: str) -> None:
        gone.append(dataset)

    monkeypatch.setattr(queries, "delete_images", delete)
    assert page.test.query.leftover.isVisible()
    qtbot.mouseClick(page.test.query.delete, Qt.MouseButton.LeftButton)
    assert page.test.query.dialog is not None
    qtbot.mouseClick(page.test.query.dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.test.query.leftover.isVisible())
    assert gone == [DATASET]


def test_many_images_lead_to_the_results(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _answering(monkeypatch, Answered(TEST, DATASET, Trial(_evaluation(), (("e.png", "unusable"),), 1)))
    page.test.test(tmp_path)
    qtbot.waitUntil(lambda: page.tabs.currentIndex() == 2)
    assert page.results.accuracy.value.text() == "50.0 %"
    assert page.results.origin.text().startswith("Tested by secret-shared query. · 4 image")
    assert " · 1 file" in page.results.origin.text()


def test_question_is_stopped_and_says_what_is_left(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _answering(monkeypatch, None)
    page.test.test(tmp_path)
    qtbot.waitUntil(lambda: page.test.query.progress.name.text() == "Wait for the servers")
    qtbot.mouseClick(page.test.query.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _is_over(page))
    assert page.test.query.leftover.isVisible() and page.banner.isHidden()
    qtbot.mouseClick(page.test.query.keep, Qt.MouseButton.LeftButton)
    assert not page.test.query.leftover.isVisible()


def test_question_that_is_pressed_twice_is_asked_once(
    desk: FakeDesk, page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked, waiting = _answering(monkeypatch, None), list[Callable[[], None]]()
    monkeypatch.setattr(desk, "with_keys", waiting.append)
    question = Question(JOB, tmp_path)
    page.test.questions.ask(question, "Test")
    page.test.questions.ask(question, "Test")
    for go_on in waiting:
        go_on()
    assert len(waiting) == 2 and len(desk.tasks.running) == 1
    qtbot.waitUntil(lambda: len(asked) == 1)
    page.test.questions.stop(JOB)
    qtbot.waitUntil(lambda: _is_over(page))
    assert len(asked) == 1


def test_refused_question_is_told(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _answering(monkeypatch, Conflict("The queue is full."))
    page.test.test(tmp_path)
    qtbot.waitUntil(page.banner.isVisible)
    assert "The queue is full." in page.banner.text.text()


def test_who_may_not_test_is_told_why(desk: FakeDesk, page: ModelPage, qtbot: QtBot) -> None:
    desk.office.both("testable", Forbidden("Only testers may do that."))
    page.refresh()
    qtbot.waitUntil(lambda: not page.test.servers.isEnabled())
    assert "Only testers may do that." in page.test.about.text()
    assert page.forget.isEnabled(), "an owner need not be a tester"
    assert not page.test.source.isEnabled()


def test_forgotten_model_cannot_be_forgotten_again(desk: FakeDesk, page: ModelPage, qtbot: QtBot) -> None:
    desk.office.both("testable", {"kept": False})
    page.refresh()
    qtbot.waitUntil(lambda: not page.forget.isEnabled())
    assert page.forget.toolTip() == "The servers keep nothing of it any more."


def test_matrix_is_walked_with_the_keyboard(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.show_counts(CLASSES, _evaluation().confusion)
    with qtbot.waitSignal(matrix.moved) as told:
        QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert told.args == [1, 0]
    assert matrix.accessibleDescription() == "ill taken for healthy: 1 of 2 images (50.0 %)"
    with qtbot.waitSignal(matrix.chosen) as chosen:
        QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert chosen.args == [1, 0]
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.accessibleDescription() == "ill recognised: 1 of 2 images (50.0 %)"


@pytest.mark.slow
def test_matrix_of_a_thousand_classes_is_painted_in_a_moment(qtbot: QtBot) -> None:
    area, matrix = QScrollArea(), ConfusionMatrix()
    area.setWidget(matrix)
    qtbot.addWidget(area)
    area.resize(900, 600)
    watchdog = Watchdog()
    matrix.show_counts([f"class {number}" for number in range(1000)], np.eye(1000, dtype=np.int64))
    area.grab()
    assert watchdog.stop() < 0.25
    assert matrix.sizeHint().width() > 14_000


def test_mistakes_are_shown_page_by_page_and_narrowed_by_a_cell(qtbot: QtBot) -> None:
    logits = np.tile([3.0, 0, 0], (100, 1))
    found = evaluate_logits(CLASSES, logits, np.array([1] * 90 + [2] * 10), names=[f"{n}.png" for n in range(100)])
    card = MistakesCard()
    qtbot.addWidget(card)
    card.show_mistakes(CLASSES, found.misclassified)
    assert card.remark.text() == "1 to 48 of 100, those the model was surest of first"
    with qtbot.waitSignal(card.pictures_wanted) as wanted:
        card._turn(1)
    assert wanted.args is not None and wanted.args[0][0] == "48.png"
    card.narrow(2, 0)
    assert card.model.rowCount() == 10 and not card.on.isEnabled()
    card._show_all()
    assert card.model.rowCount() == 48
