"""How many images of each class there are, stacked by who owns them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from desktop_client.jobs.trainings.standing import DatasetFacts
from desktop_client.ui import theme
from desktop_client.ui.widgets.basics import column, empty, label, row
from desktop_client.ui.widgets.gradual import Gradual

_HEIGHT = 220
_WIDTH = 0.62


class BalanceChart(QWidget):
    """A bar for each class; a colour for each owner. Only data sets whose owners tell their counts are in it."""

    def __init__(self) -> None:
        super().__init__()
        self.plot: Any = None
        self._legend = row(spacing=14)
        self.remark = label("", "muted", True)
        heading = row(label(self.tr("Images of each class"), "strong"), None, self._legend)
        self._layout = column(heading, self.remark)
        self.setLayout(self._layout)
        self._datasets: tuple[DatasetFacts, ...] = ()
        Gradual(self, [self._make])

    def show_datasets(self, datasets: Sequence[DatasetFacts]) -> None:
        """Draw those that tell how many images of each class they have."""
        if tuple(datasets) != self._datasets:
            self._datasets = tuple(datasets)
            self._paint()

    @property
    def totals(self) -> dict[str, list[int]]:
        """Images of each class by owner, in the order of the classes."""
        found: dict[str, list[int]] = {}
        for one in self._datasets:
            if one.class_counts:
                sums = found.setdefault(one.owner, [0] * len(one.class_counts))
                if len(sums) == len(one.class_counts):
                    found[one.owner] = [a + b for a, b in zip(sums, one.class_counts, strict=True)]
        return found

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _make(self) -> None:
        self.plot = pg.PlotWidget(enableMenu=False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMinimumHeight(_HEIGHT)
        self.plot.setAccessibleName(self.tr("Images of each class"))
        self._layout.insertWidget(1, self.plot)
        self._paint()

    def _paint(self) -> None:
        self._tell_silent()
        if self.plot is None:
            return
        shown, totals = theme.colours(), self.totals
        self.plot.clear()
        empty(self._legend)
        self.plot.setBackground(shown.surface)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        for side in ("bottom", "left"):
            self.plot.getAxis(side).setPen(pg.mkPen(shown.border))
            self.plot.getAxis(side).setTextPen(pg.mkPen(shown.muted))
        classes = next((one.classes for one in self._datasets if one.class_counts), ())
        base = [0] * len(classes)
        for number, (owner, counts) in enumerate(sorted(totals.items())):
            colour = shown.series[number % len(shown.series)]
            places = list(range(len(counts)))
            bars = pg.BarGraphItem(
                x=places, y0=list(base), height=counts, width=_WIDTH, brush=colour, pen=shown.surface
            )
            self.plot.addItem(bars)
            base = [a + b for a, b in zip(base, counts, strict=True)]
            name = label(f"● {owner}")
            name.setStyleSheet(f"color: {colour}; font-size: 9pt;")
            self._legend.addWidget(name)
        self.plot.getAxis("bottom").setTicks([list(enumerate(classes))])
        self.plot.setVisible(bool(totals))
        self.plot.setAccessibleDescription(_described(classes, totals))

    def _tell_silent(self) -> None:
        silent = sorted({one.owner for one in self._datasets if not one.class_counts})
        text = self.tr("Not told how many of each class: the images of %1.").replace("%1", ", ".join(silent))
        self.remark.setText(text)
        self.remark.setVisible(bool(silent))


def _described(classes: Sequence[str], totals: dict[str, list[int]]) -> str:
    lines = [f"{owner}: " + ", ".join(f"{c} {n}" for c, n in zip(classes, counts)) for owner, counts in totals.items()]
    return "; ".join(lines)
