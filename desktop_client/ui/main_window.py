"""The one window: the door while nobody is logged in, the shell afterwards, and what interrupts both."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QStackedWidget

from common.errors import AppError
from desktop_client.jobs import entry
from desktop_client.jobs.office import Person
from desktop_client.state.desk import Desk
from desktop_client.state.session import Session
from desktop_client.ui import icons
from desktop_client.ui.frame.shell import Shell
from desktop_client.ui.frame.unlocking import Unlocking
from desktop_client.ui.pages.door.page import Door
from desktop_client.ui.widgets.banner import Toast
from desktop_client.ui.widgets.dialogs import ErrorDialog, confirm

_SMALLEST = (1024, 640)
_USUAL = (1280, 820)


class MainWindow(QMainWindow):
    """Made anew when the language changes; everything that lasts is in the desk and the session."""

    def __init__(self, desk: Desk, session: Session) -> None:
        super().__init__()
        self.desk, self.session = desk, session
        self.setWindowTitle("ImageGuard")
        self.setWindowIcon(icons.icon("shield-check", "accent"))
        self.setMinimumSize(*_SMALLEST)
        self.resize(*_USUAL)
        self.restoreGeometry(desk.preferences.layout("window"))
        self.stack = QStackedWidget()
        self.door = Door(desk, session)
        self.shell: Shell | None = None
        self.stack.addWidget(self.door)
        self.setCentralWidget(self.stack)
        self.toast = Toast(self)
        self.unlocking = Unlocking(self, desk)
        self._may_close = False
        self._wires: tuple[tuple[SignalInstance, Callable[..., None]], ...] = (
            (desk.error_shown, self._show_error),
            (desk.notice_shown, self.toast.say),
            (desk.password_wanted, self.unlocking.ask),
            (session.entered, self._enter),
            (session.login_ended, self._login_ended),
            (desk.left, self.leave),
        )
        for signal, slot in self._wires:
            signal.connect(slot)
        if desk.person is not None:
            self._enter(desk.person)

    def leave(self) -> None:
        """Log out here: the door again, and nothing of what was shown, opened or under way stays in memory."""
        self.unlocking.close()
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        self.toast.hide()
        self.desk.clear()
        self.session.leave()
        if self.shell is not None:
            self.stack.removeWidget(self.shell)
            self.shell.deleteLater()
            self.shell = None
        self.stack.setCurrentWidget(self.door)
        self.door.open_again()

    def retire(self) -> None:
        """Another window has taken over: close without asking and let go of the desk and the session."""
        self.unlocking.close()
        for signal, slot in self._wires:
            signal.disconnect(slot)
        self._may_close = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before work is broken off; it goes on the next time the program is started."""
        running = len(self.desk.tasks.running)
        if running and not self._may_close:
            event.ignore()
            text = self.tr("Uploads go on where they were the next time; trainings on the servers go on by themselves.")
            heading = self.tr("%n task(s) still run. Close anyway?", "", running)
            confirm(self, heading, text, self.tr("Close"), self._close_now)
            return
        self.desk.preferences.set_layout("window", self.saveGeometry())
        self.desk.preferences.save()
        super().closeEvent(event)

    def _close_now(self) -> None:
        self._may_close = True
        self.close()

    def _enter(self, person: Person) -> None:
        self.shell = Shell(self.desk, self.session)
        self.shell.sidebar.show_for(person.is_administrator)
        self.shell.topbar.person.setText(person.name)
        self.shell.topbar.person.setAccessibleName(person.name)
        menu = self.shell.topbar.menu
        menu.addAction(icons.icon("settings"), self.tr("Settings"), lambda: self.desk.go("settings"))
        menu.addAction(icons.icon("log-out"), self.tr("Log out"), self._log_out)
        self.stack.addWidget(self.shell)
        self.stack.setCurrentWidget(self.shell)
        self.shell.inbox.refresh()
        self.shell.go("dashboard")

    def _log_out(self) -> None:
        running = len(self.desk.tasks.running)
        if not running:
            self._log_out_now()
            return
        text = self.tr("They stop. Uploads go on where they were once you are back; trainings go on by themselves.")
        heading = self.tr("%n task(s) still run. Log out anyway?", "", running)
        confirm(self, heading, text, self.tr("Log out"), self._log_out_now)

    def _log_out_now(self) -> None:
        if self.shell is not None:
            self.shell.setEnabled(False)
        self.desk.clear()
        self.desk.run(lambda: entry.log_out(self.desk.office), lambda _: self.leave(), self._left_anyway)

    def _left_anyway(self, error: AppError) -> None:
        self.leave()
        self.desk.show_error(error)

    def _login_ended(self, error: AppError) -> None:
        self.leave()
        self.door.banner.show_error(error)

    def _show_error(self, error: AppError) -> None:
        ErrorDialog(self, error).open()
