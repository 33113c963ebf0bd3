"""Register with an invitation, or as the first administrator with the tokens of the nodes."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit

from common.errors import AppError, WrongPassword
from desktop_client.jobs import entry
from desktop_client.jobs.entry import Application
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.ui.pages.door.step import Step, form
from desktop_client.ui.widgets.basics import boxed, button, column, label, row
from desktop_client.ui.widgets.password import NewPassword
from desktop_client.upload.identity.account import device_name


class RegisterStep(Step):
    """Name and organisation as in the invitation, its code, and a new password."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(
            entrance,
            self.tr("Register"),
            self.tr("Your keys are made on this device and never leave it. Nobody can reset the password."),
        )
        self.where = label("", "strong", True)
        self.name, self.organisation, self.code, self.device = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setPlaceholderText(self.tr("Small letters, digits, dots and dashes"))
        self.organisation.setPlaceholderText(self.tr("Spelled as in your invitation"))
        self.is_first = QCheckBox(self.tr("I set this deployment up and have the tokens of its nodes"))
        self.is_first.toggled.connect(self._show_way)
        self.tokens = {role: QLineEdit() for role in ("a", "b", "log")}
        self._code_box = boxed(form((self.tr("Invitation code"), self.code)))
        names = (self.tr("Token of server A"), self.tr("Token of server B"), self.tr("Token of the log node"))
        token_rows = zip(names, self.tokens.values(), strict=True)
        self._token_box = boxed(form(*token_rows))
        self._token_box.hide()
        self.password = NewPassword(lambda: self.name.text())
        self.register = button(self.tr("Register"), self._register, "primary", "user-plus")
        about = form((self.tr("User name"), self.name), (self.tr("Organisation"), self.organisation))
        rest = form((self.tr("Name of this device"), self.device), (self.tr("Password"), self.password))
        ways = row(
            button(self.tr("Another deployment"), lambda: entrance.go(Stage.CONNECT), "flat"),
            button(self.tr("Import keys"), lambda: entrance.go(Stage.MOVE), "flat"),
            None,
            self.register,
        )
        self.add(self.where, about, column(self._code_box, self.is_first, self._token_box), rest, ways)
        for field in (self.name, self.organisation, self.code, self.device, *self.tokens.values()):
            field.textChanged.connect(self._check)
        self.password.changed.connect(self._check)
        self.password.second.returnPressed.connect(self.register.click)
        self._check()

    def open(self) -> None:
        office = self.entrance.office
        deployment, known = entry.known_deployment(office), entry.known_user(office)
        self.where.setText(deployment.name if deployment else "")
        if known is not None:
            user = office.profile.user()
            self.name.setText(user.name)
            self.organisation.setText(user.organisation)
        self.name.setReadOnly(known is not None)
        self.device.setText(self.device.text() or device_name())
        (self.name if known is None else self.code).setFocus()

    def forget(self) -> None:
        self.password.forget()
        for field in (self.code, *self.tokens.values()):
            field.clear()

    def offer(self, error: AppError) -> None:
        if isinstance(error, WrongPassword):
            self.banner.text.setText(
                self.tr(
                    "This device has keys of an earlier try already. Enter the password of that time, or make new keys."
                )
            )
            self.act(self.tr("Make new keys"), lambda: self.entrance.go(Stage.NEW_KEYS))

    def _show_way(self, is_first: bool) -> None:
        self._code_box.setVisible(not is_first)
        self._token_box.setVisible(is_first)
        self._check()

    def _codes(self) -> str | dict[str, str]:
        if not self.is_first.isChecked():
            return self.code.text().strip()
        found = {role: field.text().strip().removeprefix(f"{role}=") for role, field in self.tokens.items()}
        return found if all(found.values()) else ""

    def _check(self) -> None:
        given = self.name.text().strip() and self.organisation.text().strip() and self._codes() and self.password.value
        self.register.setEnabled(bool(given))

    def _register(self) -> None:
        self.entrance.register(
            Application(
                self.name.text().strip(),
                self.organisation.text().strip(),
                self.password.value,
                self._codes(),
                self.device.text().strip(),
            )
        )
