"""The page of a project: what it shows, who is asked what, and how it fits."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.errors import NodeUnreachable, NotFound
from desktop_client.jobs.approvals import Shown
from desktop_client.settings import UserRecord
from desktop_client.state.project.live import LiveTrainings
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.project.page import ProjectPage
from desktop_client.ui.pages.project.signing import SigningDialog
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.upload.projects.asked import Asked
from tests.helpers.desktop.trainings import (
    JOB,
    KEYS,
    ONE,
    PROJECT,
    SEALS,
    Feed,
    dataset,
    decided,
    job,
    keys_of,
    project,
    signed,
    spec,
)
from tests.helpers.window import FakeDesk

SPEC = spec()
TABS = ("overview", "people", "data", "consents", "training", "runs", "activity")


def _again(page: ProjectPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.control.shown):
        page.refresh()


def _be(desk: FakeDesk, name: str) -> None:
    desk.office.profile.save_user(UserRecord(name, KEYS[name].verify_key, SEALS[name].public))


def test_the_project_is_shown_with_its_preparation_on_every_tab(page: ProjectPage, qtbot: QtBot) -> None:
    assert (page.title.text(), page.subtitle.text()) == ("films", "Find ill films.")
    assert [one.text() for one in (page.state, page.role, page.revision)] == ["Ready", "You: Owner", "Revision 1"]
    assert page.source.text() == "Preparation: Servers alone" and "nobody else" in page.source.toolTip()
    for tab in TABS:
        page.show_tab(tab)
        assert page.source.isVisible()
    assert [one.user for one in page.people.model.rows] == ["alice", "bob", "carol"]
    assert [one.name for one in page.data.model.rows] == ["alice-films", "bob-films"]
    assert page.data.balance.totals == {"alice": [20, 10]}
    assert page.data.balance.remark.text() == "Not told how many of each class: the images of bob."
    assert page.overview.newest.state.text() == "Training"


def test_classes_are_stacked_by_owner(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    more = dataset("1" * 64, "alice", [3, 4]), dataset("2" * 64, "bob", [5, 6])
    desk.office.both("datasets", list(more))
    page.show_tab("data")
    qtbot.waitUntil(lambda: page.data.balance.plot is not None)
    _again(page, qtbot)
    assert page.data.balance.totals == {"alice": [3, 4], "bob": [5, 6]}
    assert page.data.balance.plot.accessibleDescription() == "alice: ill 3, well 4; bob: ill 5, well 6"
    assert page.data.balance.remark.isHidden()


@pytest.mark.parametrize(
    ("person", "state", "given", "expected"),
    [
        ("alice", "awaiting-consent", (), "Your consent is missing: look at what you would sign on the tab Consents."),
        ("carol", "awaiting-consent", (), "Waiting for the consent of alice, bob."),
        ("alice", "archived", (ONE,), "The project is archived; an owner can restore it."),
        ("alice", "awaiting-consent", (ONE,), "Waiting for the consent of bob."),
    ],
)
def test_the_next_step_is_one_sentence(
    page: ProjectPage, desk: FakeDesk, qtbot: QtBot, person: str, state: str, given: tuple[str, ...], expected: str
) -> None:
    _be(desk, person)
    desk.office.both("project", project(SPEC, state, decisions=[decided(SPEC, one) for one in given]))
    _again(page, qtbot)
    assert page.overview.next.text() == expected


def test_what_to_do_with_a_finished_training(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.both("jobs", [job(SPEC, "finished")])
    wanted: list[tuple[str, str]] = []
    desk.page_wanted.connect(lambda name, subject: wanted.append((name, subject)))
    _again(page, qtbot)
    page.overview.go.click()
    assert wanted == [("model", JOB)]
    desk.office.both("jobs", [])
    _again(page, qtbot)
    assert page.overview.next.text() == "Everybody has consented: start the training."
    page.overview.go.click()
    assert page.tabs.currentWidget().isAncestorOf(page.training)
    assert not page.training.nothing.isHidden()


def test_what_changed_is_said_in_sentences(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.both("project", project(spec(revision=2, training={"epochs": 9}, recipients=["alice"])))
    desk.office.both("revision", {"document": signed(SPEC)})
    _again(page, qtbot)
    lines = page.overview._sentences
    shown = [item.widget() for item in map(lines.itemAt, range(lines.count())) if item is not None]
    texts = [one.text() for one in shown if isinstance(one, QLabel)]
    assert texts == ["Since revision 1:", "• bob no longer receives the model.", "• Passes over all images: 2 → 9"]


def test_a_server_that_is_away_or_behind_is_said(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    known = desk.office.b.answers["project"]
    desk.office.b.answers["project"] = NodeUnreachable("away", node="b")
    _again(page, qtbot)
    assert page.banner.text.text() == "Server B does not answer; this is what the other server says."
    desk.office.b.answers["project"] = known
    _again(page, qtbot)
    assert page.banner.isHidden()
    desk.office.a.answers["project"] = project(spec(revision=2))
    desk.office.both("revision", {"document": signed(SPEC)})
    _again(page, qtbot)
    assert page.banner.text.text().startswith("The servers show different revisions")


def test_a_project_that_is_not_there_is_an_error_in_the_page(
    desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot
) -> None:
    desk.office.both("project", NotFound("There is no such project."))
    made = ProjectPage(desk)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.control.failed):
        made.open(PROJECT)
    assert not made.banner.isHidden() and made.tabs.isHidden()


def test_what_is_signed_is_shown_and_then_signed(
    page: ProjectPage, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = spec(training={"epochs": 1})
    shown = Shown(Asked(SPEC, (ONE,), before, True), f"project films\nhash {SPEC.hash}", (), 1, True)

    async def look(office: object, identity: str) -> Shown:
        return shown

    monkeypatch.setattr("desktop_client.jobs.approvals.look", look)
    desk.office.use(keys_of("alice"))
    desk.office.both("project", project(SPEC, "awaiting-consent", decisions=[]))
    desk.office.both("consent", {"missing_consents": []})
    _again(page, qtbot)
    tab = page.consents
    assert (tab.state.text(), tab.withdraw.isHidden(), tab.decline.isHidden()) == ("Missing", True, False)
    tab.give.click()
    qtbot.waitUntil(lambda: isinstance(tab.dialog, SigningDialog))
    dialog = tab.dialog
    assert isinstance(dialog, SigningDialog) and SPEC.hash in dialog.exact.toPlainText()
    assert dialog.days.value() == 90
    dialog.days.setValue(7)
    dialog.reason.setText("vote 12")
    with qtbot.waitSignal(page.control.done):
        dialog.yes.click()
    sent = next(given for name, given in desk.office.b.calls if name == "consent")
    assert (sent[1]["body"]["decision"], sent[1]["body"]["project_hash"]) == ("granted", SPEC.hash)
    assert sent[2]["text"] == "vote 12"


def test_a_given_consent_is_withdrawn_after_a_question(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.use(keys_of("alice"))
    desk.office.both("withdraw", {"missing_consents": [ONE]})
    tab = page.consents
    assert (tab.state.text(), tab.decline.isHidden(), tab.give.text()) == ("Given", True, "Look and renew")
    tab.withdraw.click()
    assert isinstance(tab.dialog, Question)
    with qtbot.waitSignal(page.control.done) as signal:
        tab.dialog.yes.click()
    assert signal.args == ["withdraw", 1]


def test_reminding_is_for_editors_while_somebody_is_silent(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    assert not page.consents.remind.isEnabled()
    said: list[str] = []
    desk.notice_shown.connect(said.append)
    desk.office.both("project", project(SPEC, "awaiting-consent", decisions=[decided(SPEC, ONE)]))
    desk.office.both("remind", {"reminded": ["bob"], "spared": []})
    _again(page, qtbot)
    page.consents.remind.click()
    qtbot.waitUntil(lambda: said == ["Reminded: bob."])
    _be(desk, "carol")
    _again(page, qtbot)
    assert not page.consents.remind.isEnabled()


def test_archiving_asks_and_restoring_does_not(page: ProjectPage, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.office.use(keys_of("alice"))
    desk.office.both("archive_project", {"state": "archived"})
    page.archive.click()
    assert page.dialog is not None and not [name for name, _ in desk.office.a.calls if name == "archive_project"]
    desk.office.both("project", project(SPEC, "archived"))
    with qtbot.waitSignal(page.control.shown):
        page.dialog.yes.click()
    assert (page.archive.text(), page.change.isHidden(), page.state.text()) == ("Restore", True, "Archived")


def test_activity_and_runs_tell_what_happened(page: ProjectPage, qtbot: QtBot) -> None:
    page.show_tab("activity")
    texts = [page.activity.model.data(page.activity.model.index(row, 2)) for row in range(4)]
    assert texts == [
        f"started training {JOB[:8]}",
        "consented to the use of data set alice-films",
        "consented to the use of data set bob-films",
        "created the project",
    ]
    page.show_tab("runs")
    assert [one.training.job for one in page.runs.model.rows] == [JOB] and page.runs.card.isHidden()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_fits_and_is_translated(
    desk: FakeDesk, feeds: dict[str, Feed], qtbot: QtBot, qapp: QApplication, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        made = ProjectPage(desk)
        qtbot.addWidget(made)
        made.resize(1072, 660)
        made.show()
        with qtbot.waitSignal(made.control.shown):
            made.open(PROJECT)
        assert made.minimumSizeHint().width() <= 1072
        for name, tab in ((name, getattr(made, name)) for name in TABS):
            made.show_tab(name)
            assert tab.minimumSizeHint().width() <= 1024, name
        assert made.tabs.tabText(0) == {"en": "Overview", "zh_CN": "概览"}[language]
        nameless = [one for one in made.findChildren(QPushButton) if not (one.text() or one.accessibleName())]
        assert [one for one in nameless if one.isVisible()] == []
        made.leave()
        desk.lasting(LiveTrainings).forget()
    finally:
        languages.use("en")
