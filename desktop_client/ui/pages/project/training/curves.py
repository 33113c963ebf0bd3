"""Loss, accuracy, precision and recall of each epoch, as they come in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QGridLayout, QWidget

from desktop_client.reveal.metrics import Metrics
from desktop_client.ui.widgets.basics import label
from desktop_client.ui.widgets.charts.line import LineChart
from desktop_client.ui.widgets.gradual import Gradual

_HEIGHT: Final = 180
_HEADING: Final = 30
_MOST_TICKS: Final = 10


class Curves(QWidget):
    """Four charts over epochs; nothing in them was ever known to a server."""

    def __init__(self) -> None:
        super().__init__()
        self.charts: dict[str, LineChart] = {}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(18)
        for place in range(2):
            self._grid.setRowMinimumHeight(place, _HEIGHT + _HEADING)
            self._grid.setColumnStretch(place, 1)
        self.remark = label("", "muted", True)
        self._grid.addWidget(self.remark, 2, 0, 1, 2)
        self.setLayout(self._grid)
        self._shown: tuple[Metrics, ...] | None = None
        titles = {
            "loss": self.tr("Loss"),
            "accuracy": self.tr("Accuracy"),
            "precision": self.tr("Precision"),
            "recall": self.tr("Recall"),
        }
        Gradual(self, [partial(self._make, name, title) for name, title in titles.items()])

    def show_metrics(self, metrics: Sequence[Metrics]) -> None:
        """Draw all epochs; only if there is something else to draw than before."""
        if tuple(metrics) == self._shown:
            return
        self._shown = tuple(metrics)
        for name in self.charts:
            self._draw(name)
        self.remark.setText(self._remark(metrics))

    def _make(self, name: str, title: str) -> None:
        chart = LineChart(title, self.tr("Epoch"))
        chart.plot.setFixedHeight(_HEIGHT)
        if name != "loss":
            chart.set_range(0, 1)
        place = len(self.charts)
        self._grid.addWidget(chart, place // 2, place % 2)
        self.charts[name] = chart
        self._draw(name)

    def _draw(self, name: str) -> None:
        chart, metrics = self.charts[name], self._shown or ()
        epochs = [one.epoch for one in metrics]
        whole_epochs(chart, epochs)
        chart.show_series(self.tr("validation"), epochs, [getattr(one, name) for one in metrics])

    def _remark(self, metrics: Sequence[Metrics]) -> str:
        if not metrics:
            return self.tr("The first point comes at the end of the first epoch.")
        text = self.tr("Put together on this device from the shares of both servers, on %1 images that were kept back.")
        return text.replace("%1", str(metrics[-1].count))


def whole_epochs(chart: LineChart, epochs: Sequence[int]) -> None:
    """Ticks at whole epochs, not too many of them."""
    if not epochs:
        return
    first, last = min(epochs), max(epochs)
    step = max(1, -(-(last - first) // _MOST_TICKS))
    chart.plot.getAxis("bottom").setTicks([[(epoch, str(epoch)) for epoch in range(first, last + 1, step)]])
    chart.plot.setXRange(first, max(last, first + 1), padding=0.04)
