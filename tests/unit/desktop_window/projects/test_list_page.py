"""The page of all projects and drafts, over canned answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from common.errors import Forbidden, NodeUnreachable
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.projects.page import ProjectsPage
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.helpers.desktop.writing import BOB, IDS, KEYS, Servers
from tests.helpers.window import FakeDesk

PROJECT, DRAFT, SECOND = "ab" * 16, "cd" * 16, "ef" * 16
OUTLINE = outline_of(ProjectOptions("films", IDS[:2], members={"alice": "owner", "bob": "editor"}))


@pytest.fixture
def full(servers: Servers) -> Servers:
    servers.add_project(OUTLINE, PROJECT)
    servers.add_draft(replace(OUTLINE, name="lungs"), DRAFT, 3, KEYS)
    servers.add_draft(replace(OUTLINE, name="bones", members={"bob": "owner", "alice": "editor"}), SECOND, 1, BOB)
    return servers


def opened(desk: FakeDesk, qtbot: QtBot) -> ProjectsPage:
    page = ProjectsPage(desk)
    qtbot.addWidget(page)
    page.resize(1072, 668)
    page.show()
    with qtbot.waitSignal(page.list.changed):
        page.open("")
    return page


def names(page: ProjectsPage) -> set[str]:
    return {row.name for row in page.model.shown}


def choose(page: ProjectsPage, name: str) -> None:
    place = next(place for place, row in enumerate(page.model.shown) if row.name == name)
    page.table.view.selectRow(place)


def texts(page: ProjectsPage, name: str) -> list[str]:
    row = next(row for row in page.model.rows if row.name == name)
    return [column.text(row) for column in page._columns()]


def test_list_shows_projects_and_drafts_with_their_details(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert names(page) == {"films", "lungs", "bones"}
    qtbot.waitUntil(lambda: texts(page, "films")[3] == "2")
    assert texts(page, "films")[1:6] == ["waits for consent", "owner", "2", "", "alice, bob"]
    assert texts(page, "lungs")[1:6] == ["draft", "owner", "", "", ""]
    choose(page, "films")
    assert page.about.text() == "Missing consent: alice, bob"


def test_names_are_never_markup(servers: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    servers.add_project(replace(OUTLINE, name="<b>films</b>"), PROJECT)
    page = opened(desk, qtbot)
    index = page.model.index(0, 0)
    assert index.data() == "<b>films</b>"
    shown = index.data(int(Qt.ItemDataRole.ToolTipRole))
    assert shown == f"<span>&lt;b&gt;films&lt;/b&gt;<br>revision 1 · alice<br>{PROJECT}</span>"


def test_list_is_searched_and_filtered(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    state, role, mine = (box for box, _ in page.table._filters)
    state.setCurrentIndex(state.findData("draft"))
    assert names(page) == {"lungs", "bones"}
    role.setCurrentIndex(role.findData("editor"))
    assert names(page) == {"bones"}
    state.setCurrentIndex(0)
    role.setCurrentIndex(0)
    mine.setCurrentIndex(mine.findData("mine"))
    assert names(page) == {"films", "lungs"}
    page.table.search.setText("lungs")
    qtbot.waitUntil(lambda: names(page) == {"lungs"})


def test_actions_fit_what_is_chosen(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert not page.enter.isEnabled()
    qtbot.waitUntil(lambda: texts(page, "films")[2] == "owner")
    buttons = {"revise": page.revise, "copy": page.copy, "remind": page.remind, "archive": page.archive,
               "remove": page.remove}  # fmt: skip

    def shown() -> set[str]:
        return {name for name, made in buttons.items() if not made.isHidden()}

    choose(page, "films")
    assert (page.enter.text(), shown()) == ("Open", {"revise", "copy", "remind", "archive"})
    choose(page, "lungs")
    assert (page.enter.text(), shown()) == ("Continue", {"remove"})
    choose(page, "bones")
    assert shown() == set()


def test_list_goes_to_projects_drafts_revisions_and_copies(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    went: list[tuple[str, str]] = []
    desk.page_wanted.connect(lambda name, subject: went.append((name, subject)))
    for name in ("films", "lungs"):
        choose(page, name)
        page.enter.click()
    choose(page, "films")
    page.revise.click()
    page.copy.click()
    page.new.click()
    assert went == [("project", PROJECT), ("wizard", DRAFT), ("wizard", PROJECT), ("wizard", f"copy:{PROJECT}"),
                    ("wizard", "")]  # fmt: skip


def test_archive_asks_for_a_reason_and_is_told(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    said: list[str] = []
    desk.notice_shown.connect(said.append)
    qtbot.waitUntil(lambda: texts(page, "films")[2] == "owner")
    choose(page, "films")
    page.archive.click()
    assert page._question is not None
    page._question.findChildren(QLineEdit)[0].setText("the study is over")
    page._question.yes.click()
    qtbot.waitUntil(lambda: said == ["films is archived."])
    sent = next(given for name, given in desk.office.b.calls if name == "archive_project")
    assert (sent[0], sent[1]["body"]["reason"], sent[1]["body"]["archived"]) == (PROJECT, "the study is over", True)


def test_draft_is_deleted_after_a_question_only(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    choose(page, "lungs")
    page.remove.click()
    assert page._question is not None
    page._question.no.click()
    assert DRAFT in full.drafts
    page.remove.click()
    page._question.yes.click()
    qtbot.waitUntil(lambda: names(page) == {"films", "bones"})
    assert DRAFT not in full.drafts


def test_owners_are_reminded(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    said: list[str] = []
    desk.notice_shown.connect(said.append)
    qtbot.waitUntil(lambda: texts(page, "films")[2] == "owner")
    choose(page, "films")
    page.remind.click()
    qtbot.waitUntil(lambda: said == ["Reminded: bob."])


def test_what_is_refused_is_told_in_the_page(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    qtbot.waitUntil(lambda: texts(page, "films")[2] == "owner")
    desk.office.both("remind", Forbidden("Only owners remind."))
    choose(page, "films")
    page.remind.click()
    qtbot.waitUntil(lambda: not page.banner.isHidden())
    assert "Only owners remind." in page.banner.text.text()
    assert names(page) == {"films", "lungs", "bones"}


def test_list_without_any_project_says_what_to_do(servers: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    assert page.table._stack.currentWidget() is page.table.nothing


def test_list_names_a_server_that_is_away(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    for name in ("projects", "drafts", "jobs"):
        desk.office.b.answers[name] = NodeUnreachable("away", node="b")
    page = opened(desk, qtbot)
    assert page.banner.text.text() == "Server B does not answer; what the other one says is shown."
    assert names(page) == {"films", "lungs", "bones"}


def test_list_that_nobody_gives_is_an_error_in_the_page(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.both("projects", NodeUnreachable("Node A cannot be reached.", node="a"))
    page = ProjectsPage(desk)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.list.failed):
        page.open("")
    assert not page.banner.isHidden()


def test_refresh_keeps_what_is_chosen(full: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = opened(desk, qtbot)
    choose(page, "lungs")
    full.add_draft(replace(OUTLINE, name="newer"), "12" * 16)
    with qtbot.waitSignal(page.list.changed):
        page.refresh()
    assert page.table.current.name == "lungs" and "newer" in names(page)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_list_fits_the_smallest_window_in_both_languages(
    language: str, full: Servers, desk: FakeDesk, qtbot: QtBot, qapp: QApplication
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        page = opened(desk, qtbot)
        assert page.title.text() == {"en": "Projects", "zh_CN": "项目"}[language]
        assert page.minimumSizeHint().width() <= 1072
    finally:
        languages.use("en")
