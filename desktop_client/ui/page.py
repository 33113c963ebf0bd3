"""What every page is: a heading, a message, and a body that is shown for a subject and refreshed on demand."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from common.errors import AppError
from desktop_client.state.desk import Desk
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import boxed, column, label, row

MARGIN = 24
_W = TypeVar("_W", bound=QWidget)


class Page(QWidget):
    """Built once, shown often. Subclasses fill ``body`` and override :meth:`open`, :meth:`refresh`, :meth:`leave`."""

    def __init__(self, desk: Desk, title: str, subtitle: str = "", is_scrolled: bool = True) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk = desk
        self.title, self.subtitle = label(title, "title"), label(subtitle, "muted", True)
        if not subtitle:
            self.subtitle.hide()
        self.head_actions = row()
        self.banner = Banner()
        self.body = column(spacing=16)
        head = row(column(self.title, self.subtitle, spacing=2), self.head_actions)
        head.setStretch(0, 1)
        head.setAlignment(self.head_actions, Qt.AlignmentFlag.AlignTop)
        inner = column(head, self.banner, self.body, spacing=16)
        inner.setStretch(2, 1)
        whole = boxed(inner)
        inner.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.setLayout(column(scrolled(whole) if is_scrolled else whole, spacing=0))

    def open(self, subject: str) -> None:
        """The page is about to be shown, for a subject such as an id; by default it refreshes itself."""
        self.refresh()

    def refresh(self) -> None:
        """Ask anew for what is shown. Also called when something changed at the nodes while the page is shown."""

    def leave(self) -> None:
        """Another page is shown from now on; what runs only for the eye may end."""

    def add(self, *items: QWidget | QLayout, stretch: int = 0) -> None:
        """Put widgets or layouts at the end of the body."""
        for item in items:
            if isinstance(item, QWidget):
                self.body.addWidget(item, stretch)
            else:
                self.body.addLayout(item, stretch)

    def add_action(self, action: _W) -> _W:
        """Put a button, or whatever belongs there, beside the heading."""
        self.head_actions.addWidget(action)
        return action

    def show_error(self, error: AppError) -> None:
        """Tell in the page what went wrong; what was shown before stays."""
        self.banner.show_error(error)


def scrolled(inner: QWidget) -> QScrollArea:
    """The widget with a vertical scroll bar if it needs one; it is never lower than its text needs."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    inner.installEventFilter(_Tall(inner))
    return area


class _Tall(QObject):
    """Keeps a widget as high as its layout wants at its width: wrapped text has no smallest height of its own."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__(inner)
        self._inner = inner

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            layout = self._inner.layout()
            if layout is not None:
                width = self._inner.width()
                wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
                self._inner.setMinimumHeight(max(wanted, layout.totalMinimumSize().height()))
        return False
