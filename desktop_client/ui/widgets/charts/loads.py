"""Processor, memory and jobs of the nodes over the last half hour, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from desktop_client.state.overview.loads import Load, LoadHistory
from desktop_client.ui.widgets.basics import row
from desktop_client.ui.widgets.charts.line import LineChart
from desktop_client.ui.widgets.gradual import Gradual

_HEIGHT: Final = 150
_HEADING: Final = 30
_LEAST_SECONDS: Final = 300.0


class LoadCharts(QWidget):
    """Three charts side by side; drawn anew while they are shown, once a second at most."""

    def __init__(self, history: LoadHistory, roles: Sequence[str]) -> None:
        super().__init__()
        self._history, self._roles = history, tuple(roles)
        self.charts: dict[str, LineChart] = {}
        """By ``processor``, ``memory`` and ``jobs``, as soon as they were made."""
        self._layout = row(spacing=16)
        self.setLayout(self._layout)
        self.setMinimumHeight(_HEIGHT + _HEADING)
        titles = {
            "processor": self.tr("Processor, %"),
            "memory": self.tr("Memory, %"),
            "jobs": self.tr("Jobs that run"),
        }
        Gradual(self, [partial(self._make, name, title) for name, title in titles.items()])
        history.changed.connect(self.draw)

    def draw(self) -> None:
        """Show what is known now, if anybody can see it."""
        if self.isVisible():
            for name in self.charts:
                self._draw(name)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw()

    def _make(self, name: str, title: str) -> None:
        chart = LineChart(title, is_time=True)
        chart.plot.setFixedHeight(_HEIGHT)
        if name != "jobs":
            chart.set_range(0, 100)
        self._layout.addWidget(chart, 1)
        self.charts[name] = chart
        self._draw(name)

    def _draw(self, name: str) -> None:
        chart, names = self.charts[name], {"a": "A", "b": "B", "log": self.tr("Log")}
        points = {role: self._history.points(role) for role in self._roles}
        for role, found in points.items():
            if role != "log" or name != "jobs":
                chart.show_series(names[role], [one.moment for one in found], [_value(one, name) for one in found])
        moments = [one.moment for found in points.values() for one in found]
        if moments:
            last = max(moments)
            chart.plot.setXRange(min(*moments, last - _LEAST_SECONDS), last, padding=0.02)
        if name == "jobs":
            busiest = max((one.running for found in points.values() for one in found), default=0)
            chart.set_range(0, max(busiest, 2))


def _value(load: Load, name: str) -> float:
    return {"processor": load.processor, "memory": load.memory, "jobs": float(load.running)}[name]
