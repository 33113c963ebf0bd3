"""Messages inside a page and in passing: what happened, what it means, what to do, and details on demand."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QWidget

from common.errors import AppError
from desktop_client.ui import icons
from desktop_client.ui.messages import Told, tell
from desktop_client.ui.widgets.basics import button, column, copy_text, label, restyle, row

_ICONS: Final = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}
_TOAST_MS: Final = 4000


class Banner(QFrame):
    """Hidden until it has something to say; the person may close it. ``is_narrow`` puts its buttons below the text."""

    def __init__(self, parent: QWidget | None = None, is_narrow: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._picture = QLabel()
        self.heading, self.text = label("", "strong", True), label("", "", True)
        self.details = label("", "mono", True)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.hide()
        self._more = button(self.tr("Details"), self._toggle, "flat")
        self._copy = button(self.tr("Copy"), self._copy_all, "flat", "copy")
        self._close = button("", self.hide, "flat", "x")
        self._close.setAccessibleName(self.tr("Close this message"))
        self.action = QPushButton()
        self.action.hide()
        text = column(self.heading, self.text, self.details, spacing=4)
        buttons = row(self._close) if is_narrow else row(self.action, self._more, self._copy, self._close)
        if is_narrow:
            text.addLayout(row(self.action, self._more, self._copy, None))
        outer = row(self._picture, text, buttons, spacing=10, margins=10)
        outer.setStretch(1, 1)
        outer.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        outer.setAlignment(buttons, Qt.AlignmentFlag.AlignTop)
        self.setLayout(outer)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def say(self, text: str, tone: str = "info", heading: str = "", details: str = "") -> None:
        """Show a message; ``tone`` is info, good, warn or bad."""
        restyle(self, tone=tone)
        self._picture.setPixmap(
            icons.pixmap(_ICONS[tone], 18, "accent" if tone == "info" else tone, self.devicePixelRatioF())
        )
        for place, shown in ((self.heading, heading), (self.text, text), (self.details, details)):
            place.setText(shown)
            place.setVisible(bool(shown))
        self.details.hide()
        self._more.setVisible(bool(details))
        self._copy.setVisible(bool(details))
        self.setAccessibleName(f"{heading} {text}".strip())
        self.show()
        self.fit()

    def fit(self) -> None:
        """As tall as the text needs at this width: layouts around it do not always ask."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setMinimumHeight(max(layout.totalHeightForWidth(self.width()), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def show_error(self, error: AppError) -> None:
        """Say what happened, what it means for the data and what to do."""
        told: Told = tell(error)
        self.say(told.sentence, "bad", told.heading, told.details)

    def _toggle(self) -> None:
        self.details.setVisible(self.details.isHidden())
        self.fit()

    def _copy_all(self) -> None:
        copy_text("\n".join((self.heading.text(), self.text.text(), self.details.text())))


class Toast(QFrame):
    """A sentence at the lower edge that goes away by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self._parent = parent
        self._text = label("")
        self.setLayout(row(self._text, margins=10))
        self._timer = QTimer(self, singleShot=True, interval=_TOAST_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        area = self._parent.rect()
        self.move(QPoint((area.width() - self.width()) // 2, area.height() - self.height() - 28))
        self.show()
        self.raise_()
        self._timer.start()
