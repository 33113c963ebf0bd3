"""What stands before the login: connect, register, log in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLineEdit, QWidget

from common.errors import AppError
from desktop_client.jobs import entry
from desktop_client.jobs.office import Person
from desktop_client.state.desk import Desk
from desktop_client.state.session import Session
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, button, column, label, row


class Door(QWidget):
    """Comes back by itself if this device remembers a login."""

    def __init__(self, desk: Desk, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk, self.session = desk, session
        self.banner = Banner()
        self.password = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(self.tr("Password"))
        self.log_in = button(self.tr("Log in"), self._log_in, "primary")
        card = Card()
        card.add(label("ImageGuard", "title"), self.banner, self.password, self.log_in)
        self.setLayout(row(None, column(None, card, None), None))

    def open_again(self) -> None:
        """Somebody logged out or starts: nothing of the one before is shown."""
        self.password.clear()
        self.banner.hide()

    def start(self, kit: Path | None) -> None:
        """The program was started, maybe with a kit: connect to it, or try the login that this device remembers."""
        self.desk.bridge.run(lambda: entry.come_back(self.desk.office), self._entered, lambda error: None)

    def _log_in(self) -> None:
        password = self.password.text()
        self.desk.bridge.run(lambda: entry.log_in(self.desk.office, password), self._entered, self._refused)

    def _entered(self, person: Person) -> None:
        self.password.clear()
        self.desk.touch()
        self.session.enter(person)

    def _refused(self, error: AppError) -> None:
        self.banner.show_error(error)
