"""Who computes, and who must not work together: servers as circles, and the line that must stay cut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_client.ui import icons, theme

_RADIUS = 30.0
_WIDTH, _HEIGHT, _LOW_HEIGHT = 440, 218, 116


class TrustPicture(QWidget):
    """A and B always; with ``has_helper`` a third organisation above them."""

    def __init__(self) -> None:
        super().__init__()
        self._has_helper = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Who must not work together"))

    def show_source(self, preparation: str) -> None:
        self._has_helper = preparation == "helper"
        pairs = self.tr("A, B and the helper") if self._has_helper else self.tr("A and B")
        self.setAccessibleDescription(self.tr("Must not work together: %1").replace("%1", pairs))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, self._height())

    def _height(self) -> int:
        return _HEIGHT if self._has_helper else _LOW_HEIGHT

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, low = self.width() / 2, self._height() - 78.0
        a, b = QPointF(middle - 130, low), QPointF(middle + 130, low)
        helper = QPointF(middle, 40)
        self._cut(painter, a, b)
        if self._has_helper:
            self._cut(painter, a, helper)
            self._cut(painter, b, helper)
            self._node(painter, helper, self.tr("Helper"), "hand-coins")
        self._node(painter, a, self.tr("Server A"), "server")
        self._node(painter, b, self.tr("Server B"), "server")
        painter.setPen(QColor(theme.colours().bad))
        text = self.tr("must never put together what they know")
        area = QRectF(0, low + _RADIUS + 24, self.width(), 20)
        painter.drawText(area, Qt.AlignmentFlag.AlignHCenter, text)
        painter.end()

    def _node(self, painter: QPainter, centre: QPointF, name: str, icon: str) -> None:
        shown = theme.colours()
        painter.setPen(QPen(QColor(shown.accent), 1.5))
        painter.setBrush(QColor(shown.accent_soft))
        painter.drawEllipse(centre, _RADIUS, _RADIUS)
        side = 24
        picture = icons.pixmap(icon, side, "accent", self.devicePixelRatioF())
        painter.drawPixmap(QPointF(centre.x() - side / 2, centre.y() - side / 2), picture)
        painter.setPen(QColor(shown.text))
        below = QRectF(centre.x() - 90, centre.y() + _RADIUS + 4, 180, 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, name)

    def _cut(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        """A broken line with a cross in its middle."""
        colour = QColor(theme.colours().bad)
        painter.setPen(QPen(colour, 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(start, end)
        centre = (start + end) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colours().surface))
        painter.drawEllipse(centre, 11, 11)
        painter.setPen(QPen(colour, 2.4))
        for x, y in ((5.5, 5.5), (5.5, -5.5)):
            painter.drawLine(centre - QPointF(x, y), centre + QPointF(x, y))
