"""Bringing in images through the page: every step, errors, and going on later; files and pictures are canned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from common.errors import BadImage, BadInput, NodeUnreachable
from desktop_client.jobs import importing
from desktop_client.jobs.importing import Estimate, Import, Moved, ServerPart, document
from desktop_client.jobs.importing.document import Phase
from desktop_client.jobs.task import Progress, TaskState
from desktop_client.settings import Profile
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.data.import_page import DESCRIBE, LOOK, PREPARE, REVIEW, SEND, ImportPage
from desktop_client.ui.pages.data.page import DataPage
from desktop_client.ui.pages.data.steps.refused import RefusedDialog
from desktop_client.ui.pages.data.steps.send import free_folder
from desktop_client.ui.pages.data.steps.zoom import ZoomDialog
from desktop_client.ui.widgets.dialogs import Question
from tests.helpers.datasets import make_keys, register
from tests.helpers.importing import FakeScan, FakeViewer, rows
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk

KEYS = make_keys()
LONGEST = 0.05
Make = Callable[[FakeScan], ImportPage]


@pytest.fixture
def viewer() -> FakeViewer:
    return FakeViewer()


@pytest.fixture
def make(desk: FakeDesk, qtbot: QtBot, viewer: FakeViewer, monkeypatch: pytest.MonkeyPatch) -> Generator[Make]:
    pages: list[ImportPage] = []
    register(desk.office.profile, KEYS)
    desk.office.both("users", [{"user": "bob", "state": "active"}])

    async def estimate(office: object, number: str) -> Estimate:
        return Estimate(4, {}, 2_000, 10**12, 0)

    monkeypatch.setattr(importing, "estimate_import", estimate)

    def build(scan: FakeScan) -> ImportPage:
        monkeypatch.setattr(importing, "scan_paths", scan)
        page = ImportPage(desk, ImportDraft(desk, lambda: viewer))
        qtbot.addWidget(page)
        pages.append(page)
        page.resize(1072, 660)
        page.show()
        return page

    yield build
    for page in pages:
        page.hide()
        page.leave()


def brought(make: Make, qtbot: QtBot, scan: FakeScan | None = None) -> ImportPage:
    """A page that has looked through files."""
    page = make(scan or FakeScan(rows(4), [("bad.png", "damaged", "damaged or cut off")]))
    page.open("paths:/films")
    qtbot.waitUntil(lambda: not page.draft.is_scanning)
    return page


def reviewed(make: Make, qtbot: QtBot) -> ImportPage:
    """A page at its last step but one."""
    page = brought(make, qtbot)
    for place in (PREPARE, DESCRIBE, REVIEW):
        page.go_to(place)
        assert page.place == place
    qtbot.waitUntil(lambda: page.review.estimate is not None)
    return page


def select(page: ImportPage, *places: int) -> None:
    for place in places:
        flag = QItemSelectionModel.SelectionFlag.Select
        page.look.grid.selectionModel().select(page.draft.pictures.index(place), flag)


def question(page: QWidget) -> Question:
    found = page.findChild(Question)
    assert found is not None
    return found


def test_files_are_shown_with_counts_sizes_and_what_cannot_be_used(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    assert page.place == LOOK
    assert page.look.total.text() == "4"
    assert [*page.look.bars.rows] == [("healthy", 2), ("ill", 2)]
    assert page.look.refused.text().startswith("1 file")
    assert (page.draft.reading.width, page.draft.reading.bits, page.draft.about.name) == (28, 8, "films")
    page.look.refused.click()
    dialog = page.findChild(RefusedDialog)
    assert dialog is not None and [dialog.model.index(0, c).data() for c in (0, 1)] == [
        "bad.png",
        "Damaged or cut off.",
    ]
    dialog.accept()


def test_list_of_refused_files_is_exported_without_formulas(
    make: Make, qtbot: QtBot, tmp_path: Path, desk: FakeDesk
) -> None:
    page = brought(make, qtbot, FakeScan(rows(1), [("=cmd.png", "empty", "empty file")]))
    page.look.refused.click()
    dialog = page.findChild(RefusedDialog)
    assert dialog is not None
    with qtbot.waitSignal(desk.notice_shown):
        dialog.write(str(tmp_path / "list.csv"))
    text = (tmp_path / "list.csv").read_text(encoding="utf-8-sig").splitlines()
    assert text == ["File,Code,Why", "'=cmd.png,empty,The file is empty."]
    dialog.accept()


def test_classes_of_selected_images_are_changed_and_undone(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    select(page, 0, 1)
    assert page.look.selection.text() == "2 selected"
    page.look.target.setEditText("unsure")
    page.look.assign.click()
    assert [*page.look.bars.rows] == [("healthy", 1), ("ill", 1), ("unsure", 2)]
    page.look.leave_out.click()
    assert page.draft.pictures.labels.left_out == 2
    page.look.filter.setCurrentIndex(page.look.filter.count() - 1)
    page.look._filter()
    assert list(page.draft.pictures.shown) == [0, 1]
    page.look.undo.click()
    page.look.undo.click()
    assert [*page.look.bars.rows] == [("healthy", 2), ("ill", 2)]


def test_merging_classes_asks_first(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    page.look._rename("ill", "healthy")
    question(page).yes.click()
    assert page.look.bars.rows == (("healthy", 4),)


def test_images_are_searched_by_name(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    page.look.search.setText("000003")
    assert [page.draft.pictures.index(0).data()] == ["ill/000003.png"]
    assert page.draft.pictures.rowCount() == 1


def test_grid_is_used_with_the_keyboard(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot, FakeScan(rows(40)))
    grid = page.look.grid
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Home)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert list(grid.chosen_files()) == list(range(1, 2 + grid.columns))
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert list(grid.chosen_files()) == [39]
    with qtbot.waitSignal(grid.chosen) as opened:
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == [39]
    dialog = page.findChild(ZoomDialog)
    assert dialog is not None
    dialog.reject()


def test_grid_selects_what_is_clicked(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot, FakeScan(rows(40)))
    grid = page.look.grid
    middles = [grid.visualRect(page.draft.pictures.index(place)).center() for place in (0, 2, 3)]
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middles[0])
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, middles[1])
    assert list(grid.chosen_files()) == [0, 1, 2]
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, middles[2])
    assert list(grid.chosen_files()) == [0, 1, 2, 3]


def test_only_pictures_in_sight_are_asked_for_and_few_are_kept(make: Make, qtbot: QtBot, viewer: FakeViewer) -> None:
    page = brought(make, qtbot, FakeScan(rows(6000)))
    grid, thumbnails = page.look.grid, page.draft.thumbnails
    grid.viewport().repaint()
    qtbot.waitUntil(lambda: thumbnails.kept >= len(grid.rows_in_sight()))
    asked = {name for do, args in viewer.asked if do == "thumbnails" for name in args["names"]}
    assert len(asked) <= 2 * len(grid.rows_in_sight())
    for place in range(0, grid.verticalScrollBar().maximum(), 1200):
        grid.verticalScrollBar().setValue(place)
        grid.viewport().repaint()
        seen = page.draft.pictures.labels.files[grid.rows_in_sight().start]
        qtbot.waitUntil(partial(thumbnails._kept.__contains__, seen))
    assert thumbnails.kept <= 600


def test_stopping_keeps_what_was_found(make: Make, qtbot: QtBot) -> None:
    page = make(FakeScan(rows(1000), is_held=True))
    page.bring(["/films"])
    qtbot.waitUntil(lambda: len(page.draft.pictures.labels) == 1000)
    assert page.next.isEnabled() is False and "looked through" in page.hint.text()
    page.look.stop.click()
    qtbot.waitUntil(lambda: not page.draft.is_scanning)
    assert page.next.isEnabled() and page.draft.pictures.rowCount() == 1000


def test_files_that_are_not_there_are_told_in_the_page(make: Make, qtbot: QtBot) -> None:
    scan = FakeScan([])
    scan.failure = BadInput("There is no file or folder at 'films'.")
    page = make(scan)
    page.bring(["/films"])
    qtbot.waitUntil(lambda: not page.banner.isHidden())
    assert not page.next.isEnabled()


def test_files_without_a_class_cannot_be_sent(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot, FakeScan([("a.png", "unlabelled", 9, 9, "png", 10)]))
    assert "class" in page.hint.text() and not page.next.isEnabled()
    page.go_to(PREPARE)
    assert page.place == LOOK
    select(page, 0)
    page.look.target.setEditText("ill")
    page.look.assign.click()
    assert page.next.isEnabled()


def test_preview_follows_the_form_and_shows_what_is_left_behind(make: Make, qtbot: QtBot, viewer: FakeViewer) -> None:
    page = brought(make, qtbot)
    page.go_to(PREPARE)
    qtbot.waitUntil(lambda: "PatientName" in page.prepare.tags.text())
    page.prepare.preset.setCurrentIndex(page.prepare.preset.findData("lung"))
    page.prepare.preset.activated.emit(1)
    page.prepare.sizes.setCurrentIndex(page.prepare.sizes.findData(64))
    page.prepare.sizes.activated.emit(2)
    qtbot.waitUntil(lambda: viewer.asked[-1][0] == "preview" and viewer.asked[-1][1]["reading"]["width"] == 64)
    assert viewer.asked[-1][1]["reading"]["window"] == [-600.0, 1500.0]
    assert (page.prepare.centre.value(), page.prepare.breadth.value()) == (-600, 1500)
    page.prepare.centre.setValue(-500)
    assert page.draft.reading.window == (-500.0, 1500.0)
    assert page.prepare.preset.currentData() == "other"


def test_preview_of_a_damaged_file_says_so(make: Make, qtbot: QtBot, viewer: FakeViewer) -> None:
    viewer.failures["preview"] = BadImage("damaged or cut off", reason="damaged")
    page = brought(make, qtbot)
    page.go_to(PREPARE)
    qtbot.waitUntil(lambda: not page.prepare.problem_banner.isHidden())


def test_zoom_goes_from_image_to_image(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    dialog = ZoomDialog(page, page.draft, 0)
    dialog.open()
    qtbot.waitUntil(lambda: not dialog.picture.pixels.isEmpty())
    QTest.keyClick(dialog, Qt.Key.Key_Right)
    assert dialog.name.text() == "ill/000001.png" and dialog.state.text() == "ill"
    before = dialog.picture.width()
    QTest.keyClick(dialog, Qt.Key.Key_Plus)
    assert dialog.picture.width() != before
    dialog.reject()


def test_what_is_said_about_the_data_set_is_kept(make: Make, qtbot: QtBot, desk: FakeDesk) -> None:
    page = brought(make, qtbot)
    page.go_to(PREPARE)
    page.go_to(DESCRIBE)
    page.describe.name.clear()
    assert not page.next.isEnabled() and "name" in page.hint.text()
    page.describe.name.setText("Films")
    page.describe.tags.add("lungs")
    page.describe.audience.choices["shared"].setChecked(True)
    assert not page.next.isEnabled()
    page.describe.audience.people.add("bob")
    page.describe.classes.remove("ill")
    assert "ill" in page.hint.text()
    page.describe._as_found()
    page.describe.classes.add("unsure")
    page.go_to(REVIEW)
    qtbot.waitUntil(lambda: page.review.estimate is not None)
    about = page.draft.about
    assert (about.name, about.tags, about.visibility, about.shared_with) == ("Films", ("lungs",), "shared", ("bob",))
    assert page.draft.selection.classes == ("healthy", "ill", "unsure")
    assert "number of images: 4" in page.review.facts.text() and "bob" in page.review.facts.text()


def test_kept_draft_is_opened_again_as_it_was(make: Make, qtbot: QtBot) -> None:
    page = brought(make, qtbot)
    select(page, 0)
    page.look.leave_out.click()
    page.draft.set_reading(fit="crop")
    with qtbot.waitSignal(page.draft.saved):
        page.draft.save()
    number = page.draft.number
    again = make(FakeScan(rows(4)))
    again.open(number)
    qtbot.waitUntil(lambda: again.draft.summary is not None)
    assert (again.draft.pictures.labels.left_out, again.draft.reading.fit, again.draft.about.name) == (
        1,
        "crop",
        "films",
    )


def test_drop_on_the_data_page_goes_to_the_import(desk: FakeDesk, qtbot: QtBot, tmp_path: Path) -> None:
    register(desk.office.profile, KEYS)
    page = DataPage(desk)
    qtbot.addWidget(page)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(desk.page_wanted) as wanted:
        page.dropEvent(QDropEvent(QPointF(QPoint(5, 5)), action, data, button, none))
    assert wanted.args == ["import", f"paths:{tmp_path}"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_step_fits_the_smallest_window(make: Make, qtbot: QtBot, qapp: QApplication, language: str) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        page = reviewed(make, qtbot)
        assert page.minimumSizeHint().width() <= 1072 and page.minimumSizeHint().height() <= 660
    finally:
        languages.use("en")


def beaten(watchdog: Watchdog, beats: int) -> bool:
    return watchdog.beats > beats


@pytest.mark.slow
@pytest.mark.slow
def test_a_hundred_thousand_images_never_hold_the_window_up(make: Make, qtbot: QtBot) -> None:
    page = make(FakeScan(rows(100_000)))
    page._turn_to(LOOK)
    page.grab()
    watchdog = Watchdog()
    page.bring(["/films"])
    qtbot.waitUntil(lambda: page.draft.summary is not None, timeout=60_000)
    assert page.draft.pictures.rowCount() == 100_000
    page.look.grid.selectAll()
    pictures = page.draft.pictures
    acts: tuple[Callable[[], None], ...] = (
        lambda: pictures.assign(page.look.grid.chosen_files(), "all"),
        pictures.undo,
        lambda: pictures.filter("ill"),
        lambda: pictures.filter("", "77"),
        lambda: pictures.filter(""),
        lambda: page.look.grid.verticalScrollBar().setValue(500_000),
        lambda: pictures.rename("ill", "sick"),
        lambda: pictures.rename("sick", "healthy"),
    )
    for act in acts:
        later = watchdog.beats + 3
        act()
        qtbot.waitUntil(partial(beaten, watchdog, later))
    assert watchdog.stop() < LONGEST


class FakeRun:
    """Stands for the run of an import: goes on when it is told to."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.failure: Exception | None = None
        self.is_finishing = False
        self.numbers: list[str] = []

    async def __call__(self, office: Any, number: str, report: Callable[[Moved], None]) -> Import:
        self.numbers.append(number)
        report(Moved(Progress(2, 4, "images", "split")))
        parts = ServerPart(50, 100, 1, 2), ServerPart(100, 100, 2, 2)
        report(Moved(Progress(150, 200, "bytes", "upload"), *parts))
        if self.failure is not None:
            raise self.failure
        found = await importing.open_import(office, number)
        if not self.is_finishing:
            await asyncio.Event().wait()
        done = replace(found, phase=Phase.UPLOADED, dataset="ab" * 32, count=4)
        return document.save(self.profile, done)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, desk: FakeDesk) -> FakeRun:
    made = FakeRun(desk.office.profile)
    monkeypatch.setattr(importing, "run_import", made)
    desk.office.use(KEYS)
    return made


def sending(make: Make, qtbot: QtBot) -> ImportPage:
    page = reviewed(make, qtbot)
    page.go_to(SEND)
    page.send.go.click()
    qtbot.waitUntil(lambda: page.send.task is not None)
    return page


def test_progress_of_both_servers_is_shown_and_paused(make: Make, qtbot: QtBot, run: FakeRun) -> None:
    page = sending(make, qtbot)
    qtbot.waitUntil(lambda: page.send.bars["b"].bar.value() == 1000)
    assert page.send.bars["a"].bar.value() == 500 and "50 B / 100 B" in page.send.bars["a"].remark.text()
    assert not page.back.isVisible(), "what is being sent is not changed any more"
    page.send.pause_button.click()
    qtbot.waitUntil(page.send.resume.isVisible)
    assert "Paused" in page.send.stage.text() and page.send.trouble.isHidden()
    page.send.resume.click()
    qtbot.waitUntil(lambda: len(run.numbers) == 2)
    assert run.numbers[0] == run.numbers[1] == page.draft.number
    page.send.pause()


def test_failed_upload_says_why_and_goes_on(make: Make, qtbot: QtBot, run: FakeRun) -> None:
    run.failure = NodeUnreachable("away", node="a")
    page = sending(make, qtbot)
    qtbot.waitUntil(lambda: not page.send.trouble.isHidden())
    assert page.send.resume.isVisible()


def test_finished_import_leads_to_its_data_set(make: Make, qtbot: QtBot, run: FakeRun, desk: FakeDesk) -> None:
    run.is_finishing = True
    page = sending(make, qtbot)
    qtbot.waitUntil(page.send.open.isVisible)
    assert page.send.done_text.text().startswith("4 image")
    with qtbot.waitSignal(desk.page_wanted) as wanted:
        page.send.open.click()
    assert wanted.args == ["dataset", "ab" * 32]
    qtbot.waitUntil(lambda: not document.ids(desk.office.profile))


def test_cancelled_import_leaves_nothing(make: Make, qtbot: QtBot, run: FakeRun, desk: FakeDesk) -> None:
    page = sending(make, qtbot)
    task = page.send.task
    page.send._ask_cancel()
    question(page).yes.click()
    qtbot.waitUntil(lambda: not document.ids(desk.office.profile))
    assert task is not None and task.state is TaskState.CANCELLED
    qtbot.waitUntil(lambda: page.place == 0)


def test_locked_keys_are_asked_for_before_anything_begins(make: Make, qtbot: QtBot, desk: FakeDesk) -> None:
    page = reviewed(make, qtbot)
    page.go_to(SEND)
    with qtbot.waitSignal(desk.password_wanted):
        page.send.go.click()
    assert desk.tasks.all == ()


def test_unfinished_imports_are_listed_and_discarded(make: Make, qtbot: QtBot, desk: FakeDesk) -> None:
    brought(make, qtbot).draft.save()
    qtbot.waitUntil(lambda: bool(document.ids(desk.office.profile)))
    desk.office.both("datasets", [])
    page = DataPage(desk)
    qtbot.addWidget(page)
    page.show()
    page.open("")
    qtbot.waitUntil(page.unfinished.isVisible)
    (found,) = page.unfinished._imports
    assert found.selection.about.name == "films"
    page.unfinished._ask(found)
    question(page).yes.click()
    qtbot.waitUntil(lambda: page.unfinished.isHidden())
    assert document.ids(desk.office.profile) == []


def test_bundles_are_split_to_a_folder_that_is_not_taken(tmp_path: Path) -> None:
    first = free_folder(tmp_path, 'films: "2025"/A')
    first.mkdir()
    assert (first.name, free_folder(tmp_path, 'films: "2025"/A').name) == (
        "films- -2025--A-split",
        "films- -2025--A-split-2",
    )
