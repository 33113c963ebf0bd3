"""Processor, memory and jobs of the nodes over the last half hour, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop_client.state.overview.loads import LoadHistory
from desktop_client.ui.widgets.basics import row
from desktop_client.ui.widgets.chart import LineChart

_HEIGHT: Final = 130
_LEAST_SECONDS: Final = 300.0


class LoadCharts(QWidget):
    """Three charts side by side; drawn anew while they are shown, once a second at most."""

    def __init__(self, history: LoadHistory, roles: Sequence[str]) -> None:
        super().__init__()
        self._history, self._roles = history, tuple(roles)
        self.processor = LineChart(self.tr("Processor, %"), is_time=True)
        self.memory = LineChart(self.tr("Memory, %"), is_time=True)
        self.jobs = LineChart(self.tr("Jobs that run"), is_time=True)
        for chart in (self.processor, self.memory, self.jobs):
            chart.plot.setMinimumHeight(_HEIGHT)
            chart.plot.setMaximumHeight(_HEIGHT + 40)
        for chart in (self.processor, self.memory):
            chart.set_range(0, 100)
        layout = row(self.processor, self.memory, self.jobs, spacing=16)
        for place in range(3):
            layout.setStretch(place, 1)
        self.setLayout(layout)
        history.changed.connect(self.draw)
        self.draw()

    def draw(self) -> None:
        """Show what is known now, if anybody can see it."""
        if not self.isVisible():
            return
        names = {"a": "A", "b": "B", "log": self.tr("Log")}
        for role in self._roles:
            points = self._history.points(role)
            times = [point.moment for point in points]
            self.processor.show_series(names[role], times, [point.processor for point in points])
            self.memory.show_series(names[role], times, [point.memory for point in points])
            if role != "log":
                self.jobs.show_series(names[role], times, [float(point.running) for point in points])
        moments = [point.moment for role in self._roles for point in self._history.points(role)]
        if moments:
            last = max(moments)
            first = min(*moments, last - _LEAST_SECONDS)
            for chart in (self.processor, self.memory, self.jobs):
                chart.plot.setXRange(first, last, padding=0.02)
        busiest = max((point.running for role in self._roles for point in self._history.points(role)), default=0)
        self.jobs.set_range(0, max(busiest, 2))

    def showEvent(self, event: object) -> None:
        self.draw()
