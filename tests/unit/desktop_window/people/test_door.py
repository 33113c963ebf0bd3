"""The door of the window: every step, what is busy, what is refused, and that nothing typed stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from common.deployment import Deployment
from common.errors import (
    AccountDisabled,
    AppError,
    DeviceUnknown,
    KeysReplaced,
    NodeUnreachable,
    NotApproved,
    RateLimited,
    StoreDamaged,
    TokenExpired,
    UnknownCertificate,
    WrongPassword,
)
from desktop_client.jobs import entry
from desktop_client.jobs.office import Office, Person
from desktop_client.keystore import Cost
from desktop_client.state.identity.door import Stage
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.door.connect import ConnectStep
from desktop_client.ui.pages.door.login import LoginStep
from desktop_client.ui.pages.door.page import Door
from desktop_client.ui.pages.door.register import RegisterStep
from desktop_client.ui.pages.door.waiting import WaitingStep
from desktop_client.upload.identity.account import Person as Applicant
from desktop_client.upload.identity.account import prepare_profile
from tests.helpers.desktop.fake_nodes import make_deployment
from tests.helpers.desktop.identity_nodes import CHEAP, CLINIC, PASSWORD, RNG
from tests.helpers.window import FakeDesk

CODE = "A" * 32


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cost.__init__, "__defaults__", (CHEAP.passes, CHEAP.memory))


@pytest.fixture
def kit(tmp_path: Path) -> Deployment:
    """A kit in ``tmp_path/nodes/kit``."""
    return make_deployment(tmp_path / "nodes", {"a": 1, "b": 2, "log": 3})["a"].deployment


@pytest.fixture
def door(desk: FakeDesk, qtbot: QtBot) -> Iterator[Door]:
    """The door of a device that belongs to nobody yet."""
    made = Door(desk, desk.session)
    made.resize(1280, 720)
    qtbot.addWidget(made)
    made.show()
    yield made


@pytest.fixture
def known(desk: FakeDesk, kit: Deployment, door: Door) -> Door:
    """The same of a device where bob has registered."""
    prepare_profile(desk.office.profile, kit, Applicant("bob", CLINIC, "laptop"), PASSWORD, RNG, CHEAP)
    door.open_again()
    return door


def connect(door: Door) -> ConnectStep:
    step = door.step
    assert isinstance(step, ConnectStep)
    return step


def test_new_device_is_connected_by_a_dropped_kit_and_then_registers(
    door: Door, kit: Deployment, tmp_path: Path, qtbot: QtBot
) -> None:
    step = connect(door)
    assert not step.connect_button.isEnabled()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "nodes" / "kit"))])
    at, keys = QPointF(9, 9), Qt.KeyboardModifier.NoModifier
    step.drop.dropEvent(QDropEvent(at, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys))
    qtbot.waitUntil(lambda: step.compare.isVisible())
    assert step.mark.text().replace("\n", "").replace(" ", "") == kit.fingerprint
    assert "node-a   https://127.0.0.1:1" in step.nodes.text() and step.name.text() == "test"
    step.accept.click()
    qtbot.waitUntil(lambda: door.entrance.stage is Stage.REGISTER)
    assert door.desk.office.profile.deployment().fingerprint == kit.fingerprint


def test_deployment_that_is_another_one_is_not_kept(door: Door, kit: Deployment, tmp_path: Path, qtbot: QtBot) -> None:
    step = connect(door)
    door.start(tmp_path / "nodes" / "kit")
    qtbot.waitUntil(lambda: step.compare.isVisible())
    step.another.click()
    assert step.search.isVisible() and not door.desk.office.profile.deployment_path.exists()


def test_file_that_is_no_deployment_says_which_to_choose(door: Door, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "x.json").write_text("[]")
    door.start(tmp_path / "x.json")
    qtbot.waitUntil(lambda: connect(door).banner.isVisible())
    assert door.step.banner.heading.text() == "This file is not a deployment"


def test_address_and_fingerprint_are_asked_for_together(
    door: Door, kit: Deployment, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    async def ask(office: object, address: str, expected: str) -> Deployment:
        asked.append((address, expected))
        if len(asked) == 1:
            raise UnknownCertificate("another")
        return kit

    monkeypatch.setattr(entry, "ask_deployment", ask)
    step = connect(door)
    step.address.setText("a.example:9001")
    assert not step.connect_button.isEnabled()
    step.fingerprint.setText(kit.fingerprint)
    step.connect_button.click()
    qtbot.waitUntil(lambda: step.banner.isVisible())
    assert step.banner.heading.text() == "This is not the deployment you expect"
    QTest.keyClick(step.fingerprint, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: step.compare.isVisible())
    assert asked == [("a.example:9001", kit.fingerprint)] * 2


def registering(door: Door, kit: Deployment, qtbot: QtBot) -> RegisterStep:
    door.desk.bridge.run(lambda: entry.adopt(door.desk.office, kit), lambda _: door.entrance.settle())
    qtbot.waitUntil(lambda: door.entrance.stage is Stage.REGISTER)
    step = door.step
    assert isinstance(step, RegisterStep)
    step.name.setText("bob")
    step.organisation.setText(CLINIC)
    return step


def test_registration_needs_everything_and_ends_with_the_fingerprint_to_read_out(
    door: Door, kit: Deployment, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[entry.Application] = []

    async def register(office: Office, application: entry.Application) -> entry.Registered:
        given.append(application)
        keys = prepare_profile(office.profile, kit, Applicant("bob", CLINIC), PASSWORD, RNG, CHEAP)
        office.use(keys)
        found = entry.known_user(office)
        assert found is not None
        return found

    monkeypatch.setattr(entry, "register", register)
    step = registering(door, kit, qtbot)
    step.code.setText(CODE)
    step.password.first.setText("short")
    step.password.second.setText("short")
    assert not step.register.isEnabled() and step.password.hint.text().startswith("5 more")
    step.password.first.setText(PASSWORD)
    assert not step.register.isEnabled() and step.password.hint.text() == "The two are not the same yet."
    step.password.second.setText(PASSWORD)
    step.register.click()
    qtbot.waitUntil(lambda: door.entrance.stage is Stage.WAITING)
    assert (given[0].name, given[0].organisation, given[0].password, given[0].codes) == ("bob", CLINIC, PASSWORD, CODE)
    waiting = door.step
    assert isinstance(waiting, WaitingStep)
    known = entry.known_user(door.desk.office)
    assert known is not None and waiting.mark.text().split() == known.fingerprint.split()
    waiting.copy.click()
    assert QGuiApplication.clipboard().text().split() == known.fingerprint.split()


def test_first_administrator_enters_a_token_of_each_node(door: Door, kit: Deployment, qtbot: QtBot) -> None:
    step = registering(door, kit, qtbot)
    step.is_first.setChecked(True)
    assert step.tokens["a"].isVisible() and not step.code.isVisible()
    step.password.first.setText(PASSWORD)
    step.password.second.setText(PASSWORD)
    for role, field in step.tokens.items():
        assert not step.register.isEnabled()
        field.setText(f"{role}=token-{role}")
    assert step._codes() == {"a": "token-a", "b": "token-b", "log": "token-log"} and step.register.isEnabled()


def test_check_again_logs_in_once_it_is_approved(
    known: Door, desk: FakeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[AppError | Person] = [NotApproved("not yet"), Person("bob", CLINIC)]

    async def again(office: object) -> Person:
        found = answers.pop(0)
        if isinstance(found, AppError):
            raise found
        return found

    monkeypatch.setattr(entry, "log_in_again", again)
    monkeypatch.setattr(desk.session, "enter", lambda person: desk.session.entered.emit(person))
    monkeypatch.setattr(type(desk.office), "is_unlocked", property(lambda self: True))
    known.entrance.go(Stage.WAITING)
    step = known.step
    assert isinstance(step, WaitingStep)
    step.check.click()
    qtbot.waitUntil(lambda: step.banner.isVisible())
    assert step.banner.heading.text() == "Not approved yet"
    with qtbot.waitSignal(desk.session.entered) as signal:
        step.check.click()
    assert signal.args == [Person("bob", CLINIC)]


def login(door: Door) -> LoginStep:
    step = door.step
    assert isinstance(step, LoginStep)
    return step


@pytest.mark.parametrize(
    "error, heading, action",
    [
        (WrongPassword(), "The password is wrong", ""),
        (AccountDisabled(), "Your account is locked", ""),
        (DeviceUnknown(), "The nodes do not know this device", "Introduce this device"),
        (KeysReplaced(), "Your account has newer keys than this device", "Import keys"),
        (StoreDamaged(), "The key file is damaged", "Import keys"),
        (NodeUnreachable("away", node="b"), "A node cannot be reached (server B)", ""),
        (RateLimited(), "Too many attempts", ""),
        (TokenExpired(), "Your login has ended", ""),
    ],
    ids=lambda value: value.code if isinstance(value, AppError) else "",
)
def test_every_reason_not_to_come_in_has_its_own_sentence_and_next_step(
    known: Door, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, error: AppError, heading: str, action: str
) -> None:
    async def refuse(office: object, password: str) -> Person:
        raise error

    monkeypatch.setattr(entry, "log_in", refuse)
    step = login(known)
    step.password.setText("whatever it is")
    step.log_in.click()
    qtbot.waitUntil(lambda: step.banner.isVisible())
    assert step.banner.heading.text() == heading and len(step.banner.text.text()) > 30
    assert (step.banner.action.text() if step.banner.action.isVisible() else "") == action
    assert step.log_in.isEnabled()


def test_account_that_waits_leads_to_the_fingerprint(
    known: Door, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(office: object, password: str) -> Person:
        raise NotApproved("not yet")

    monkeypatch.setattr(entry, "log_in", refuse)
    login(known).password.setText(PASSWORD)
    login(known).log_in.click()
    qtbot.waitUntil(lambda: known.entrance.stage is Stage.WAITING)


def test_while_it_works_nothing_can_be_pressed_and_escape_stops_it(
    known: Door, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(office: object, password: str) -> Person:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(entry, "log_in", never)
    step = login(known)
    step.password.setText(PASSWORD)
    QTest.keyClick(step.password, Qt.Key.Key_Return)
    assert known.entrance.is_busy and not step.password.isEnabled() and step.stop.isVisible()
    known.activateWindow()
    QTest.keyClick(known, Qt.Key.Key_Escape)
    assert not known.entrance.is_busy and step.password.isEnabled()
    assert step.banner.heading.text() == "Stopped"


def test_real_wrong_password_is_found_on_this_machine(known: Door, qtbot: QtBot) -> None:
    step = login(known)
    step.password.setText("not the password")
    step.log_in.click()
    qtbot.waitUntil(lambda: step.banner.isVisible())
    assert step.banner.heading.text() == "The password is wrong"


def test_login_is_remembered_unless_the_person_says_otherwise(known: Door, desk: FakeDesk) -> None:
    desk.office.profile.save_tokens({"a": "0" * 64})
    assert login(known).remember.isChecked() and desk.preferences.remembers_login
    login(known).remember.click()
    assert not desk.preferences.remembers_login
    known.start(None)
    assert desk.office.profile.tokens() == {} and not known.entrance.is_busy


def test_nothing_that_was_typed_stays(known: Door) -> None:
    login(known).password.setText(PASSWORD)
    known.open_again()
    assert login(known).password.text() == ""


def test_lost_password_puts_the_old_keys_aside(known: Door, desk: FakeDesk, qtbot: QtBot) -> None:
    known.entrance.go(Stage.NEW_KEYS)
    known.entrance.put_keys_aside()
    qtbot.waitUntil(lambda: known.entrance.stage is Stage.REGISTER)
    step = known.step
    assert isinstance(step, RegisterStep) and step.name.text() == "bob" and step.name.isReadOnly()
    assert (desk.office.profile.root / "keys-1.enc").exists() and not desk.office.profile.keys_path.exists()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_step_fits_beside_the_picture_in_both_languages(
    desk: FakeDesk, kit: Deployment, qapp: QApplication, qtbot: QtBot, language: str
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    try:
        prepare_profile(desk.office.profile, kit, Applicant("bob", CLINIC, "laptop"), PASSWORD, RNG, CHEAP)
        door = Door(desk, desk.session)
        qtbot.addWidget(door)
        door.resize(1280, 720)
        door.show()
        for stage in Stage:
            door.entrance.go(stage)
            assert door.step.minimumSizeHint().width() <= 528, stage
            assert door.step.heading.text()
        assert door.minimumSizeHint().width() <= 1024
    finally:
        languages.use("en")
