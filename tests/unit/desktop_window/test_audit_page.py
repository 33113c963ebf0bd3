"""The audit page over a copy of the log with 10,000 entries."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from common.errors import AppError, LogTampered, NodeUnreachable
from desktop_client.jobs import records
from desktop_client.jobs.records import LogPoint, LogVerdict
from desktop_client.ui.pages.audit.details import EntryDialog
from desktop_client.ui.pages.audit.page import AuditPage
from desktop_client.upload.logbook.book import LogBook
from tests.helpers.log_events import events
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk

ROWS = 10_000


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profile")
    book = LogBook(folder)
    with book.held():
        book.prepare()
        book.add(0, ((one, "ab"[number % 2]) for number, one in enumerate(events(0, ROWS))))
        book.settle(ROWS, "checkpoint", "2026-01-31T12:00:00Z")
    return folder


@pytest.fixture
def page(desk: FakeDesk, copy: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Generator[AuditPage]:
    desk.office.profile.root.joinpath("log").symlink_to(copy / "log")

    async def nothing(*given: Any) -> None:
        return None

    monkeypatch.setattr(records, "fetch_log", nothing)
    made = AuditPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 760)
    made.show()
    made.open("")
    qtbot.waitUntil(lambda: made.model.rowCount() == ROWS and made.state.task is None)
    yield made


def _has_beaten(watchdog: Watchdog, target: int) -> bool:
    return watchdog.beats >= target


def _cell(page: AuditPage, place: int, column: int) -> str:
    return str(page.model.data(page.model.index(place, column)))


def test_entries_are_read_page_by_page_newest_first(page: AuditPage, qtbot: QtBot) -> None:
    assert _cell(page, 0, 0) == "9,999"
    assert _cell(page, 9_000, 0) == "…", "not read before it is looked at"
    qtbot.waitUntil(lambda: _cell(page, 9_000, 0) == "999")
    assert page.count.text() == "10000 entries"


@pytest.mark.slow
def test_scrolling_through_all_entries_keeps_the_loop_turning(page: AuditPage, qtbot: QtBot) -> None:
    watchdog = Watchdog()
    bar = page.view.verticalScrollBar()
    for step in range(40):
        bar.setValue(bar.maximum() * step // 39)
        target = watchdog.beats + 2
        qtbot.waitUntil(partial(_has_beaten, watchdog, target))
    assert watchdog.stop() < 0.05


def test_search_and_filters_narrow_the_entries(page: AuditPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.action_box.count() > 1)
    page.kind_box.setCurrentIndex(1)
    page.kind_box.activated.emit(1)
    kind = page.kind_box.currentData()
    qtbot.waitUntil(lambda: 0 < page.model.rowCount() <= ROWS)
    found = page.model.row_at(page.model.index(0, 0))
    assert found is not None and found.kind == kind
    page.search.setText("nothing has this word")
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    assert page._stack.currentWidget() is page._nothing


def test_entry_opens_with_its_signed_document(page: AuditPage, qtbot: QtBot) -> None:
    page.view.setCurrentIndex(page.model.index(0, 0))
    page.view.activated.emit(page.model.index(0, 0))
    qtbot.waitUntil(lambda: bool(page.findChildren(EntryDialog)))
    dialog = page.findChildren(EntryDialog)[0]
    assert dialog.windowTitle() == "Entry 9999"
    dialog.done(QDialog.DialogCode.Accepted)


def _verdict(is_intact: bool) -> LogVerdict:
    points = (
        LogPoint("rows", "proved" if is_intact else "failed", {"rows": ROWS}),
        LogPoint("server-b", "missing", {"reason": "unanswered"}),
    )
    return LogVerdict(ROWS, "ab" * 32, is_intact, points, {}, (), 0)


@pytest.mark.parametrize(("is_intact", "sentence"), [(True, "is intact: all 10,000"), (False, "NOT intact")])
def test_check_is_told_in_plain_words(
    page: AuditPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_intact: bool, sentence: str
) -> None:
    async def check(office: object, on_progress: Any) -> LogVerdict:
        on_progress({"stage": "check", "done": 5, "total": 10})
        return _verdict(is_intact)

    monkeypatch.setattr(records, "check_log", check)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.verdict.isVisible)
    assert sentence in page.verdict.headline.text()
    assert page.verify.isEnabled()


@pytest.mark.parametrize("error", [NodeUnreachable("away", node="log"), LogTampered("row 7")], ids=lambda e: e.code)
def test_error_is_told_in_the_page_and_entries_stay(
    page: AuditPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, error: AppError
) -> None:
    async def fail(*given: object) -> None:
        raise error

    monkeypatch.setattr(records, "check_log", fail)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.heading.text()
    assert page.model.rowCount() == ROWS


def test_export_writes_where_the_person_says(
    page: AuditPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written: list[Path] = []

    async def export(office: object, out: Path, on_progress: object) -> int:
        written.append(out)
        return ROWS

    monkeypatch.setattr(records, "export_log", export)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(tmp_path / "log.zip"), ""))
    qtbot.mouseClick(page.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.banner.isVisible)
    assert written == [tmp_path / "log.zip"]
    assert "10000 entries" in page.banner.text.text()


def test_every_control_has_a_name_to_be_read_aloud(page: AuditPage) -> None:
    assert all(box.accessibleName() for box in page.findChildren(QComboBox))
    assert page.search.accessibleName() and page.view.accessibleName()
