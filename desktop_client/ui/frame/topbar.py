"""The strip above every page: back, connections, tasks, the lock of the keys, and who is here."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QWidget

from common.errors import AppError
from desktop_client.ui import icons
from desktop_client.ui.widgets.basics import Badge, label, row

_ROLES = ("a", "b", "log")


class Topbar(QFrame):
    """Signals say what was pressed; what is shown is set by the window."""

    back = Signal()
    tasks_wanted = Signal()
    lock_pressed = Signal()
    refresh_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self._back = self._tool("arrow-left", self.tr("Back"), self.back)
        self._refresh = self._tool("refresh-cw", self.tr("Refresh"), self.refresh_wanted)
        self.tasks = self._tool("loader-circle", self.tr("Tasks"), self.tasks_wanted, False)
        self.tasks.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.lock = self._tool("lock", self.tr("Keys are locked"), self.lock_pressed)
        self.person = self._tool("user", "", None, False)
        self.person.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.person.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.person.setMenu(self.menu)
        self.where = label("", "muted")
        self._links = {role: Badge() for role in _ROLES}
        layout = row(self._back, self._refresh, self.where, None, *self._links.values(), 8, self.tasks, self.lock)
        layout.addWidget(self.person)
        layout.setContentsMargins(16, 8, 16, 8)
        self.setLayout(layout)
        for role in _ROLES:
            self.show_link(role, False, None)
        self.show_tasks(0)

    def show_link(self, role: str, is_known: bool, trouble: AppError | None) -> None:
        """Whether the node of a role answers."""
        names = {"a": self.tr("Server A"), "b": self.tr("Server B"), "log": self.tr("Log")}
        badge = self._links[role]
        tone = "neutral" if not is_known else "good" if trouble is None else "bad"
        badge.show_state(f"● {names[role]}", tone)
        states = {"neutral": self.tr("connecting"), "good": self.tr("connected"), "bad": self.tr("does not answer")}
        badge.setToolTip(f"{names[role]}: {states[tone]}")
        badge.setAccessibleName(f"{names[role]}: {states[tone]}")

    def show_tasks(self, running: int) -> None:
        """How many tasks run now."""
        self.tasks.setText(self.tr("%n running", "", running) if running else self.tr("Tasks"))
        self.tasks.setIcon(icons.icon("loader-circle" if running else "list", "accent" if running else ""))

    def show_lock(self, is_unlocked: bool) -> None:
        """Whether the keys are unlocked."""
        self.lock.setIcon(icons.icon("lock-open" if is_unlocked else "lock", "warn" if is_unlocked else ""))
        text = self.tr("Keys are unlocked; press to lock them") if is_unlocked else self.tr("Keys are locked")
        self.lock.setToolTip(text)
        self.lock.setAccessibleName(text)

    def show_back(self, is_possible: bool) -> None:
        self._back.setEnabled(is_possible)

    def _tool(self, icon: str, name: str, signal: object, is_alone: bool = True) -> QToolButton:
        made = QToolButton()
        made.setToolTip(name)
        made.setText(name)
        made.setIcon(icons.icon(icon))
        made.setIconSize(QSize(18, 18) if is_alone else QSize(22, 18))
        made.setAccessibleName(name)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if signal is not None:
            made.clicked.connect(signal)
        return made
