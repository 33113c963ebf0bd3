"""Log in with the password that opens the keys of this device."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from common.errors import AppError, DeviceUnknown, KeysReplaced, StoreDamaged, WrongPassword
from desktop_client.jobs import entry
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.ui.pages.door.step import Step, form
from desktop_client.ui.widgets.basics import button, label, row
from desktop_client.ui.widgets.password import PasswordField


class LoginStep(Step):
    """Whose device this is, the password, and whether the login is remembered."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(entrance, self.tr("Welcome back"), "")
        self.who = label("", "heading", True)
        self.where = label("", "muted", True)
        self.password = PasswordField(self.tr("Password"))
        self.password.returnPressed.connect(self._log_in)
        self.remember = QCheckBox(self.tr("Stay logged in on this device"))
        self.remember.setToolTip(
            self.tr("A login token is kept on this device, never the password. Signing asks for the password again.")
        )
        self.remember.toggled.connect(entrance.desk.preferences.set_remembers_login)
        self.log_in = button(self.tr("Log in"), self._log_in, "primary", "log-in")
        self.password.textChanged.connect(lambda text: self.log_in.setEnabled(bool(text)))
        self.log_in.setEnabled(False)
        lost = button(self.tr("Password lost"), lambda: entrance.go(Stage.NEW_KEYS), "flat")
        again = button(self.tr("Register again"), lambda: entrance.go(Stage.REGISTER), "flat")
        move = button(self.tr("Import keys"), lambda: entrance.go(Stage.MOVE), "flat")
        self.add(self.who, self.where, form((self.tr("Password"), self.password)))
        self.add(self.remember, row(None, self.log_in), row(lost, move, again, None, spacing=0))

    def open(self) -> None:
        user, deployment = entry.known_user(self.entrance.office), entry.known_deployment(self.entrance.office)
        self.who.setText(user.name if user else "")
        self.where.setText(deployment.name if deployment else "")
        self.remember.setChecked(self.entrance.desk.preferences.remembers_login)
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        self.password.forget()

    def show_error(self, error: AppError) -> None:
        super().show_error(error)
        if isinstance(error, WrongPassword):
            self.password.selectAll()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer(self, error: AppError) -> None:
        ways = {
            DeviceUnknown.code: (self.tr("Introduce this device"), self.entrance.introduce),
            KeysReplaced.code: (self.tr("Import keys"), lambda: self.entrance.go(Stage.MOVE)),
            StoreDamaged.code: (self.tr("Import keys"), lambda: self.entrance.go(Stage.MOVE)),
        }
        if error.code in ways:
            text, pressed = ways[error.code]
            self.act(text, pressed)

    def _log_in(self) -> None:
        if self.password.text():
            self.entrance.log_in(self.password.text())
