"""The wizard from its first step to the signature, over canned answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.errors import Conflict, NotFound, SpecRefused
from desktop_client.jobs.projects.drafting import Opened
from desktop_client.state.projects.wizard import STEPS
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.projects.wizard_page import WizardPage
from desktop_client.upload.projects.options import Outline, ProjectOptions, outline_of
from tests.helpers.desktop.writing import BOB, IDS, Servers
from tests.helpers.window import FakeDesk

Opener = Callable[..., WizardPage]
PROJECT = "ab" * 16
OUTLINE = outline_of(ProjectOptions("films", IDS[:2], members={"alice": "owner", "bob": "editor"}, learning_rate="0.5"))


def fill(page: WizardPage) -> None:
    """Everything that has no usual value."""
    page.wizard.set("name", "films")
    page.wizard.toggle_dataset(IDS[0])
    page.wizard.toggle_dataset(IDS[1])


def written(page: WizardPage) -> Opened:
    """What is being written."""
    found = page.wizard.writing
    assert found is not None
    return found


def composed(page: WizardPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.publishing.composed):
        page.go("review")


def test_steps_keep_what_was_chosen_on_the_way_forth_and_back(wizard: Opener) -> None:
    page = wizard()
    fill(page)
    page.wizard.choose_model("mlp")
    page.wizard.set("training.epochs", 9)
    before = page.wizard.outline
    for _ in STEPS:
        page.next.click()
    assert page.step == "review"
    for _ in STEPS:
        page.back.click()
    assert (page.step, page.wizard.outline) == ("about", before)
    assert not page.back.isEnabled()


def test_stepper_shows_what_is_right_once_it_was_seen(wizard: Opener) -> None:
    page = wizard()
    page.go("data")
    names = {name: made.accessibleName() for name, made in page.stepper.buttons.items()}
    assert (names["about"], names["data"], names["model"]) == ("Basics needs attention", "Data", "Model")
    fill(page)
    page.go("model")
    assert page.stepper.buttons["about"].accessibleName() == "Basics done"
    page.stepper.buttons["people"].click()
    assert page.step == "people"


def test_review_lists_what_is_missing_and_leads_there(wizard: Opener) -> None:
    page = wizard()
    page.go("review")
    assert set(page.wizard.problems) == {"name", "datasets"}
    assert not page.review.open_points.isHidden() and not page.sign.isEnabled()
    page.review.step_wanted.emit("data")
    assert page.step == "data"


def test_project_is_signed_created_and_gone_to(wizard: Opener, servers: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = wizard()
    went: list[tuple[str, str]] = []
    said: list[str] = []
    desk.page_wanted.connect(lambda name, subject: went.append((name, subject)))
    desk.notice_shown.connect(said.append)
    fill(page)
    composed(page, qtbot)
    identity = written(page).id
    found = page.publishing.specification
    assert found is not None and found.hash in [label.text() for label in page.review.signed.findChildren(QLabel)]
    page.review.days.setValue(30)
    page.review.remind.setChecked(True)
    with qtbot.waitSignal(page.publishing.created):
        page.sign.click()
    assert went == [("project", identity)]
    assert servers.projects[identity]["body"] == found.body
    assert {one["dataset"] for one in servers.consents} == {IDS[0]}
    assert servers.reminded == [identity, identity]
    assert said == ["The project is at both servers. You have consented for 1 data set."]


def test_created_without_a_consent_if_nobody_ticks_it(wizard: Opener, servers: Servers, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    composed(page, qtbot)
    page.review.consent.setChecked(False)
    assert not page.review.days.isEnabled()
    with qtbot.waitSignal(page.publishing.created):
        page.sign.click()
    assert (servers.consents, len(servers.projects)) == ([], 1)


def test_a_change_after_the_review_needs_another_one(wizard: Opener, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    composed(page, qtbot)
    assert page.sign.isEnabled()
    page.wizard.set("training.epochs", 7)
    assert page.publishing.specification is None and not page.sign.isEnabled()
    page.go("training")
    composed(page, qtbot)
    found = page.publishing.specification
    assert found is not None and found.training.epochs == 7


def test_without_an_estimate_the_cost_card_says_why(wizard: Opener, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    with qtbot.waitSignal(page.publishing.not_estimated):
        page.go("review")
    assert page.review.cost.about.text().startswith("The servers give no estimate. There is no such route.")


def test_what_the_servers_refuse_is_told(wizard: Opener, desk: FakeDesk, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    composed(page, qtbot)
    desk.office.both("create_project", SpecRefused("A data set is switched off.", field="datasets"))
    with qtbot.waitSignal(page.publishing.failed):
        page.sign.click()
    assert "A data set is switched off." in page.banner.text.text()
    assert page.sign.isEnabled()


def test_draft_is_saved_and_opened_again(wizard: Opener, servers: Servers, desk: FakeDesk, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    with qtbot.waitSignal(page.publishing.saved):
        page.save.click()
    assert page.subtitle.text() == "Draft, version 1 by alice. It binds nobody."
    assert not page.save.isEnabled()
    identity = written(page).id
    page.wizard.set("training.epochs", 11)
    assert page.save.isEnabled()
    with qtbot.waitSignal(page.publishing.saved):
        page.next.click()
    again = wizard(identity)
    assert again.wizard.outline == page.wizard.outline
    assert (again.wizard.value("training.epochs"), written(again).version) == (11, 2)
    assert servers.drafts[identity]["body"]["version"] == 2


def test_draft_without_a_name_gets_one(wizard: Opener, servers: Servers, qtbot: QtBot) -> None:
    page = wizard()
    with qtbot.waitSignal(page.publishing.saved):
        page.save.click()
    assert [one["body"]["name"] for one in servers.drafts.values()] == ["New project"]


def test_draft_is_not_saved_by_itself_while_keys_are_locked(wizard: Opener, servers: Servers, desk: FakeDesk) -> None:
    servers.add_draft(OUTLINE, PROJECT)
    page = wizard(PROJECT)
    desk.office.lock()
    page.wizard.set("name", "other")
    page.next.click()
    assert servers.drafts[PROJECT]["body"]["version"] == 1 and page.wizard.is_dirty


@pytest.mark.parametrize("is_theirs", [True, False])
def test_two_who_write_are_asked_whose_it_shall_be(
    is_theirs: bool, wizard: Opener, servers: Servers, qtbot: QtBot
) -> None:
    servers.add_draft(OUTLINE, PROJECT)
    page = wizard(PROJECT)
    servers.add_draft(replace(OUTLINE, name="theirs"), PROJECT, 2, BOB)
    page.wizard.set("name", "mine")
    with qtbot.waitSignal(page.publishing.conflict):
        page.save.click()
    question = page._question
    assert question is not None and "bob has saved version 2" in question.text.text()
    if is_theirs:
        with qtbot.waitSignal(page.wizard.loaded):
            next(one for one in question.findChildren(QPushButton) if one.text() == "Take theirs").click()
        assert (page.wizard.value("name"), page.title.text()) == ("theirs", "theirs")
    else:
        with qtbot.waitSignal(page.publishing.saved):
            question.yes.click()
        assert (servers.drafts[PROJECT]["body"]["name"], servers.drafts[PROJECT]["body"]["version"]) == ("mine", 3)


def test_next_revision_shows_what_differs(wizard: Opener, servers: Servers, qtbot: QtBot) -> None:
    servers.add_project(OUTLINE, PROJECT)
    page = wizard(PROJECT)
    assert (page.title.text(), page.sign.text()) == ("Revision 2 of films", "Sign and publish")
    page.wizard.set("training.epochs", 8)
    composed(page, qtbot)
    assert "training.epochs: 4 → 8" in page.review.signed.changed.text()
    assert page.review.signed.heading_changes.text() == "What differs from revision 1"


def test_editor_of_a_draft_writes_but_does_not_sign(wizard: Opener, servers: Servers, qtbot: QtBot) -> None:
    members = {"bob": "owner", "alice": "editor"}
    servers.add_draft(replace(OUTLINE, members=members), PROJECT, 1, BOB)
    page = wizard(PROJECT)
    page.wizard.set("training.epochs", 3)
    assert page.save.isEnabled()
    composed(page, qtbot)
    assert not page.sign.isEnabled() and not page.review.open_points.isHidden()


def test_viewer_of_a_draft_only_looks(wizard: Opener, servers: Servers) -> None:
    servers.add_draft(replace(OUTLINE, members={"bob": "owner", "alice": "viewer"}), PROJECT, 1, BOB)
    page = wizard(PROJECT)
    page.wizard.set("name", "other")
    assert not page.save.isEnabled()


def test_leaving_for_another_subject_is_asked_about(wizard: Opener, servers: Servers, qtbot: QtBot) -> None:
    servers.add_draft(OUTLINE, PROJECT)
    page = wizard()
    page.wizard.set("name", "unsaved")
    page.open("")
    assert page._question is None and page.wizard.value("name") == "unsaved"
    page.open(PROJECT)
    assert page._question is not None and page.wizard.value("name") == "unsaved"
    with qtbot.waitSignal(page.wizard.loaded):
        page._question.yes.click()
    assert page.wizard.value("name") == "films"


def test_subject_that_nobody_knows_is_an_error_in_the_page(
    wizard: Opener, servers: Servers, desk: FakeDesk, qtbot: QtBot
) -> None:
    page = WizardPage(desk)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.wizard.failed):
        page.open("cd" * 16)
    assert not page.banner.isHidden() and page.stack.isHidden()


def test_news_bring_other_data_sets_and_leave_choices_alone(wizard: Opener, desk: FakeDesk, qtbot: QtBot) -> None:
    page = wizard()
    fill(page)
    before: Outline = page.wizard.outline
    gone = [one for one in desk.office.a.answers["datasets"] if one["id"] != IDS[1]]
    desk.office.both("datasets", gone)
    with qtbot.waitSignal(page.wizard.catalogued):
        page.refresh()
    assert page.wizard.outline == before
    assert "datasets" in page.wizard.problems


def test_errors_of_saving_are_told(wizard: Opener, desk: FakeDesk, qtbot: QtBot) -> None:
    page = wizard()
    desk.office.both("save_draft", Conflict("You have 100 drafts."))
    desk.office.both("draft", NotFound("There is no such draft."))
    with qtbot.waitSignal(page.publishing.failed):
        page.save.click()
    assert not page.banner.isHidden()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_step_fits_the_smallest_window_in_both_languages(
    language: str, wizard: Opener, qtbot: QtBot, qapp: QApplication
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        page = wizard()
        fill(page)
        for name in STEPS:
            page.go(name)
            qapp.processEvents()
            bar = page._areas[name].horizontalScrollBar()
            assert bar.maximum() == 0, f"{name} is {bar.maximum()} pixels too wide"
        titles = [made.text() for made in page.stepper.buttons.values()]
        assert titles[1] == {"en": "2 Data", "zh_CN": "2 数据"}[language]
    finally:
        languages.use("en")
