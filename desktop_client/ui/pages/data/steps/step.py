"""What every step of bringing in images is, and the strip that shows where one is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.widgets.basics import row


class Step(QWidget):
    """``changed`` when :attr:`is_complete` or :attr:`problem` may have changed."""

    changed = Signal()

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__()
        self.desk, self.draft = desk, draft

    def enter(self) -> None:
        """The step is shown from now on."""

    def leave(self) -> None:
        """Another step is shown: take over what stands in fields."""

    @property
    def problem(self) -> str:
        """What hinders going on, as a sentence; nothing if one can."""
        return ""


class Stepper(QWidget):
    """The names of all steps; those that can be gone to are buttons. ``wanted(place)`` when one is pressed."""

    wanted = Signal(int)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.buttons: list[QToolButton] = []
        group = QButtonGroup(self)
        layout = row(spacing=4)
        for place, name in enumerate(names):
            made = QToolButton()
            made.setObjectName("step")
            made.setText(f"{place + 1}  {name}")
            made.setCheckable(True)
            made.setAccessibleName(self.tr("Step %1: %2").replace("%1", str(place + 1)).replace("%2", name))
            made.clicked.connect(lambda checked=False, place=place: self.wanted.emit(place))
            group.addButton(made)
            layout.addWidget(made)
            self.buttons.append(made)
        layout.addStretch(1)
        self.setLayout(layout)

    def show_place(self, place: int, reachable: int, is_locked: bool = False) -> None:
        """``place`` is current; steps up to ``reachable`` can be gone to, unless all is ``is_locked``."""
        for number, made in enumerate(self.buttons):
            made.setChecked(number == place)
            made.setEnabled(number == place or (number <= reachable and not is_locked))
