"""How good the model was in a test: figures, matrix, curves, scores of classes, calibration, mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QScrollArea, QWidget

from desktop_client.jobs.models.results import CONFUSION, JSON, MISTAKES, SCORES
from desktop_client.reveal.evaluation.curves import RocCurve
from desktop_client.reveal.evaluation.result import Evaluation
from desktop_client.reveal.evaluation.scores import ClassScore
from desktop_client.state.desk import Desk
from desktop_client.state.models.trials import Result, Trials
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.model import words
from desktop_client.ui.pages.model.figures.confusion import ConfusionMatrix
from desktop_client.ui.pages.model.figures.mistakes import MistakesCard
from desktop_client.ui.widgets.basics import Card, Empty, Figure, boxed, button, column, label, row
from desktop_client.ui.widgets.charts.line import LineChart
from desktop_client.ui.widgets.table import DataTable
from desktop_client.ui.words import fill, number, percent

_CURVES: Final = 4
_NAME: Final = 14
_TABLE: Final = 300
_HIGHEST: Final = 620


class ResultsTab(QWidget):
    """Empty until there is a result."""

    def __init__(self, desk: Desk, trials: Trials) -> None:
        super().__init__()
        self._desk, self._trials = desk, trials
        self._evaluation: Evaluation | None = None
        self.nothing = Empty(
            "chart-column", self.tr("There is no result yet"), self.tr("Test the model on labelled images first.")
        )
        self.origin = label("", "muted", True)
        self.export = button(self.tr("Export results"), self._export, "", "download")
        self.accuracy = Figure(self.tr("Right"), "target")
        self.wrong = Figure(self.tr("Wrong"), "circle-x")
        self.f1 = Figure(self.tr("F1, mean of the classes"), "gauge")
        self.auc = Figure(self.tr("AUC, mean of the classes"), "chart-line")
        self.matrix, self.cell = ConfusionMatrix(), label("", "muted", True)
        self.shares = QCheckBox(self.tr("Percent of each row"))
        self.roc = LineChart(self.tr("ROC curves"), self.tr("false positive rate"), self.tr("true positive rate"))
        self.curve = QComboBox()
        self.curve.setAccessibleName(self.tr("Class of the curve"))
        self.calibration = LineChart(
            self.tr("Calibration"), self.tr("probability the model gives"), self.tr("share that is right")
        )
        self.error = label("", "muted", True)
        self.table = RowTable(self._columns())
        self.scores = DataTable(self.table, Empty("list", self.tr("No classes")), "scores", desk.preferences)
        self.scores.setMinimumHeight(_TABLE)
        self.mistakes = MistakesCard()
        self.whole = self._laid_out()
        self.setLayout(column(self.nothing, self.whole, None, spacing=0))
        self.whole.hide()
        self._connect()

    def show_result(self, result: Result | None) -> None:
        """Another result, or none."""
        self.nothing.setVisible(result is None)
        self.whole.setVisible(result is not None)
        if result is None:
            self._evaluation = None
            return
        found = self._evaluation = result.trial.evaluation
        self._show_figures(found)
        self.origin.setText(self._from(result))
        self.matrix.show_counts([one.name for one in found.classes], found.confusion)
        self.held.setMinimumHeight(min(self.matrix.sizeHint().height() + 14, _HIGHEST))
        self.table.replace(found.classes)
        self._fill_curves(found)
        self._show_calibration(found)
        self.mistakes.show_mistakes([one.name for one in found.classes], found.misclassified)

    def _laid_out(self) -> QWidget:
        head = row(self.origin, self.export, spacing=12)
        head.setStretch(0, 1)
        self.held = QScrollArea(widgetResizable=False)
        self.held.setWidget(self.matrix)
        self.held.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        matrix = Card(self.tr("Confusion matrix"))
        matrix.head.addWidget(self.shares)
        matrix.add(self.held, self.cell)
        curves, calibration = Card(), Card()
        for chart in (self.roc, self.calibration):
            chart.set_range(0.0, 1.0)
            chart.plot.setXRange(0.0, 1.0, padding=0.02)
            chart.plot.setMinimumHeight(260)
        curves.add(row(None, self.curve), self.roc)
        calibration.add(self.calibration, self.error)
        scores = Card(self.tr("By class")).add(self.scores)
        figures = row(self.accuracy, self.wrong, self.f1, self.auc, spacing=16)
        return boxed(column(head, figures, matrix, curves, scores, calibration, self.mistakes, spacing=16))

    def _connect(self) -> None:
        self.shares.toggled.connect(self.matrix.show_shares)
        self.matrix.moved.connect(lambda truth, said: self.cell.setText(self.matrix.sentence(truth, said)))
        self.matrix.chosen.connect(self.mistakes.narrow)
        self.curve.activated.connect(self._show_curves)
        self.mistakes.pictures_wanted.connect(self._trials.look)
        self._trials.tested.connect(self.show_result)
        self._trials.pictured.connect(self.mistakes.show_picture)
        self._trials.written.connect(self._written)

    def _columns(self) -> tuple[Column[ClassScore], ...]:
        def share(title: str, name: str) -> Column[ClassScore]:
            return Column(
                title,
                lambda one: percent(getattr(one, name)),
                lambda one: -1.0 if getattr(one, name) is None else float(getattr(one, name)),
                True,
            )

        return (
            Column(self.tr("Class"), lambda one: one.name),
            Column(self.tr("Images"), lambda one: number(one.count), lambda one: one.count, True),
            share(self.tr("Precision"), "precision"),
            share(self.tr("Recall"), "recall"),
            share(self.tr("F1"), "f1"),
            Column(
                self.tr("AUC"), lambda one: _area(one.auc), lambda one: one.auc if one.auc is not None else -1.0, True
            ),
        )

    def _from(self, result: Result) -> str:
        parts = [words.origin(result.origin), self.tr("%n image(s)", "", result.trial.evaluation.count)]
        if result.source is not None:
            parts.append(str(result.source))
        if result.trial.left_out:
            parts.append(self.tr("%n file(s) could not be used", "", result.trial.left_out))
        return " · ".join(parts)

    def _show_figures(self, found: Evaluation) -> None:
        low, high = (percent(one) for one in found.interval)
        right = round(found.accuracy * found.count)
        self.accuracy.show_value(percent(found.accuracy), fill(self.tr("95 % interval %1 to %2"), low, high))
        self.wrong.show_value(number(found.count - right), fill(self.tr("of %1 images"), number(found.count)))
        recall = fill(self.tr("precision %1, recall %2"), percent(found.macro.precision), percent(found.macro.recall))
        self.f1.show_value(percent(found.macro.f1), recall)
        self.auc.show_value(_area(found.macro_curve.area), self.tr("1 is perfect, 0.5 is chance"))

    def _fill_curves(self, found: Evaluation) -> None:
        self.curve.clear()
        self.curve.addItem(self.tr("Mean and lowest curves"), -1)
        for place, one in enumerate(found.curves):
            if one.area is not None:
                self.curve.addItem(f"{one.name[:40]} ({_area(one.area)})", place)
        self._show_curves()

    def _show_curves(self) -> None:
        found, place = self._evaluation, self.curve.currentData()
        if found is None:
            return
        self.roc.clear()
        self._draw(found.macro_curve, self.tr("mean"))
        if place is None or place < 0:
            drawn = sorted((one for one in found.curves if one.area is not None), key=lambda one: one.area or 0.0)
            for one in drawn[:_CURVES]:
                self._draw(one, one.name)
        else:
            self._draw(found.curves[place], found.curves[place].name)

    def _draw(self, curve: RocCurve, name: str) -> None:
        if curve.area is not None:
            short = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
            self.roc.show_series(f"{short}  AUC {_area(curve.area)}", curve.false_positive, curve.true_positive)

    def _show_calibration(self, found: Evaluation) -> None:
        self.calibration.clear()
        bins = [one for one in found.calibration.bins if one.confidence is not None and one.accuracy is not None]
        model, perfect = self.tr("model"), self.tr("perfect")
        self.calibration.show_series(
            model, [one.confidence or 0.0 for one in bins], [one.accuracy or 0.0 for one in bins]
        )
        self.calibration.show_series(perfect, [0.0, 1.0], [0.0, 1.0])
        text = self.tr("Expected calibration error %1: how far probabilities are from what is right, on average.")
        self.error.setText(fill(text, percent(found.calibration.error)))

    def _export(self) -> None:
        names = (
            (self.tr("Scores of the classes"), SCORES),
            (self.tr("Confusion matrix"), CONFUSION),
            (self.tr("Misclassified images"), MISTAKES),
            (self.tr("Everything"), JSON),
        )
        kinds = {f"{name} (*.{'json' if kind == JSON else 'csv'})": kind for name, kind in names}
        folder = self._desk.preferences.text("export-folder", str(Path.home()))
        start = str(Path(folder) / "results")
        chosen, form = QFileDialog.getSaveFileName(self, self.tr("Export results"), start, ";;".join(kinds))
        if chosen:
            kind = kinds.get(form, SCORES)
            ending = ".json" if kind == JSON else ".csv"
            out = Path(chosen if chosen.endswith(ending) else chosen + ending)
            self._desk.preferences.set_text("export-folder", str(out.parent))
            self._trials.write(kind, out)

    def _written(self, out: str) -> None:
        self._desk.say(fill(self.tr("Written: %1"), out))


def _area(area: float | None) -> str:
    return "–" if area is None else f"{area:.3f}"
