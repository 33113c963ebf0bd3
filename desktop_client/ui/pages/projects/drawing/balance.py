"""How many images of each class there are, and whose: stacked bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_client.state.projects.fitting import Balance
from desktop_client.state.table import tip_text
from desktop_client.ui import theme
from desktop_client.ui.words import number

_BAR, _GAP, _MOST = 16, 8, 24
_NAMES, _NUMBERS = 84.0, 48.0
_LEGEND = 26


class BalanceChart(QWidget):
    """One bar a class, one colour an owner. Of many classes the first ones are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._balance = Balance((), (), (), {})
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Images of each class by owner"))

    def show_balance(self, balance: Balance) -> None:
        """Draw this from now on."""
        self._balance = balance
        totals = [sum(counts) for counts in zip(*balance.counts, strict=True)] if balance.counts else []
        told = ", ".join(f"{name}: {number(total)}" for name, total in zip(balance.classes, totals, strict=False))
        self.setAccessibleDescription(told)
        self.setToolTip(tip_text(told) if len(balance.classes) > _MOST else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = min(len(self._balance.classes), _MOST)
        return QSize(280, _LEGEND + rows * (_BAR + _GAP) + 4)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_legend(painter)
        shown = theme.colours()
        counts = self._balance.counts
        largest = max((sum(column) for column in zip(*counts, strict=True)), default=0)
        room = self.width() - _NAMES - _NUMBERS
        for place, name in enumerate(self._balance.classes[:_MOST]):
            top = float(_LEGEND + place * (_BAR + _GAP))
            painter.setPen(QColor(shown.text))
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(_NAMES - 12))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, _NAMES - 12, _BAR), middle | Qt.AlignmentFlag.AlignRight, text)
            left = _NAMES
            for owner, of_owner in enumerate(counts):
                width = room * of_owner[place] / largest if largest else 0.0
                painter.fillRect(QRectF(left, top, width, _BAR), self._colour(owner))
                left += width
            total = sum(of_owner[place] for of_owner in counts)
            painter.setPen(QColor(shown.muted))
            painter.drawText(QRectF(left + 8, top, _NUMBERS, _BAR), middle, number(total))
        painter.end()

    def _paint_legend(self, painter: QPainter) -> None:
        left = _NAMES
        for place, owner in enumerate(self._balance.owners):
            painter.fillRect(QRectF(left, 4, 10, 10), self._colour(place))
            painter.setPen(QColor(theme.colours().muted))
            width = float(painter.fontMetrics().horizontalAdvance(owner))
            painter.drawText(QRectF(left + 16, 0, width + 4, 18), Qt.AlignmentFlag.AlignVCenter, owner)
            left += width + 36

    def _colour(self, owner: int) -> QColor:
        series = theme.colours().series
        colour = QColor(series[owner % len(series)])
        # More owners than colours: those that come round again are paler.
        colour.setAlphaF(1.0 / (1 + owner // len(series)))
        return colour
