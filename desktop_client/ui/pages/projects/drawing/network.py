"""The picture of a network: boxes with shapes and parameters, arrows between them; it can be zoomed and saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from desktop_client.ui import theme
from desktop_client.ui.pages.projects.drawing.boxes import Box
from desktop_client.ui.words import number

WIDTH, HEIGHT, GAP = 300.0, 40.0, 16.0
_LEFT, _TOP, _ARCS = 28.0, 30.0, 70.0
_BAND = 28.0
_SMALLEST, _LARGEST, _STEP = 0.3, 3.0, 1.15
_SCALE = 2
_FAMILIES = {
    "conv": 0, "conv2d": 0, "linear": 2, "batch-norm": 4, "relu": 1, "square": 1, "average-pool": 3, "max-pool": 3,
    "global-average-pool": 3, "dropout": 5, "add": 5,
}  # fmt: skip


class NetworkPicture(QWidget):
    """``zoomed(factor)`` when it became larger or smaller."""

    zoomed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._boxes: Sequence[Box] = ()
        self.zoom = 1.0
        self.setAccessibleName(self.tr("Picture of the network"))

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        """Draw these from now on."""
        if boxes == self._boxes:
            return
        self._boxes = boxes
        lines = [f"{self._title(box)}: {box.shape}" for box in boxes]
        self.setAccessibleDescription("; ".join(lines))
        self._resize()

    def set_zoom(self, factor: float) -> None:
        """1 is the natural size."""
        self.zoom = min(max(factor, _SMALLEST), _LARGEST)
        self._resize()
        self.zoomed.emit(self.zoom)

    def zoom_by(self, steps: int) -> None:
        self.set_zoom(self.zoom * _STEP**steps)

    def sizeHint(self) -> QSize:
        return QSize(round(self._width() * self.zoom), round(self._height() * self.zoom))

    def save(self, path: Path) -> bool:
        """Write the whole picture as SVG or, by any other ending, as an image."""
        size = QSize(round(self._width()), round(self._height()))
        if path.suffix.lower() == ".svg":
            generator = QSvgGenerator()
            generator.setFileName(str(path))
            generator.setSize(size)
            generator.setViewBox(QRect(0, 0, size.width(), size.height()))
            painter = QPainter()
            if not painter.begin(generator):
                return False
            self._paint(painter, self.font())
            return painter.end()
        image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.colours().surface))
        painter = QPainter(image)
        painter.scale(_SCALE, _SCALE)
        self._paint(painter, self.font())
        painter.end()
        return image.save(str(path))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.scale(self.zoom, self.zoom)
        self._paint(painter, self.font())
        painter.end()

    def _resize(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.updateGeometry()
        self.update()

    def _width(self) -> float:
        return _LEFT + WIDTH + _ARCS

    def _height(self) -> float:
        return self._box(len(self._boxes)).top() + 4 if self._boxes else 60.0

    def _box(self, place: int) -> QRectF:
        """Where a box is; a band with a caption stands above the first public and the first trained one."""
        bands = 1 + (place > self._public_boxes())
        return QRectF(_LEFT, _TOP + (bands - 1) * _BAND + place * (HEIGHT + GAP), WIDTH, HEIGHT)

    def _public_boxes(self) -> int:
        return sum(box.is_public for box in self._boxes) - 1

    def _paint(self, painter: QPainter, font: QFont) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        if not self._boxes:
            return
        public = self._public_boxes()
        self._band(painter, 0, public, self.tr("Public"), "accent_soft")
        self._band(painter, public + 1, len(self._boxes) - 1, self.tr("Trained, secret"), "sunken")
        for place, box in enumerate(self._boxes):
            for source in box.sources:
                self._arrow(painter, source, place)
        for place, box in enumerate(self._boxes):
            self._paint_box(painter, self._box(place), box, font)

    def _band(self, painter: QPainter, first: int, last: int, caption: str, colour: str) -> None:
        if first > last:
            return
        area = self._box(first).united(self._box(last)).adjusted(-16, -24, 16, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme.colours(), colour)))
        painter.drawRoundedRect(area, 8, 8)
        painter.setPen(QColor(theme.colours().muted))
        painter.drawText(area.adjusted(16, 4, 0, 0), Qt.AlignmentFlag.AlignLeft, caption)

    def _paint_box(self, painter: QPainter, area: QRectF, box: Box, font: QFont) -> None:
        shown = theme.colours()
        painter.setPen(QPen(QColor(shown.border), 1))
        painter.setBrush(QColor(shown.raised))
        painter.drawRoundedRect(area, 6, 6)
        family = _FAMILIES.get(box.kind)
        colour = shown.muted if family is None else shown.series[family]
        painter.fillRect(QRectF(area.left() + 1, area.top() + 6, 4, area.height() - 12), QColor(colour))
        inner = area.adjusted(14, 3, -10, -3)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(shown.text))
        painter.drawText(inner, left | Qt.AlignmentFlag.AlignVCenter, self._title(box))
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.88)
        painter.setFont(small)
        place = Qt.AlignmentFlag.AlignTop if box.parameters else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, right | place, box.shape)
        painter.setPen(QColor(shown.muted))
        if box.parameters:
            told = self.tr("%1 parameters").replace("%1", number(box.parameters))
            painter.drawText(inner, right | Qt.AlignmentFlag.AlignBottom, told)
        painter.setFont(font)

    def _title(self, box: Box) -> str:
        return self.tr("hidden images") if box.kind == "input" else box.title

    def _arrow(self, painter: QPainter, source: int, place: int) -> None:
        """Straight to the next box, else in a bow on the right."""
        above, below = self._box(source), self._box(place)
        painter.setPen(QPen(QColor(theme.colours().muted), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if place == source + 1:
            painter.drawLine(QPointF(above.center().x(), above.bottom()), QPointF(below.center().x(), below.top()))
            self._head(painter, QPointF(below.center().x(), below.top()), QPointF(0, -1))
            return
        start, end = QPointF(above.right(), above.center().y()), QPointF(below.right(), below.center().y())
        out = min(20.0 + 3.0 * (place - source), _ARCS - 12)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(out * 1.3, 10), end + QPointF(out * 1.3, -10), end)
        painter.drawPath(path)
        self._head(painter, end, QPointF(1, 0))

    def _head(self, painter: QPainter, tip: QPointF, back: QPointF) -> None:
        side = QPointF(back.y(), back.x())
        painter.setBrush(QColor(theme.colours().muted))
        painter.drawPolygon([tip, tip + back * 6 + side * 3.5, tip + back * 6 - side * 3.5])
        painter.setBrush(Qt.BrushStyle.NoBrush)
