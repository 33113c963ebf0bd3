"""Every training of the project with its result, and two of them side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from common.errors import AppError
from desktop_client.jobs.models.comparison import Comparison, Curve
from desktop_client.jobs.models.runs import Run
from desktop_client.jobs.trainings.rows import Training
from desktop_client.jobs.trainings.standing import ProjectView
from desktop_client.reveal.metrics import Metrics
from desktop_client.state.desk import Desk
from desktop_client.state.project.runs import RunsControl
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.changes import sentence
from desktop_client.ui.pages.project.training.curves import whole_epochs
from desktop_client.ui.pages.project.words import job_state, stage_name
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, Empty, button, column, empty, label, row
from desktop_client.ui.widgets.charts.line import LineChart
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import duration, moment, percent, short_id, size

_HEIGHT = 260
_WIDTHS = (150, 100, 80, 120, 120, 80, 110, 100)


@dataclass(frozen=True)
class RunRow:
    """A training in the list; ``best`` once its measures were read."""

    training: Training
    revision: int
    best: Metrics | None = None
    epochs: int = 0


class RunsTab(QWidget):
    """``training_wanted(job)`` when one is opened, ``model_wanted(job)`` for its model."""

    training_wanted = Signal(str)
    model_wanted = Signal(str)

    def __init__(self, desk: Desk, control: RunsControl) -> None:
        super().__init__()
        self._control = control
        self.model: RowTable[RunRow] = RowTable(self._columns(), self)
        nothing = Empty("history", self.tr("No runs yet"), self.tr("Trainings of this project are listed here."))
        self.table = DataTable(self.model, nothing, "project-runs", desk.preferences)
        self.table.setMinimumHeight(_HEIGHT)
        self.table.usual_widths(*_WIDTHS)
        self.table.chosen.connect(self._open)
        self.open_model = button(self.tr("Open the model"), self._open_model, icon="brain")
        self.open_model.setEnabled(False)
        self.table.tools.addWidget(self.open_model)
        self.table.selected.connect(self._selected)
        self.first, self.second = QComboBox(), QComboBox()
        self.first.setAccessibleName(self.tr("First run"))
        self.second.setAccessibleName(self.tr("Second run"))
        self.compare = button(self.tr("Compare"), self._compare, icon="git-compare")
        self.problem = Banner()
        self.result: ComparisonView | None = None
        self.card = Card(self.tr("Two runs side by side"))
        line = row(self.first, label(self.tr("with")), self.second, self.compare, None)
        self.card.add(line, self.problem)
        self.setLayout(column(self.table, self.card, None, spacing=16))
        control.known.connect(self._known)
        control.compared.connect(self._compared)
        control.failed.connect(self._cannot)
        self._trainings: tuple[Training, ...] = ()

    def show_view(self, view: ProjectView) -> None:
        """The trainings of the project, newest first."""
        if view.trainings == self._trainings:
            return
        self._trainings = view.trainings
        rows = [RunRow(one, view.revision_of(one.specification)) for one in view.trainings]
        self.model.replace([self._measured(one, self._control.runs.get(one.training.job)) for one in rows])
        self._fill_choices()

    def read(self) -> None:
        """The tab is seen: read the measures of what has ended."""
        self._control.read(self._trainings)

    def _fill_choices(self) -> None:
        ended = [one for one in self._trainings if one.state.is_final]
        self.card.setVisible(len(ended) >= 2)
        for place, box in enumerate((self.first, self.second)):
            kept = box.currentData()
            box.clear()
            for one in ended:
                box.addItem(_title(one), one.job)
            found = box.findData(kept)
            # The two newest, the older one first.
            box.setCurrentIndex(found if found >= 0 else min(1 - place, len(ended) - 1))

    def _known(self, run: Run) -> None:
        for number, one in enumerate(self.model.rows):
            if one.training.job == run.job:
                self.model.change(number, self._measured(one, run))

    def _measured(self, one: RunRow, run: Run | None) -> RunRow:
        return one if run is None else replace(one, best=run.best, epochs=len(run.metrics))

    def _selected(self, one: RunRow | None) -> None:
        self.open_model.setEnabled(one is not None and one.training.state == "finished")

    def _open(self, one: RunRow | None) -> None:
        if one is not None:
            self.training_wanted.emit(one.training.job)

    def _open_model(self) -> None:
        if self.table.current is not None:
            self.model_wanted.emit(self.table.current.training.job)

    def _compare(self) -> None:
        first, second = self.first.currentData(), self.second.currentData()
        self.problem.hide()
        if first == second:
            self.problem.say(self.tr("Choose two different runs."), "info")
        else:
            self.compare.setEnabled(False)
            self._control.compare(first, second)

    def _compared(self, found: Comparison) -> None:
        self.compare.setEnabled(True)
        if self.result is None:
            self.result = ComparisonView()
            self.card.add(self.result)
        self.result.show_comparison(found)

    def _cannot(self, error: AppError) -> None:
        self.compare.setEnabled(True)
        self.problem.show_error(error)

    def _columns(self) -> tuple[Column[RunRow], ...]:
        return (
            Column(self.tr("Started"), lambda one: moment(one.training.created), lambda one: one.training.created),
            Column(self.tr("Training"), lambda one: short_id(one.training.job), tip=lambda one: one.training.job),
            Column(self.tr("Revision"), lambda one: str(one.revision or "–"), lambda one: one.revision, is_number=True),
            Column(
                self.tr("State"),
                lambda one: job_state(one.training.state)[0],
                extra=lambda role, one: job_state(one.training.state)[1] if role == ToneRole else None,
            ),
            Column(
                self.tr("Best accuracy"),
                lambda one: percent(one.best.accuracy if one.best else None),
                lambda one: one.best.accuracy if one.best else -1.0,
                is_number=True,
            ),
            Column(
                self.tr("Loss"),
                lambda one: f"{one.best.loss:.3f}" if one.best else "–",
                lambda one: one.best.loss if one.best else float("inf"),
                is_number=True,
            ),
            Column(self.tr("Time"), _took, _seconds, is_number=True),
            Column(
                self.tr("Traffic"), lambda one: size(one.training.bytes_sent), lambda one: one.training.bytes_sent, True
            ),
            Column(self.tr("By"), lambda one: one.training.starter),
        )


class ComparisonView(QWidget):
    """Curves over each other, settings that differ, and what each stage took."""

    def __init__(self) -> None:
        super().__init__()
        self.measure = QComboBox()
        self.measure.setAccessibleName(self.tr("Measure"))
        names = {
            "accuracy": self.tr("Accuracy"),
            "loss": self.tr("Loss"),
            "precision": self.tr("Precision"),
            "recall": self.tr("Recall"),
            "f1": self.tr("F1"),
        }
        for name, text in names.items():
            self.measure.addItem(text, name)
        self.measure.currentIndexChanged.connect(lambda: self._draw())
        self.chart = LineChart("", self.tr("Epoch"))
        self.chart.plot.setFixedHeight(_HEIGHT)
        self.settings, self.costs = column(spacing=4), QGridLayout()
        self.costs.setHorizontalSpacing(22)
        self.costs.setVerticalSpacing(5)
        below = row(
            column(label(self.tr("Settings that differ"), "strong"), self.settings, None),
            column(label(self.tr("What each stage took"), "strong"), self.costs, None),
            spacing=24,
        )
        below.setStretch(0, 1)
        below.setStretch(1, 1)
        self.setLayout(column(row(self.measure, None), self.chart, below, spacing=12))
        self._found: Comparison | None = None

    def show_comparison(self, found: Comparison) -> None:
        """Another pair."""
        self._found = found
        self._draw()
        empty(self.settings)
        lines = [f"• {sentence(one)}" for one in found.settings] or [self.tr("None: both are of the same revision.")]
        for line in lines:
            self.settings.addWidget(label(line, "", True))
        self._show_costs(found)

    def _draw(self) -> None:
        if self._found is None:
            return
        name = self.measure.currentData()
        curve = next(one for one in self._found.curves if one.name == name)
        self.chart.clear()
        self.chart.heading.setText(self.measure.currentText())
        for run, values in ((self._found.first, curve.first), (self._found.second, curve.second)):
            points = _points(curve, values)
            self.chart.show_series(short_id(run.job), [epoch for epoch, _ in points], [value for _, value in points])
        whole_epochs(self.chart, curve.epochs)
        if name == "loss":
            self.chart.plot.enableAutoRange(axis="y")
        else:
            self.chart.set_range(0, 1)

    def _show_costs(self, found: Comparison) -> None:
        empty(self.costs)
        titles = (self.tr("Stage"), short_id(found.first.job), short_id(found.second.job))
        for place, title in enumerate(titles):
            self.costs.addWidget(label(title, "muted"), 0, place)
        for line, one in enumerate(found.stages, start=1):
            texts = (
                stage_name(one.stage),
                f"{duration(one.first_seconds)}, {size(one.first_bytes)}",
                f"{duration(one.second_seconds)}, {size(one.second_bytes)}",
            )
            for place, text in enumerate(texts):
                self.costs.addWidget(label(text), line, place)
        both = (found.first, found.second)
        totals = [sum(run.seconds(one.stage) for one in found.stages) for run in both]
        last = len(found.stages) + 1
        self.costs.addWidget(label(self.tr("Total"), "strong"), last, 0)
        for place, (run, seconds) in enumerate(zip(both, totals), start=1):
            self.costs.addWidget(label(f"{duration(seconds)}, {size(run.traffic())}", "strong"), last, place)


def _points(curve: Curve, values: tuple[float | None, ...]) -> list[tuple[int, float]]:
    return [(epoch, value) for epoch, value in zip(curve.epochs, values, strict=True) if value is not None]


def _title(one: Training) -> str:
    return ", ".join((short_id(one.job), moment(one.created), job_state(one.state)[0]))


def _seconds(one: RunRow) -> float:
    training = one.training
    if not training.ended:
        return 0.0
    try:
        began, ended = (datetime.fromisoformat(text) for text in (training.created, training.ended))
    except ValueError:
        return 0.0
    return (ended - began).total_seconds()


def _took(one: RunRow) -> str:
    return duration(_seconds(one)) if one.training.ended else "–"
