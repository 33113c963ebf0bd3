"""Tests of one model on this machine, and the result that is shown, wherever it was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.models import kept, results
from desktop_client.jobs.models.kept import Prediction, Thumbnail, Trial, TrialOptions
from desktop_client.jobs.task import Task
from desktop_client.state.desk import Desk
from desktop_client.state.models.listing import telling
from desktop_client.state.tasks import Report

HERE, SERVERS, BEFORE = "here", "servers", "before"


@dataclass(frozen=True)
class Result:
    """A trial and where it comes from: this machine, the servers, or a test of before whose images are not known."""

    trial: Trial
    origin: str
    source: Path | None = None
    options: TrialOptions = TrialOptions()


class Trials(QObject):
    """``tested(result)``, ``predicted(prediction)``, ``pictured(thumbnail)``, ``written(out)``; ``busy(task)``."""

    tested = Signal(object)
    predicted = Signal(object)
    pictured = Signal(object)
    written = Signal(str)
    busy = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.file: Path | None = None
        self.result: Result | None = None
        self.task: Task | None = None
        self._looking: Handle | None = None
        self._predicting: Handle | None = None
        desk.tasks.changed.connect(self._tell)

    def use(self, file: Path | None, is_tested: bool) -> None:
        """Another model from now on, or the same again; its last test is shown if there was one."""
        if file == self.file and (self.result is not None or not is_tested):
            return
        self.close()
        if file != self.file:
            self.result = None
        self.file = file
        if file is not None and is_tested:
            self._desk.run(lambda: kept.last_test(self._desk.office, file), partial(self._recalled, file), self._failed)

    def show(self, trial: Trial, origin: str, source: Path | None, options: TrialOptions) -> None:
        """Take this result as the one that is shown."""
        self.result = Result(trial, origin, source, options)
        self.tested.emit(self.result)

    def try_folder(self, source: Path, options: TrialOptions, label: str, subject: str) -> None:
        """Test the model on labelled images of this machine."""
        file = self.file
        if file is None or self.task is not None:
            return

        async def work(report: Report) -> Trial:
            return await kept.try_model(self._desk.office, file, source, options, telling(report))

        def done(found: Trial) -> None:
            self._end()
            if file == self.file:
                self.show(found, HERE, source, options)

        self.task = Task("model-test", label, page=("model", subject))
        self._desk.tasks.start(self.task, work, done, self._broke)
        self._tell()

    def predict(self, image: Path, options: TrialOptions) -> None:
        """Ask the model about one picture; an older question is not answered any more."""
        file = self.file
        if file is None:
            return
        if self._predicting is not None:
            self._predicting.drop()
        self._predicting = self._desk.run(
            lambda: kept.predict_image(self._desk.office, file, image, options), self._said, self._failed
        )

    def stop(self) -> None:
        """Give up the test that runs; the result of before stays."""
        if self.task is not None and self.task.cancel is not None:
            self.task.cancel()

    def look(self, files: Sequence[str]) -> None:
        """Have pictures of the test shown, if its images are on this machine."""
        if self._looking is not None:
            self._looking.drop()
            self._looking = None
        file, result = self.file, self.result
        if file is None or result is None or result.source is None or not files:
            return
        source, options = result.source, result.options

        def on_picture(found: Thumbnail) -> None:
            self._desk.bridge.post(lambda: self._pictured(result, found))

        self._looking = self._desk.run(
            lambda: kept.show_mistakes(self._desk.office, file, source, list(files), options, on_picture),
            None,
            self._failed,
        )

    def write(self, kind: str, out: Path) -> None:
        """Write the result that is shown to a file, see :func:`results.write_results`."""
        result = self.result
        if result is not None:
            evaluation = result.trial.evaluation
            self._desk.run(
                lambda: results.write_results(evaluation, kind, out),
                lambda _: self.written.emit(str(out)),
                self._failed,
            )

    def close(self) -> None:
        """Nobody looks any more; a test that was begun goes on."""
        for handle in (self._looking, self._predicting):
            if handle is not None:
                handle.drop()
        self._looking = self._predicting = None

    def _recalled(self, file: Path, found: Trial | None) -> None:
        if found is not None and file == self.file and self.result is None:
            self.show(found, BEFORE, None, TrialOptions())

    def _said(self, found: Prediction) -> None:
        self._predicting = None
        self.predicted.emit(found)

    def _pictured(self, result: Result, found: Thumbnail) -> None:
        if result is self.result:
            self.pictured.emit(found)

    def _end(self) -> None:
        self.task = None
        self.busy.emit(None)

    def _broke(self, error: AppError) -> None:
        self._end()
        self._failed(error)

    def _tell(self) -> None:
        if self.task is not None:
            self.busy.emit(self.task)

    def _failed(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
