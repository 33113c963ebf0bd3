"""The list of pages at the left."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QSizePolicy, QToolButton, QWidget

from desktop_client.ui import icons
from desktop_client.ui.pages.registry import BY_NAME, PAGES
from desktop_client.ui.widgets.basics import column, label, row

_WIDTH = 208


class Sidebar(QFrame):
    """``chosen(name)`` when the person goes to a page."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(_WIDTH)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        mark = QLabel()
        mark.setPixmap(icons.pixmap("shield-check", 24, "accent", self.devicePixelRatioF()))
        layout = column(row(mark, label("ImageGuard", "heading"), None), 10, spacing=4, margins=12)
        for entry in PAGES:
            if entry.icon:
                layout.addWidget(self._button(entry.name, entry.shown_title(), entry.icon))
        layout.addStretch(1)
        self.setLayout(layout)

    def show_current(self, name: str) -> None:
        """Mark the page, or the one that it belongs to."""
        found = self.buttons.get(BY_NAME[name].belongs_to or name)
        if found is not None:
            found.setChecked(True)

    def show_for(self, is_administrator: bool) -> None:
        """Hide what only administrators may do."""
        for name, one in self.buttons.items():
            one.setVisible(is_administrator or not BY_NAME[name].is_for_administrators)

    def show_count(self, name: str, count: int) -> None:
        """A number behind the title of a page, such as of what waits there."""
        title = BY_NAME[name].shown_title()
        self.buttons[name].setText(f"{title}  ({count})" if count else title)

    def _button(self, name: str, title: str, icon: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName("nav")
        made.setText(title)
        made.setCheckable(True)
        made.setIcon(icons.icon(icon))
        made.setIconSize(QSize(26, 18))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.setAccessibleName(title)
        made.clicked.connect(lambda: self.chosen.emit(name))
        self._group.addButton(made)
        self.buttons[name] = made
        return made
