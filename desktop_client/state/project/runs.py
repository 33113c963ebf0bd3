"""Runs of a project: measures of those that ended, read one after the other, and two of them side by side."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.models.comparison import Comparison, compare_jobs, read_run
from desktop_client.jobs.models.runs import Run
from desktop_client.jobs.trainings.rows import Training
from desktop_client.state.desk import Desk

_AGAIN_MS: Final = 8000


class RunsControl(QObject):
    """``known(run)`` for each run that was read, ``compared(comparison)``, ``failed(error)``."""

    known = Signal(object)
    compared = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.runs: dict[str, Run] = {}
        self._waiting: list[str] = []
        self._reading: Handle | None = None
        self._comparing: Handle | None = None
        self._failed: list[str] = []
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        desk.gone.connect(self._forget)

    def read(self, trainings: Iterable[Training]) -> None:
        """Read those that have ended and are not known yet; the first of them first."""
        self._waiting = [one.job for one in trainings if one.state.is_final and one.job not in self.runs]
        self._next()

    def compare(self, first: str, second: str) -> None:
        """Put two runs side by side; an older question is not answered any more."""
        if self._comparing is not None:
            self._comparing.drop()
        self._comparing = self._desk.run(
            lambda: compare_jobs(self._desk.office, first, second), self._compared, self._cannot
        )

    def close(self) -> None:
        """Nobody looks any more."""
        self._again.stop()
        self._waiting.clear()
        self._failed.clear()
        for handle in (self._reading, self._comparing):
            if handle is not None:
                handle.drop()
        self._reading = self._comparing = None

    def _next(self) -> None:
        if self._reading is None and self._waiting:
            job = self._waiting.pop(0)
            self._reading = self._desk.run(
                lambda: read_run(self._desk.office, job), partial(self._read, job), lambda error: self._read(job, None)
            )

    def _read(self, job: str, run: Run | None) -> None:
        self._reading = None
        # One that cannot be read now has no measures in the list for a while; to compare it says why.
        if run is None:
            self._failed.append(job)
            self._again.start()
        else:
            self.runs[job] = run
            self.known.emit(run)
        self._next()

    def _try_again(self) -> None:
        self._waiting += [job for job in self._failed if job not in self._waiting]
        self._failed.clear()
        self._next()

    def _forget(self) -> None:
        self.close()
        self.runs.clear()

    def _compared(self, found: Comparison) -> None:
        self._comparing = None
        self.compared.emit(found)

    def _cannot(self, error: AppError) -> None:
        self._comparing = None
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
