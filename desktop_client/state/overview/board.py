"""What the dashboard shows: asked for anew when something changed, and while trainings run."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.overview.summary import Summary, look
from desktop_client.jobs.trainings.rows import Listed, list_trainings
from desktop_client.state.desk import Desk

_PERIOD_MS: Final = 2500


class BoardControl(QObject):
    """``shown(summary)`` after each look, ``moved(summary)`` when only trainings came further, ``failed(error)``."""

    shown = Signal(object)
    moved = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.summary: Summary | None = None
        self._asking: Handle | None = None
        self._counting: Handle | None = None
        self._period = QTimer(self, singleShot=True, interval=_PERIOD_MS)
        self._period.timeout.connect(self.count)
        desk.gone.connect(self._forget)

    def refresh(self) -> None:
        """Ask anew; an answer to an older question is not shown any more."""
        self._drop()
        self._asking = self._desk.run(lambda: look(self._desk.office), self._looked, self._broke)

    def count(self) -> None:
        """Ask only how far the trainings are."""
        if self._counting is None and self._asking is None:
            self._counting = self._desk.run(lambda: list_trainings(self._desk.office), self._counted, self._lost)

    def close(self) -> None:
        """Nobody looks any more."""
        self._drop()

    def _looked(self, summary: Summary) -> None:
        self._asking = None
        self.summary = summary
        self.shown.emit(summary)
        self._go_on()

    def _counted(self, listed: Listed) -> None:
        self._counting = None
        if self.summary is not None:
            self.summary = replace(self.summary, trainings=listed.trainings, away=listed.away)
            self.moved.emit(self.summary)
        self._go_on()

    def _lost(self, error: AppError) -> None:
        # The frame shows that a node is away; the next question may be answered.
        self._counting = None
        self._go_on()

    def _broke(self, error: AppError) -> None:
        self._asking = None
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _go_on(self) -> None:
        if self.summary is not None and any(one.is_running for one in self.summary.trainings):
            self._period.start()

    def _drop(self) -> None:
        self._period.stop()
        for handle in (self._asking, self._counting):
            if handle is not None:
                handle.drop()
        self._asking = self._counting = None

    def _forget(self) -> None:
        self._drop()
        self.summary = None
