"""The row of steps above the wizard: which one is shown, which are right and which are not."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from desktop_client.ui import icons

_SIDE = 18


def step_titles() -> dict[str, str]:
    """Names of all steps, short enough for a row."""
    names = {
        "about": QT_TRANSLATE_NOOP("Steps", "Basics"),
        "data": QT_TRANSLATE_NOOP("Steps", "Data"),
        "model": QT_TRANSLATE_NOOP("Steps", "Model"),
        "hiding": QT_TRANSLATE_NOOP("Steps", "Hiding"),
        "training": QT_TRANSLATE_NOOP("Steps", "Training"),
        "preparation": QT_TRANSLATE_NOOP("Steps", "Preparation"),
        "people": QT_TRANSLATE_NOOP("Steps", "People"),
        "review": QT_TRANSLATE_NOOP("Steps", "Review"),
    }
    return {step: QCoreApplication.translate("Steps", str(name)) for step, name in names.items()}


class Stepper(QWidget):
    """``chosen(name)`` when a person goes to a step. Every step can be gone to at any time."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QToolButton] = {}
        self._titles = step_titles()
        box = QHBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for number, (name, title) in enumerate(self._titles.items(), start=1):
            made = QToolButton()
            made.setObjectName("step")
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setText(f"{number} {title}")
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.clicked.connect(partial(self.chosen.emit, name))
            self.buttons[name] = made
            box.addWidget(made)
        self.setLayout(box)

    def show_current(self, name: str) -> None:
        self.buttons[name].setChecked(True)

    def show_state(self, name: str, is_seen: bool, is_wrong: bool) -> None:
        """A tick once it was seen and is right, a warning if it is not."""
        made = self.buttons[name]
        picture, colour = ("circle-alert", "bad") if is_wrong and is_seen else ("circle-check", "good")
        made.setIcon(icons.icon(picture, colour) if is_seen else icons.icon("circle", "muted"))
        state = self.tr("needs attention") if is_wrong and is_seen else self.tr("done") if is_seen else ""
        made.setAccessibleName(f"{self._titles[name]} {state}".strip())
