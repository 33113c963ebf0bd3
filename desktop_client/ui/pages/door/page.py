"""What stands before the window: connect, register, wait to be approved, log in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QWidget

from common.errors import AppError
from desktop_client.jobs.office import Person
from desktop_client.state.desk import Desk
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.state.preferences import Appearance
from desktop_client.state.session import Session
from desktop_client.ui import icons
from desktop_client.ui.language import NAMES
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.door.connect import ConnectStep
from desktop_client.ui.pages.door.keys import MoveStep, NewKeysStep
from desktop_client.ui.pages.door.login import LoginStep
from desktop_client.ui.pages.door.register import RegisterStep
from desktop_client.ui.pages.door.step import Step
from desktop_client.ui.pages.door.waiting import WaitingStep
from desktop_client.ui.widgets.basics import Card, boxed, column, label, row
from desktop_client.ui.widgets.picture import Picture

_WIDTH: Final = 560
_SIDE: Final = 380


class Door(QWidget):
    """Comes back by itself if this device remembers a login."""

    def __init__(self, desk: Desk, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk, self.session = desk, session
        self.entrance = Entrance(desk, self)
        self.steps: dict[Stage, Step] = {
            Stage.CONNECT: ConnectStep(self.entrance),
            Stage.REGISTER: RegisterStep(self.entrance),
            Stage.WAITING: WaitingStep(self.entrance),
            Stage.LOGIN: LoginStep(self.entrance),
            Stage.MOVE: MoveStep(self.entrance),
            Stage.NEW_KEYS: NewKeysStep(self.entrance),
        }
        card = Card().add(*self.steps.values())
        card.setFixedWidth(_WIDTH)
        right = boxed(column(None, row(None, card, None), None))
        self.area = scrolled(right)
        inner = column(row(None, *self._choosers()), self.area, spacing=8)
        inner.setContentsMargins(24, 16, 24, 16)
        self.setLayout(row(self._side(), inner, spacing=0))
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.entrance.cancel)
        self.entrance.stage_changed.connect(self._show_stage)
        self.entrance.busy_changed.connect(self._show_busy)
        self.entrance.failed.connect(self.show_error)
        self.entrance.entered.connect(self._entered)
        self.entrance.settle()

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.entrance.stage]

    @property
    def banner(self) -> _Told:
        """Where the window says why somebody is back here."""
        return _Told(self)

    def open_again(self) -> None:
        """Somebody logged out or starts: nothing of the one before is shown."""
        for step in self.steps.values():
            step.forget()
            step.banner.hide()
        self.entrance.settle()

    def start(self, kit: Path | None) -> None:
        """The program was started, maybe with a kit: connect to it, or try the login that this device remembers."""
        self.entrance.start(kit)

    def _show_stage(self, stage: str) -> None:
        step = self.steps[Stage(stage)]
        for one in self.steps.values():
            one.setVisible(one is step)
        step.banner.hide()
        step.open()

    def _show_busy(self, what: str) -> None:
        self.step.show_busy(what)
        if what:
            # Once the layout has made room for it.
            QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self.step.stop))

    def show_error(self, error: AppError) -> None:
        """Why it did not work, where it is seen."""
        self.step.show_error(error)
        self.area.verticalScrollBar().setValue(0)

    def _entered(self, person: Person) -> None:
        for step in self.steps.values():
            step.forget()
        self.session.enter(person)

    def _choosers(self) -> tuple[QComboBox, QComboBox]:
        preferences = self.desk.preferences
        language, appearance = QComboBox(), QComboBox()
        language.setAccessibleName(self.tr("Language"))
        appearance.setAccessibleName(self.tr("Appearance"))
        for code, name in NAMES.items():
            language.addItem(icons.icon("languages", "muted"), name, code)
        looks = (
            (Appearance.SYSTEM, "monitor", self.tr("As the desktop")),
            (Appearance.LIGHT, "sun", self.tr("Light")),
            (Appearance.DARK, "moon", self.tr("Dark")),
        )
        for value, icon, text in looks:
            appearance.addItem(icons.icon(icon, "muted"), text, value.value)
        language.setCurrentIndex(language.findData(preferences.language))
        appearance.setCurrentIndex(appearance.findData(preferences.appearance.value))
        language.activated.connect(lambda: preferences.set_language(language.currentData()))
        appearance.activated.connect(lambda: preferences.set_appearance(Appearance(appearance.currentData())))
        self._appearance = appearance
        preferences.changed.connect(self._follow)
        return language, appearance

    def _follow(self, name: str) -> None:
        if name == "appearance":
            self._appearance.setCurrentIndex(self._appearance.findData(self.desk.preferences.appearance.value))

    def _side(self) -> QFrame:
        """What this program does, for those who meet it here."""
        mark = Picture("shield-check", 40)
        mark.setAlignment(Qt.AlignmentFlag.AlignLeft)
        points = (
            ("split", self.tr("Split on this machine"),
             self.tr("Every image becomes two shares that look like noise. One goes to each server.")),
            ("file-text", self.tr("Nothing without your consent"),
             self.tr("You sign exactly what your data is used for, and can take it back.")),
            ("scroll-text", self.tr("Everything on record"),
             self.tr("A log that nobody can rewrite shows who did what; you can check it yourself.")),
        )  # fmt: skip
        layout = column(None, mark, label("ImageGuard", "title"), spacing=10, margins=36)
        layout.addWidget(label(self.tr("Train models on images that stay secret."), "heading", True))
        layout.addSpacing(20)
        for icon, heading, text in points:
            picture = Picture(icon, 20)
            line = row(
                picture, column(label(heading, "strong", True), label(text, "muted", True), spacing=2), spacing=12
            )
            line.setStretch(1, 1)
            line.setAlignment(picture, Qt.AlignmentFlag.AlignTop)
            layout.addLayout(line)
            layout.addSpacing(8)
        layout.addStretch(1)
        made = QFrame()
        made.setObjectName("sidebar")
        made.setFixedWidth(_SIDE)
        made.setLayout(layout)
        return made


class _Told:
    """Errors that belong to whatever step is shown."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def show_error(self, error: AppError) -> None:
        self._door.show_error(error)
