"""What all steps of the door have in common: a heading, a message, a body, and what is shown while something runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QLayout, QProgressBar, QSizePolicy, QWidget

from common.errors import AppError
from desktop_client.state.identity.door import Entrance
from desktop_client.ui.pages.door import words
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import boxed, button, column, label, row


class Step(QWidget):
    """Subclasses fill ``body``, and override :meth:`open`, :meth:`forget` and :meth:`offer`."""

    def __init__(self, entrance: Entrance, heading: str, text: str) -> None:
        super().__init__()
        self.entrance = entrance
        self.heading, self.text = label(heading, "title", True), label(text, "muted", True)
        if not text:
            self.text.hide()
        self.banner = Banner(is_narrow=True)
        self._pressed: Callable[[], object] = lambda: None
        self.banner.action.clicked.connect(lambda: self._pressed())
        self._inner = column(spacing=12)
        self._box = boxed(self._inner)
        self.progress = QProgressBar(maximum=0, textVisible=False)
        self.doing = label("", "muted", True)
        self.stop = button(self.tr("Cancel"), entrance.cancel)
        self._busy = boxed(column(self.progress, row(self.doing, None, self.stop), spacing=8))
        self._busy.hide()
        self.setLayout(column(self.heading, self.text, self.banner, self._box, self._busy, None, spacing=12))

    def add(self, *items: QWidget | QLayout) -> None:
        for item in items:
            if isinstance(item, QWidget):
                self._inner.addWidget(item)
            else:
                self._inner.addLayout(item)

    def open(self) -> None:
        """The step is about to be shown."""

    def forget(self) -> None:
        """Nothing that was typed stays."""

    def offer(self, error: AppError) -> None:
        """Put a way on beside the message, if there is one here."""

    def act(self, text: str, pressed: Callable[[], object]) -> None:
        """A button beside the message."""
        self._pressed = pressed
        self.banner.action.setText(text)
        self.banner.action.show()

    def show_error(self, error: AppError) -> None:
        """Why it did not work and what to do."""
        self.banner.action.hide()
        told = words.told(error)
        self.banner.say(told.sentence, words.tone(error), told.heading, told.details)
        self.offer(error)

    def show_busy(self, what: str) -> None:
        """Nothing can be pressed but Cancel while something runs; with no ``what`` it is over."""
        says = {
            "come-back": self.tr("Using the login of this device…"),
            "read": self.tr("Reading…"),
            "connect": self.tr("Connecting…"),
            "register": self.tr("Making keys and introducing you to the three nodes…"),
            "log-in": self.tr("Opening your keys and logging in…"),
            "check": self.tr("Asking the nodes…"),
            "move": self.tr("Opening the file and introducing this device…"),
        }
        if what:
            self.banner.hide()
        self._box.setEnabled(not what)
        self.doing.setText(says.get(what, ""))
        self._busy.setVisible(bool(what))
        if what:
            self.stop.setFocus(Qt.FocusReason.OtherFocusReason)


def form(*rows: tuple[str, QWidget]) -> QFormLayout:
    """Fields below their names."""
    made = QFormLayout()
    made.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
    made.setVerticalSpacing(6)
    for name, field in rows:
        shown = QLabel(name)
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setBuddy(field)
        field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        made.addRow(shown, field)
    return made


def in_groups(fingerprint: str, size: int = 8, line: int = 4) -> str:
    """A long hexadecimal fingerprint in groups that people can read out, ``line`` groups a line."""
    groups = [fingerprint[at : at + size] for at in range(0, len(fingerprint), size)]
    return "\n".join("  ".join(groups[at : at + line]) for at in range(0, len(groups), line))
