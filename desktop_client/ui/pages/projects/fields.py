"""What a choice looks like: a control with its name and what is wrong with it, and cards to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from common.errors import AppError
from desktop_client.ui.pages.projects.refusals import refusal_text
from desktop_client.ui.widgets.basics import Card, label, restyle


class Field(QWidget):
    """A control under its name; what is wrong is told below it in red."""

    def __init__(self, name: str, control: QWidget, hint: str = "") -> None:
        super().__init__()
        self.control = control
        self.name = label(name, "strong")
        self.name.setBuddy(control)
        if name:
            control.setAccessibleName(name)
        self.hint, self.problem = label(hint, "small", True), label("", "bad", True)
        # Shown by its parent: a widget that is told to be visible before it has one becomes a window.
        for text in (self.name, self.hint, self.problem):
            if not text.text():
                text.hide()
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for part in (self.name, control, self.hint, self.problem):
            box.addWidget(part)
        self.setLayout(box)

    def say(self, hint: str) -> None:
        """Another explanation."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def show_problem(self, error: AppError | None) -> None:
        """What is wrong with the choice, or nothing."""
        text = "" if error is None else refusal_text(error)
        if text != self.problem.text():
            self.problem.setText(text)
            self.problem.setVisible(bool(text))
            self.control.setAccessibleDescription(text)
            restyle(self.control, state="bad" if text else "")


class Choices(QWidget):
    """Cards of which one is chosen; arrow keys go from one to the next. ``chosen(value)`` when a person chooses."""

    chosen = Signal(str)

    def __init__(self, name: str, options: Sequence[tuple[str, str, str]], columns: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, QRadioButton] = {}
        self.remarks: dict[str, QLabel] = {}
        self.cards: dict[str, Card] = {}
        self._group = QButtonGroup(self)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(10)
        for number, (value, title, text) in enumerate(options):
            card = self._card(value, title, text)
            grid.addWidget(card, number // columns, number % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        self.setLayout(grid)
        self._group.buttonToggled.connect(lambda *_: self._mark())

    @property
    def value(self) -> str:
        """What is chosen; nothing at first."""
        return next((value for value, button in self.buttons.items() if button.isChecked()), "")

    def choose(self, value: str) -> None:
        """Choose without telling."""
        with QSignalBlocker(self._group):
            if value in self.buttons:
                self.buttons[value].setChecked(True)
        self._mark()

    def remark(self, value: str, text: str, role: str = "small") -> None:
        """A last line on a card, such as a number that goes with it."""
        self.remarks[value].setText(text)
        self.remarks[value].setVisible(bool(text))
        restyle(self.remarks[value], role=role)

    def allow(self, value: str, is_allowed: bool) -> None:
        self.buttons[value].setEnabled(is_allowed)
        self.cards[value].setEnabled(is_allowed)

    def _card(self, value: str, title: str, text: str) -> Card:
        card, button = Card(), QRadioButton(title)
        button.setProperty("value", value)
        button.setAccessibleDescription(text)
        button.toggled.connect(lambda is_on: self._told(value) if is_on else None)
        self._group.addButton(button)
        about, remark = label(text, "muted", True), label("", "small", True)
        remark.hide()
        card.body.setSpacing(6)
        card.body.setContentsMargins(14, 12, 14, 12)
        card.add(button, about, remark)
        card.body.addStretch(1)
        card.pressed.connect(lambda: button.click() if button.isEnabled() else None)
        self.buttons[value], self.remarks[value], self.cards[value] = button, remark, card
        return card

    def _told(self, value: str) -> None:
        if not self._group.signalsBlocked():
            self.chosen.emit(value)

    def _mark(self) -> None:
        for value, card in self.cards.items():
            is_chosen = self.buttons[value].isChecked()
            if card.property("selected") != is_chosen:
                restyle(card, selected=is_chosen)
