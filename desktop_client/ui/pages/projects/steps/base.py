"""What every step of the wizard is: fields that show a value and take another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.fields import Field
from desktop_client.ui.widgets.basics import column, label

NARROW: Final = 220


class Step(QWidget):
    """One step: ``fields`` by the name that the specification has for them. Subclasses fill ``body`` and
    :meth:`show_all`.
    """

    def __init__(self, wizard: Wizard, name: str, title: str, text: str) -> None:
        super().__init__()
        self.wizard, self.step, self.title = wizard, name, title
        self.fields: dict[str, Field] = {}
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(16)
        self.about = label(text, "muted", True)
        self.body.addLayout(column(label(title, "heading"), self.about, spacing=2))
        self.setLayout(self.body)

    def show_all(self) -> None:
        """Show what is chosen; nobody has chosen anything by that."""

    def show_problems(self) -> None:
        """Tell what is wrong beside the field it is about."""
        for name, field in self.fields.items():
            field.show_problem(self.wizard.problems.get(name))

    def entered(self) -> None:
        """The step is shown from now on."""

    def refreshed(self) -> None:
        """There is something else to choose from."""

    def field(self, name: str, title: str, control: QWidget, hint: str = "") -> Field:
        """A control for a field of the specification."""
        self.fields[name] = Field(title, control, hint)
        return self.fields[name]

    def combo(
        self, name: str, choices: list[tuple[Any, str]], take: Callable[[Any], object] | None = None
    ) -> QComboBox:
        """A list of values of a field to choose from."""
        box = QComboBox()
        for value, text in choices:
            box.addItem(text, value)
        chosen = take or (lambda value: self.wizard.set(name, value))
        box.activated.connect(lambda: chosen(box.currentData()))
        return box

    def number(self, name: str, low: int, high: int, suffix: str = "") -> QSpinBox:
        """A whole number of a field."""
        box = QSpinBox(minimum=low, maximum=high)
        box.setSuffix(suffix)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self.wizard.set(name, value))
        return box

    def decimal(self, name: str) -> QLineEdit:
        """A decimal of a field: text as the specification takes it."""
        line = QLineEdit()
        line.setMaxLength(14)
        line.textEdited.connect(lambda text: self.wizard.set(name, text.strip().replace(",", ".")))
        return line


def show_value(control: QWidget, value: Any) -> None:
    """Put a value into a control; one that is there already stays, and with it the place of the cursor."""
    control.blockSignals(True)
    if isinstance(control, QComboBox):
        place = control.findData(value)
        if place < 0:
            control.addItem(str(value), value)
            place = control.count() - 1
        control.setCurrentIndex(place)
    elif isinstance(control, QSpinBox):
        if control.value() != value:
            control.setValue(value)
    elif isinstance(control, QLineEdit) and control.text().strip().replace(",", ".") != value:
        control.setText(str(value))
    control.blockSignals(False)
