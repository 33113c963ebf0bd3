"""Line charts on pyqtgraph in the colours of the appearance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QWidget

from desktop_client.ui import theme
from desktop_client.ui.widgets.basics import column, label, row

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class LineChart(QWidget):
    """Named series of points with a legend above; series differ in colour and in dash."""

    def __init__(self, name: str, x_name: str = "", y_name: str = "", is_time: bool = False) -> None:
        super().__init__()
        self._x_name, self._y_name = x_name, y_name
        axes = {"bottom": pg.DateAxisItem()} if is_time else {}
        self.plot: Any = pg.PlotWidget(axisItems=axes, enableMenu=False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMinimumHeight(160)
        self.plot.setAccessibleName(name)
        self._lines: dict[str, Any] = {}
        self._labels: dict[str, Any] = {}
        self._legend = row(spacing=14)
        self._legend.addStretch(1)
        self.heading = label(name, "strong")
        self.setLayout(column(row(self.heading, None, self._legend), self.plot, spacing=6))
        self.setAccessibleName(name)
        self._paint()

    def show_series(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw or redraw one series; a single point is drawn as a dot."""
        if name not in self._lines:
            number = len(self._lines)
            self._lines[name] = self.plot.plot([], [], symbolSize=5, antialias=True)
            self._labels[name] = label("")
            self._legend.addWidget(self._labels[name])
            self._style(name, number)
        self._lines[name].setData(list(x), list(y), symbol="o" if len(x) <= 40 else None)
        self.setAccessibleDescription(", ".join(f"{one}" for one in self._lines) + (f": {y[-1]:.4g}" if y else ""))

    def set_range(self, low: float, high: float) -> None:
        """Fix the vertical axis, such as 0 to 1 for rates."""
        self.plot.setYRange(low, high, padding=0.02)

    def clear(self) -> None:
        """No series any more."""
        for name, drawn in self._lines.items():
            self.plot.removeItem(drawn)
            self._labels[name].deleteLater()
        self._lines.clear()
        self._labels.clear()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        shown = theme.colours()
        self.plot.setBackground(shown.surface)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        for side, text in (("bottom", self._x_name), ("left", self._y_name)):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(shown.border))
            axis.setTextPen(pg.mkPen(shown.muted))
            axis.setLabel(text or None, color=shown.muted)
        for number, name in enumerate(self._lines):
            self._style(name, number)

    def _style(self, name: str, number: int) -> None:
        shown = theme.colours()
        colour = shown.series[number % len(shown.series)]
        dash = _DASHES[number // len(shown.series) % len(_DASHES)]
        self._lines[name].setPen(pg.mkPen(colour, width=2, style=dash))
        self._lines[name].setSymbolBrush(pg.mkBrush(colour))
        self._lines[name].setSymbolPen(None)
        self._labels[name].setText(f"● {name}")
        self._labels[name].setStyleSheet(f"color: {colour}; font-size: 9pt;")
