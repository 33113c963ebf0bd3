"""Counts as bars: images of each class, and how often each byte occurs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_client.ui import theme
from desktop_client.ui.words import number

_ROW = 24
_MOST = 40


class ClassBars(QWidget):
    """A row for each class, at most 40; what is beyond is gathered in a last one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.rows: tuple[tuple[str, int], ...] = ()

    def show_counts(self, counts: Sequence[tuple[str, int]]) -> None:
        rows = list(counts[:_MOST])
        if len(counts) > _MOST:
            rest = counts[_MOST:]
            rows.append((self.tr("%n more", "", len(rest)), sum(count for _, count in rest)))
        self.rows = tuple(rows)
        self.setAccessibleDescription(", ".join(f"{name} {count}" for name, count in rows))
        self.setFixedHeight(max(len(rows), 1) * _ROW)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, max(len(self.rows), 1) * _ROW)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown, metrics = theme.colours(), painter.fontMetrics()
        most = max((count for _, count in self.rows), default=0) or 1
        names = min(max((metrics.horizontalAdvance(name) for name, _ in self.rows), default=0), self.width() * 2 // 5)
        room = max((metrics.horizontalAdvance(number(count)) for _, count in self.rows), default=0)
        for place, (name, count) in enumerate(self.rows):
            top = place * _ROW
            painter.setPen(QColor(shown.text))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
            painter.drawText(QRectF(0, top, names + 1, _ROW), Qt.AlignmentFlag.AlignVCenter, text)
            width = max(self.width() - names - room - 24, 10)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(shown.sunken))
            painter.drawRoundedRect(QRectF(names + 12, top + 8, width, _ROW - 16), 4, 4)
            painter.setBrush(QColor(shown.accent))
            painter.drawRoundedRect(QRectF(names + 12, top + 8, width * count / most, _ROW - 16), 4, 4)
            painter.setPen(QColor(shown.muted))
            painter.drawText(
                QRectF(self.width() - room - 1, top, room + 1, _ROW),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                number(count),
            )
        painter.end()


class Histogram(QWidget):
    """256 counts as a small area; ``is_even`` draws the line that noise keeps to."""

    def __init__(self, name: str, is_even: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(64)
        self.setMinimumWidth(120)
        self.counts: tuple[int, ...] = ()
        self._is_even = is_even

    def show_counts(self, counts: Sequence[int]) -> None:
        self.counts = tuple(counts)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown, area = theme.colours(), QRectF(self.rect())
        painter.fillRect(area, QColor(shown.sunken))
        total, most = sum(self.counts), max(self.counts, default=0)
        if not total:
            painter.end()
            return
        # One value that fills most of a picture, such as black, must not flatten all others.
        top = most if self._is_even else min(most, max(sorted(self.counts)[-4], total / 64))
        width = area.width() / len(self.counts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shown.accent))
        for place, count in enumerate(self.counts):
            height = min(count / top, 1.0) * (area.height() - 4)
            painter.drawRect(QRectF(place * width, area.height() - height, width, height))
        if self._is_even:
            level = area.height() - total / len(self.counts) / top * (area.height() - 4)
            painter.setPen(QColor(shown.warn))
            painter.drawLine(QPointF(0, level), QPointF(area.width(), level))
        painter.end()
