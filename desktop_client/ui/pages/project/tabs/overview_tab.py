"""The project at a glance: the next step, what is trained on what, what changed, and the newest training."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from common.pipeline import JobState
from desktop_client.jobs.trainings.course import Course
from desktop_client.jobs.trainings.rows import Training
from desktop_client.jobs.trainings.standing import ProjectView
from desktop_client.ui.pages.project.changes import sentence
from desktop_client.ui.pages.project.words import job_state, next_step, preparation
from desktop_client.ui.widgets.basics import Badge, Card, button, column, empty, label, row, selectable
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import fill, moment, number, percent, short_id


class OverviewTab(QWidget):
    """``tab_wanted(name)`` and ``model_wanted(job)`` when the person goes where the next step is done."""

    tab_wanted = Signal(str)
    model_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.next = label("", "strong", True)
        self.go = button("", self._go, icon="arrow-right")
        step = Card(self.tr("Next step"))
        line = row(self.next, self.go)
        line.setStretch(0, 1)
        step.add(line)
        self._facts = Card(self.tr("What is agreed"))
        self._form = _form()
        self._facts.add(self._form)
        self._changed = Card(self.tr("What changed"))
        self._sentences = column(spacing=6)
        self._changed.add(self._sentences)
        self.newest = _Newest()
        self.newest.pressed.connect(lambda: self.tab_wanted.emit("training"))
        right = column(self.newest, self._changed, None, spacing=16)
        both = row(column(self._facts, None, spacing=0), right, spacing=16)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        self.setLayout(column(step, both, spacing=16))
        self._target = ("", "")
        self._shown: object = None

    def show_view(self, view: ProjectView, course: Course | None) -> None:
        """The project as it stands."""
        self.next.setText(next_step(view))
        self._show_target(view)
        self.newest.show_training(view, course)
        key = (view.specification.hash, view.created, view.datasets, view.changed)
        if key != self._shown:
            self._shown = key
            self._show_facts(view)
            self._show_changes(view)

    def _show_target(self, view: ProjectView) -> None:
        newest = view.trainings[0] if view.trainings else None
        if not view.is_ready or any(not one.counts for one in view.own):
            self._target = ("consents", "")
            self.go.setText(self.tr("Consents"))
        elif newest is not None and newest.state is JobState.FINISHED:
            self._target = ("", newest.job)
            self.go.setText(self.tr("Open the model"))
        else:
            self._target = ("training", "")
            self.go.setText(self.tr("Training"))
        self.go.setVisible(not view.is_archived)

    def _go(self) -> None:
        tab, job = self._target
        if job:
            self.model_wanted.emit(job)
        elif tab:
            self.tab_wanted.emit(tab)

    def _show_facts(self, view: ProjectView) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        spec = view.specification
        name, trust = preparation(spec.preparation)
        images = sum(one.count for one in view.datasets)
        amount = fill(self.tr("%1 with %2 images"), self.tr("%n data set(s)", "", len(view.datasets)), number(images))
        mask = self.tr("with a random sign mask") if spec.hiding.mask else self.tr("without a sign mask")
        rows = (
            (self.tr("Purpose"), spec.body["purpose"] or "–"),
            (self.tr("Images"), amount),
            (self.tr("Model"), _model(spec)),
            (self.tr("Hiding"), fill(self.tr("%1 images are mixed, %2"), spec.hiding.k, mask)),
            (self.tr("Training"), self._budget(view)),
            (self.tr("Preparation"), f"{name}. {trust}"),
            (self.tr("Model goes to"), ", ".join(spec.recipients)),
            (self.tr("May be tested by"), ", ".join(spec.testers) or self.tr("nobody")),
            (self.tr("Owner"), spec.body["owner"]),
            (self.tr("Revision"), fill(self.tr("%1, published %2"), spec.revision, moment(view.created))),
        )
        for title, text in rows:
            self._form.addRow(label(title, "muted"), label(str(text), "", True))
        self._form.addRow(label(self.tr("Hash"), "muted"), selectable(_grouped(spec.hash)))

    def _budget(self, view: ProjectView) -> str:
        training = view.specification.training
        return fill(
            self.tr("%1 epochs, %2 images per step, %3 with rate %4, %5 images kept back"),
            training.epochs,
            training.batch,
            training.optimizer,
            view.specification.body["training"]["learning_rate"],
            training.validation,
        )

    def _show_changes(self, view: ProjectView) -> None:
        empty(self._sentences)
        revision = view.specification.revision
        if revision == 1:
            self._sentences.addWidget(label(self.tr("This is the first revision."), "muted", True))
            return
        self._sentences.addWidget(label(fill(self.tr("Since revision %1:"), revision - 1), "muted"))
        for one in view.changed:
            self._sentences.addWidget(label(f"• {sentence(one)}", "", True))


class _Newest(Card):
    """The newest training as a bar with a state."""

    def __init__(self) -> None:
        super().__init__()
        self.heading.setText(self.tr("Newest training"))
        self.state = Badge()
        self.head.addWidget(self.heading)
        self.head.addStretch(1)
        self.head.addWidget(self.state)
        self.bar = Bar()
        self.result = label("", "muted", True)
        self.body.addLayout(self.head)
        self.add(self.bar, self.result)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_training(self, view: ProjectView, course: Course | None) -> None:
        newest = view.trainings[0] if view.trainings else None
        for part in (self.state, self.bar):
            part.setVisible(newest is not None)
        if newest is None:
            self.result.setText(self.tr("Nothing has been trained yet."))
            return
        text, tone = job_state(newest.state)
        self.state.show_state(text, tone)
        share = 1.0 if newest.state is JobState.FINISHED else live_share(newest, course)
        colour = {JobState.FINISHED: "good", JobState.FAILED: "bad"}.get(newest.state, "")
        self.bar.name.setText(fill(self.tr("Training %1, revision %2"), short_id(newest.job), _revision(view, newest)))
        self.bar.show_share(share, percent(share, 0), colour)
        best = course.best if course is not None and course.job == newest.job else None
        by = fill(self.tr("Started by %1, %2"), newest.starter, moment(newest.created))
        found = fill(self.tr("Accuracy %1, loss %2"), percent(best.accuracy), f"{best.loss:.3f}") if best else ""
        self.result.setText("\n".join(part for part in (by, found) if part))


def live_share(training: Training, course: Course | None) -> float:
    """How far a training is: from its events where they are known, else as it was listed."""
    stages: Any = course.sides["a"].stages if course is not None and course.job == training.job else {}
    return sum(row.share for row in stages.values()) / 5 if stages else training.share


def _revision(view: ProjectView, training: Training) -> str:
    return str(view.revision_of(training.specification) or "–")


def _model(spec: Any) -> str:
    widths = f" {', '.join(map(str, spec.model.hidden))}" if spec.model.hidden else ""
    return f"{spec.extractor} + {spec.model.name}{widths}"


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(18)
    form.setVerticalSpacing(8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def _grouped(value: str) -> str:
    """In groups, so that it wraps and two can be compared by eye."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))
