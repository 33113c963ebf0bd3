"""The page of all data sets, and that of one, over canned answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from common.errors import Forbidden, NodeUnreachable, NotFound
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.data.chips import ChipsField
from desktop_client.ui.pages.data.dataset_page import DatasetPage
from desktop_client.ui.pages.data.dialogs import EditDialog, ShareDialog
from desktop_client.ui.pages.data.page import DataPage
from desktop_client.ui.widgets.dialogs import Question
from tests.helpers.datasets import brief, make_keys, register, shown, taking
from tests.helpers.window import FakeDesk

KEYS = make_keys()


@pytest.fixture
def known(desk: FakeDesk) -> FakeDesk:
    """The desk of alice, whose nodes know one data set of hers and one of bob."""
    register(desk.office.profile, KEYS)
    mine, other = shown(KEYS), shown(make_keys(), "faces", "bob", visibility="shared", shared_with=["alice"])
    desk.office.both("datasets", [brief(mine), brief(other, state="uploading", shape=[20, 20, 3])])
    desk.office.both("dataset", mine)
    desk.office.both("dataset_uses", {"projects": [], "jobs": []})
    desk.office.both("dataset_history", [])
    desk.office.both("users", [{"user": "bob", "state": "active"}])
    return desk


def _listed(page: DataPage) -> list[str]:
    return [row.name for row in page.model.shown]


def _page(qtbot: QtBot, desk: FakeDesk) -> DataPage:
    page = DataPage(desk)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.list.changed):
        page.open("")
    return page


def _details(qtbot: QtBot, desk: FakeDesk) -> DatasetPage:
    page = DatasetPage(desk)
    qtbot.addWidget(page)
    page.resize(1072, 660)
    page.show()
    with qtbot.waitSignal(page.control.shown):
        page.open(shown(KEYS)["id"])
    return page


def test_list_is_searched_and_filtered(known: FakeDesk, qtbot: QtBot) -> None:
    page = _page(qtbot, known)
    assert _listed(page) == ["faces", "films"] or _listed(page) == ["films", "faces"]
    boxes = [box for box, _ in page.table._filters]
    boxes[0].setCurrentIndex(boxes[0].findData("mine"))
    assert _listed(page) == ["films"]
    boxes[0].setCurrentIndex(0)
    boxes[1].setCurrentIndex(boxes[1].findData("uploading"))
    assert _listed(page) == ["faces"]
    boxes[1].setCurrentIndex(0)
    boxes[2].setCurrentIndex(boxes[2].findData("colour"))
    assert _listed(page) == ["faces"]
    boxes[2].setCurrentIndex(0)
    page.table.search.setText("lungs films")
    qtbot.waitUntil(lambda: _listed(page) == ["films"])


def test_list_goes_to_the_data_set_that_is_opened(known: FakeDesk, qtbot: QtBot) -> None:
    page = _page(qtbot, known)
    with qtbot.waitSignal(known.page_wanted) as wanted:
        page.table.chosen.emit(next(row for row in page.model.rows if row.is_mine))
    assert wanted.args == ["dataset", shown(KEYS)["id"]]


def test_list_keeps_the_selection_when_it_is_refreshed(known: FakeDesk, qtbot: QtBot) -> None:
    page = _page(qtbot, known)
    page._select(shown(KEYS)["id"])
    known.office.both("datasets", [brief(shown(KEYS), tags=["new"])])
    with qtbot.waitSignal(page.list.changed):
        page.refresh()
    assert page.table.current.tags == ("new",)


def test_list_says_what_to_do_while_it_is_empty(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.both("datasets", [])
    page = _page(qtbot, known)
    assert page.table._stack.currentWidget() is page.table._nothing


def test_list_shows_what_one_server_knows_while_the_other_is_away(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.a.answers["datasets"] = NodeUnreachable("away", node="a")
    page = _page(qtbot, known)
    assert len(page.model.rows) == 2
    assert not page.banner.isHidden() and "A" in page.banner.text.text()


def test_list_tells_when_neither_server_answers(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.both("datasets", NodeUnreachable("away", node="a"))
    page = DataPage(known)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.list.failed):
        page.open("")
    assert not page.banner.isHidden()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_both_pages_fit_the_smallest_window_in_both_languages(
    known: FakeDesk, qtbot: QtBot, qapp: QApplication, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        for page in (_page(qtbot, known), _details(qtbot, known)):
            assert page.minimumSizeHint().width() <= 1072
    finally:
        languages.use("en")


def test_details_show_facts_and_settings_are_changed(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.use(KEYS)
    taken: list[dict[str, Any]] = []
    known.office.both("change_dataset", taking(taken))
    page = _details(qtbot, known)
    assert (page.title.text(), page.state.text()) == ("films", "ready")
    page.edit.click()
    dialog = page.findChild(EditDialog)
    assert dialog is not None
    dialog.description.setPlainText("Other words")
    dialog.tags.add("chest")
    with qtbot.waitSignal(page.control.saved):
        dialog.yes.click()
    assert [(one["body"]["description"], one["body"]["tags"]) for one in taken] == [
        ("Other words", ["lungs", "chest"])
    ] * 2


def test_share_offers_people_and_takes_no_other_name(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.use(KEYS)
    taken: list[dict[str, Any]] = []
    known.office.both("change_dataset", taking(taken))
    page = _details(qtbot, known)
    with qtbot.waitSignal(page.control.people):
        page.share.click()
    dialog = page.findChild(ShareDialog)
    assert dialog is not None
    dialog.audience.choices["shared"].setChecked(True)
    dialog.audience.people.add("nobody")
    dialog.audience.people.add("bob")
    with qtbot.waitSignal(page.control.saved):
        dialog.yes.click()
    assert [(one["body"]["visibility"], one["body"]["shared_with"]) for one in taken] == [("shared", ["bob"])] * 2


def test_public_shows_a_warning(known: FakeDesk, qtbot: QtBot) -> None:
    page = _details(qtbot, known)
    page.share.click()
    dialog = page.findChild(ShareDialog)
    assert dialog is not None
    assert dialog.audience.warning.isHidden()
    dialog.audience.choices["public"].setChecked(True)
    assert not dialog.audience.warning.isHidden()
    assert dialog.values() == {"visibility": "public", "shared_with": ()}
    dialog.reject()


def test_deletion_says_what_it_does_and_wants_the_name(known: FakeDesk, qtbot: QtBot) -> None:
    job = {
        "job": "00" * 16, "name": "chest", "starter": "bob", "state": "training", "on_delete": "cancelled",
        "on_disable": "goes-on",
    }  # fmt: skip
    known.office.both("dataset_uses", {"projects": [], "jobs": [job]})
    known.office.both("info", {"time": "2026-01-31T12:00:00Z"})
    known.office.both("delete_dataset", NotFound("gone"))
    known.office.use(KEYS)
    page = _details(qtbot, known)
    with qtbot.waitSignal(page.control.uses):
        page.remove.trigger()
    asked = next(one for one in page.findChildren(Question) if one.isVisible())
    field = asked.findChildren(QLineEdit)[0]
    field.setText("films")
    assert not asked.yes.isEnabled(), "the training is not said to be stopped yet"
    box = asked.findChildren(QCheckBox)[0]
    box.setChecked(True)
    assert asked.yes.isEnabled()
    with qtbot.waitSignal(page.control.failed):
        asked.yes.click()
    assert [given[1]["body"]["stop_jobs"] for name, given in known.office.a.calls if name == "delete_dataset"] == [True]


def test_switching_off_asks_first(known: FakeDesk, qtbot: QtBot) -> None:
    known.office.use(KEYS)
    taken: list[dict[str, Any]] = []
    known.office.both("change_dataset", taking(taken))
    page = _details(qtbot, known)
    page.switch.trigger()
    asked = next(one for one in page.findChildren(Question) if one.isVisible())
    assert "No project and no training uses it." in asked.text.text()
    with qtbot.waitSignal(page.control.saved):
        asked.yes.click()
    assert [one["body"]["enabled"] for one in taken] == [False, False]


def test_locked_keys_ask_for_the_password_and_giving_up_changes_nothing(known: FakeDesk, qtbot: QtBot) -> None:
    page = _details(qtbot, known)
    known.password_wanted.connect(lambda retry, give_up: give_up())
    with qtbot.waitSignal(known.password_wanted):
        page.control.change({"enabled": False})
    assert not page.control.is_busy
    assert page.banner.isHidden()


def test_what_belongs_to_others_cannot_be_changed(known: FakeDesk, qtbot: QtBot) -> None:
    other = make_keys()
    known.office.both("dataset", shown(other, owner="bob"))
    page = DatasetPage(known)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.control.shown):
        page.open(shown(other, owner="bob")["id"])
    assert not (page.edit.isVisible() or page.share.isVisible() or page.more.isVisible())
    assert page.history.isHidden()


@pytest.mark.parametrize(("error", "is_gone"), [(NotFound("gone"), True), (Forbidden("no"), False)])
def test_details_of_what_is_not_there(known: FakeDesk, qtbot: QtBot, error: Exception, is_gone: bool) -> None:
    known.office.both("dataset", error)
    page = DatasetPage(known)
    qtbot.addWidget(page)
    page.open("00" * 32)
    qtbot.waitUntil(lambda: page.nothing.isHidden() != is_gone and page.banner.isHidden() == is_gone)


def test_chips_come_with_enter_and_comma_and_go_with_backspace(qtbot: QtBot, tmp_path: Path) -> None:
    field = ChipsField("Tags", most=3)
    qtbot.addWidget(field)
    QTest.keyClicks(field.field, "lungs,chest")
    QTest.keyClick(field.field, Qt.Key.Key_Return)
    assert field.values == ("lungs", "chest")
    QTest.keyClicks(field.field, "lungs")
    assert field.values == ("lungs", "chest"), "each once"
    field.field.clear()
    QTest.keyClick(field.field, Qt.Key.Key_Backspace)
    assert [*field.values] == ["lungs"]
