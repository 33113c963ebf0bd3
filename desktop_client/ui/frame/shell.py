"""The window's inside once somebody is logged in: side bar, top bar, and one page at a time."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QTableView, QWidget

from common.errors import AppError
from desktop_client.state.desk import Desk
from desktop_client.state.identity.approvals import Inbox
from desktop_client.state.session import Session
from desktop_client.ui.frame.sidebar import Sidebar
from desktop_client.ui.frame.tasks_panel import TasksPanel
from desktop_client.ui.frame.topbar import Topbar
from desktop_client.ui.page import Page
from desktop_client.ui.pages.registry import BY_NAME
from desktop_client.ui.widgets.basics import column, row

_MAX_HISTORY = 50


class Shell(QWidget):
    """Pages are made when they are first gone to; ``current`` is the one that is shown."""

    def __init__(self, desk: Desk, session: Session) -> None:
        super().__init__()
        self.setObjectName("root")
        self.desk, self.session = desk, session
        self.sidebar, self.topbar = Sidebar(), Topbar()
        self.panel = TasksPanel(desk.tasks, self)
        self.inbox = Inbox(desk, self)
        self._stack = QStackedWidget()
        self._stack.setObjectName("pages")
        self._pages: dict[str, Page] = {}
        self._history: list[tuple[str, str]] = []
        self.current: tuple[str, str] = ("", "")
        right = column(self.topbar, self._stack, spacing=0)
        self.setLayout(row(self.sidebar, right, spacing=0))
        self._connect()

    def go(self, name: str, subject: str = "", is_back: bool = False) -> None:
        """Show a page for a subject; unknown names go to the first page."""
        name = name if name in BY_NAME else "dashboard"
        page = self.page(name)
        if self.current[0] and not is_back and self.current != (name, subject):
            self._history = [*self._history[-_MAX_HISTORY:], self.current]
        if self.current[0]:
            self._pages[self.current[0]].leave()
        self.current = (name, subject)
        self._stack.setCurrentWidget(page)
        self.sidebar.show_current(name)
        self.topbar.where.setText(BY_NAME[name].shown_title())
        self.topbar.show_back(bool(self._history))
        page.open(subject)

    def page(self, name: str) -> Page:
        """The page of this name, made if it was not yet."""
        if name not in self._pages:
            made = BY_NAME[name].build(self.desk)
            for table in made.findChildren(QTableView):
                table.setAccessibleName(table.accessibleName() or BY_NAME[name].shown_title())
            self._pages[name] = made
            self._stack.addWidget(made)
        return self._pages[name]

    def back(self) -> None:
        if self._history:
            name, subject = self._history.pop()
            self.go(name, subject, is_back=True)

    def refresh(self) -> None:
        """Have the page that is shown ask anew."""
        if self.current[0]:
            self._pages[self.current[0]].refresh()

    def _connect(self) -> None:
        self.sidebar.chosen.connect(self.go)
        self.topbar.back.connect(self.back)
        self.topbar.refresh_wanted.connect(self.refresh)
        self.topbar.tasks_wanted.connect(self._open_tasks)
        self.topbar.lock_pressed.connect(self._toggle_lock)
        self.desk.page_wanted.connect(self.go)
        # Methods, not functions: what is connected to the desk must end with this widget.
        self.desk.tasks.changed.connect(self._show_tasks)
        self.desk.lock_changed.connect(self.topbar.show_lock)
        self.session.link_changed.connect(self._show_link)
        self.session.news.connect(self._heard)
        self.desk.waiting_changed.connect(self._show_waiting)
        self._show_tasks()
        for role, trouble in self.session.links.items():
            self._show_link(role, trouble)
        self.topbar.show_lock(self.desk.office.is_unlocked)
        for keys, slot in (
            (QKeySequence.StandardKey.Back, self.back),
            (QKeySequence.StandardKey.Refresh, self.refresh),
        ):
            QShortcut(QKeySequence(keys), self, slot)
        for number, name in enumerate(self.sidebar.buttons, start=1):
            if number <= 9:
                QShortcut(QKeySequence(f"Ctrl+{number}"), self, lambda name=name: self.go(name))

    def _show_tasks(self) -> None:
        self.topbar.show_tasks(len(self.desk.tasks.running))

    def _show_link(self, role: str, trouble: AppError | None) -> None:
        self.topbar.show_link(role, True, trouble)

    def _show_waiting(self, count: int) -> None:
        self.sidebar.show_count("approvals", count)

    def _heard(self, kinds: object) -> None:
        self.refresh()
        self.inbox.refresh()

    def _open_tasks(self) -> None:
        place = self.topbar.tasks.mapToGlobal(QPoint(0, self.topbar.tasks.height() + 6))
        self.panel.move(place.x() - self.panel.width() + self.topbar.tasks.width(), place.y())
        self.panel.show()
        self.panel.setFocus(Qt.FocusReason.PopupFocusReason)

    def _toggle_lock(self) -> None:
        if self.desk.office.is_unlocked:
            self.desk.lock()
        else:
            self.desk.password_wanted.emit(self.desk.touch, lambda: None)
