"""A question to the servers: its stages, and what becomes of its images afterwards."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs.models.queries import STAGES
from desktop_client.state.models.asking import Asking, Questions
from desktop_client.ui import icons
from desktop_client.ui.pages.model import words
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.ui.widgets.progress import Bar, pace_text

_DONE, _NOW, _LATER = ("circle-check", "good"), ("loader-circle", "accent"), ("circle", "muted")
_SIDE: Final = 16


class QueryCard(Card):
    """Hidden until a question was asked. ``answered(job)`` once for each answer, ``failed(error)`` if none comes."""

    answered = Signal(str)
    failed = Signal(object)

    def __init__(self, questions: Questions) -> None:
        super().__init__(self.tr("Secret-shared query"))
        self._questions, self._job = questions, ""
        self._told: set[int] = set()
        self._marks, self._names = [label() for _ in STAGES], [label(words.stage(stage)) for stage in STAGES]
        steps = row(spacing=6)
        for mark, name in zip(self._marks, self._names, strict=True):
            steps.addWidget(mark)
            steps.addWidget(name)
            steps.addSpacing(10)
        steps.addStretch(1)
        self.progress = Bar()
        self.stop = button(self.tr("Stop"), lambda: questions.stop(self._job), "flat")
        self.working = boxed(row(self.progress, self.stop))
        self.left = label(
            self.tr("The servers still have the shares of these images, as a data set of yours. Delete them?"), "", True
        )
        self.delete = button(self.tr("Delete them"), self._ask_delete, "danger", "trash-2")
        self.keep = button(self.tr("Keep them"), lambda: questions.keep_images(self._job), "flat")
        rest = row(self.left, self.keep, self.delete, spacing=12)
        rest.setStretch(0, 1)
        self.leftover = boxed(rest)
        self.add(boxed(column(steps)), self.working, self.leftover)
        self.dialog: Question | None = None
        questions.moved.connect(self._moved)
        questions.failed.connect(self._not_deleted)
        self.hide()

    def use(self, job: str) -> None:
        """Questions about the model of another job from now on."""
        self._job = job
        self._moved(job)

    def _moved(self, job: str) -> None:
        if job != self._job:
            return
        asking = self._questions.of(job)
        self.setVisible(asking is not None)
        if asking is None:
            return
        self._show_steps(asking)
        self.working.setVisible(asking.is_running)
        self.leftover.setVisible(bool(asking.dataset) and not asking.is_running)
        if not asking.is_running and asking.task.number not in self._told:
            self._told.add(asking.task.number)
            if asking.answered is not None:
                self.answered.emit(job)
            elif asking.error is not None and not isinstance(asking.error, Cancelled):
                self.failed.emit(asking.error)

    def _show_steps(self, asking: Asking) -> None:
        place = STAGES.index(asking.step.stage) if asking.answered is None else len(STAGES)
        for number, (mark, name) in enumerate(zip(self._marks, self._names, strict=True)):
            sign, colour = _DONE if number < place else _NOW if number == place else _LATER
            if number == place and asking.error is not None:
                sign, colour = "circle-x", "bad"
            mark.setPixmap(icons.pixmap(sign, _SIDE, colour, self.devicePixelRatioF()))
            name.setEnabled(number <= place)
        step = asking.step
        share = min(step.done / step.total, 1.0) if step.total else None
        self.progress.name.setText(words.stage(step.stage))
        self.progress.show_share(share, pace_text(asking.task) if step.stage in ("split", "upload") else "")

    def _ask_delete(self) -> None:
        self.dialog = confirm(
            self, self.tr("Delete the images of this test?"),
            self.tr("Both servers delete their shares and give you a signed receipt. The result stays with you."),
            self.tr("Delete"), lambda: self._questions.delete_images(self._job), is_danger=True,
        )  # fmt: skip
        self.dialog.setWindowModality(Qt.WindowModality.WindowModal)

    def _not_deleted(self, job: str, error: AppError) -> None:
        if job == self._job:
            self.failed.emit(error)
