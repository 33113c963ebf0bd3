"""One model: fetched and checked, tested here, exported, described, forgotten; with a real model and its worker."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from common.errors import LibraryMissing, NodeUnreachable
from common.specification import Specification
from desktop_client.jobs.models import catalogue, kept, queries
from desktop_client.jobs.models.kept import ModelCheck
from desktop_client.state.models.control import VERIFY
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.model.page import ModelPage
from tests.helpers.desktop.kept_models import JOB, agreed, pictures
from tests.helpers.models.at_hand import PROJECT, keep, prepare
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk


@pytest.fixture
def ready(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    async def told(nodes: object, deployment: object, job: str) -> tuple[Specification, str]:
        return agreed(), PROJECT

    monkeypatch.setattr(catalogue, "agreed_for", told)
    monkeypatch.setattr(type(desk.office.profile), "deployment", lambda self: None)
    return prepare(desk, monkeypatch)


def _shown(desk: FakeDesk, qtbot: QtBot, subject: str = JOB) -> ModelPage:
    page = ModelPage(desk)
    qtbot.addWidget(page)
    page.resize(1072, 660)
    page.show()
    page.open(subject)
    qtbot.waitUntil(lambda: page.control.view is not None)
    return page


@pytest.fixture
def page(ready: FakeDesk, qtbot: QtBot) -> Generator[ModelPage]:
    """The page of a model that was fetched."""
    keep(ready)
    yield _shown(ready, qtbot)


@pytest.fixture
def tested(page: ModelPage, qtbot: QtBot, tmp_path: Path) -> ModelPage:
    page.tabs.setCurrentIndex(1)
    page.test.test(pictures(tmp_path / "images", 3))
    qtbot.waitUntil(lambda: page.trials.result is not None and page.trials.task is None)
    return page


def test_model_at_the_servers_offers_to_be_fetched(ready: FakeDesk, qtbot: QtBot) -> None:
    page = _shown(ready, qtbot)
    assert page.title.text() == "films"
    assert page.place.text() == "ready to fetch" and page.check.fetch.isVisible()
    page.tabs.setCurrentIndex(1)
    assert page.test.servers.isChecked() and not page.test.here.isEnabled()
    assert not page.exports.cards["onnx"].export.isEnabled()


def test_fetched_model_says_what_it_is(page: ModelPage) -> None:
    assert page.place.text() == "on this device" and not page.check.fetch.isVisible()
    assert page.network.text() == "multilayer perceptron" and page.source.text() == "Preparation: Servers alone"
    assert page.test.here.isChecked()


def test_checks_are_told_point_by_point(page: ModelPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.check.verify, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: VERIFY not in page.control.tasks and page.check.verdict.isVisible())
    assert page.check.verdict.headline.text() == "8 points are proved, none has failed. 2 could not be looked at."
    assert page.check.verify.isEnabled()


def test_failed_check_warns(page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def verify(*given: object) -> list[ModelCheck]:
        return [ModelCheck("right-job", "proved"), ModelCheck("file-unchanged", "failed", {"hash": "ab" * 32})]

    monkeypatch.setattr(kept, "verify_model", verify)
    page.control.verify("check")
    qtbot.waitUntil(page.check.verdict.isVisible)
    assert page.check.verdict.headline.text().startswith("Do NOT use this model")


def test_one_picture_is_shown_with_its_probabilities(page: ModelPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.tabs.setCurrentIndex(1)
    page.test.test(pictures(tmp_path / "images", 1) / "ill" / "0.png")
    qtbot.waitUntil(page.test.prediction.isVisible)
    assert page.test.prediction.headline.text().removeprefix("Taken for ") in ("healthy", "ill", "unclear")
    assert not page.test.prediction.picture.pixmap().isNull()


def test_folder_gives_results_with_pictures_of_the_mistakes(tested: ModelPage, qtbot: QtBot) -> None:
    page = tested
    assert page.tabs.currentIndex() == 2
    assert page.trials.result is not None
    found = page.trials.result.trial.evaluation
    assert found.count == 9 and page.results.wrong.remark.text() == "of 9 images"
    assert page.results.table.rowCount() == 3
    assert page.results.mistakes.model.rowCount() == len(found.misclassified) > 0
    model = page.results.mistakes.model
    names = [thumbnail.file for thumbnail in found.misclassified]
    assert [model.item(line).data() for line in range(model.rowCount())] == names
    qtbot.waitUntil(lambda: model.item(0).icon().pixmap(96, 96).size().width() >= 80)


def test_last_test_is_there_when_the_page_is_opened_again(tested: ModelPage, ready: FakeDesk, qtbot: QtBot) -> None:
    again = _shown(ready, qtbot)
    qtbot.waitUntil(lambda: again.trials.result is not None)
    assert again.tabs.currentIndex() == 0, "nobody asked for it"
    assert again.accuracy.isVisible()


def test_curves_are_those_of_the_chosen_class(tested: ModelPage) -> None:
    box = tested.results.curve
    assert box.count() == 4
    box.setCurrentIndex(2)
    box.activated.emit(2)
    names = list(tested.results.roc._lines)
    assert len(names) == 2 and names[0].startswith("mean  AUC") and names[1].startswith("ill  AUC")


def test_results_are_written_where_the_person_says(
    tested: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = str(tmp_path / "scores"), "Scores of the classes (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: chosen)
    qtbot.mouseClick(tested.results.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((tmp_path / "scores.csv").exists)
    assert (tmp_path / "scores.csv").read_text(encoding="utf-8-sig").startswith("class,images,precision")


def test_missing_library_is_named(page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def formats(office: object) -> dict[str, tuple[str, ...]]:
        return {"onnx": (), "torch": ("torch",)}

    monkeypatch.setattr(kept, "export_formats", formats)
    page.tabs.setCurrentIndex(3)
    cards = page.exports.cards
    qtbot.waitUntil(cards["onnx"].export.isEnabled)
    assert not cards["torch"].export.isEnabled() and "takes torch" in cards["torch"].missing.text()


@pytest.mark.parametrize("error", [None, LibraryMissing("onnx")], ids=str)
def test_export_is_told(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: LibraryMissing | None
) -> None:
    async def export(office: object, file: Path, kind: str, out: Path, on_progress: Any) -> int:
        on_progress({"stage": "compare", "done": 1, "total": 2})
        if error is not None:
            raise error
        return 4096

    async def formats(office: object) -> dict[str, tuple[str, ...]]:
        return {"onnx": (), "torch": ()}

    monkeypatch.setattr(kept, "export_model", export)
    monkeypatch.setattr(kept, "export_formats", formats)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(tmp_path / "m"), ""))
    page.tabs.setCurrentIndex(3)
    card = page.exports.cards["onnx"]
    qtbot.waitUntil(card.export.isEnabled)
    qtbot.mouseClick(card.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.banner.isVisible if error else card.result.isVisible)
    if error is None:
        assert card.result.text() == f"Written, with the same predictions: {tmp_path / 'm.onnx'} (4.1 kB)"


@pytest.mark.slow
def test_card_is_shown_and_printed_without_holding_the_window_up(page: ModelPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.tabs.setCurrentIndex(4)
    qtbot.waitUntil(page.card.pdf.isEnabled)
    assert "films" in page.card.view.toPlainText()
    watchdog = Watchdog()
    with qtbot.waitSignal(page.control.printed):
        page.control.print_card(page.card._html, tmp_path / "card.pdf")
    assert watchdog.stop() < 0.05
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF-")


def test_forgetting_takes_the_name_of_the_project(
    page: ModelPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def forget(office: object, job: str) -> tuple[bool, bool]:
        asked.append(job)
        return True, False

    monkeypatch.setattr(queries, "forget_at_servers", forget)
    monkeypatch.setattr(type(page.desk.office), "is_unlocked", property(lambda self: True))
    qtbot.mouseClick(page.forget, Qt.MouseButton.LeftButton)
    assert page.dialog is not None and not page.dialog.yes.isEnabled()
    page.dialog.findChildren(QLineEdit)[0].setText("films")
    qtbot.mouseClick(page.dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.banner.isVisible)
    assert asked == [JOB]
    assert page.banner.text.text() == "Server A: forgotten. Server B: nothing was kept."


def test_file_without_servers_is_shown_all_the_same(ready: FakeDesk, qtbot: QtBot) -> None:
    path = keep(ready)
    ready.office.both("job", NodeUnreachable("away", node="a"))
    page = _shown(ready, qtbot, str(path))
    assert page.title.text() == "films" and page.banner.isVisible()
    assert not page.test.servers.isEnabled()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_page_fits_in_both_languages(ready: FakeDesk, qtbot: QtBot, qapp: Any, language: str) -> None:
    keep(ready)
    languages = Languages(qapp)
    languages.use(language)
    page = _shown(ready, qtbot)
    languages.use("en")
    assert page.tabs.tabText(2) == {"en": "Results", "zh_CN": "结果"}[language]
    for place in range(page.tabs.count()):
        page.tabs.setCurrentIndex(place)
        assert page.minimumSizeHint().width() <= 1072
    assert all(box.accessibleName() for box in page.findChildren(QComboBox))
