"""One image large, with the one before and after it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QDialog, QPushButton, QScrollArea, QSizePolicy, QWidget

from common.errors import AppError
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Badge, button, column, label, row
from desktop_client.ui.words import size

_STEP = 1.25
_LEAST, _MOST = 0.1, 16.0


class Picture(QWidget):
    """A picture that fills its place, as sharp as its pixels are: no blur when it is larger than they."""

    def __init__(self, name: str, side: int = 240) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._pixmap = QPixmap()
        self._side = side
        self.setMinimumSize(min(side, 120), min(side, 120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_data(self, data: str) -> None:
        """A picture file as the child process made it, in base64; empty: nothing."""
        self._pixmap = QPixmap.fromImage(QImage.fromData(b64decode(data))) if data else QPixmap()
        self.update()

    @property
    def pixels(self) -> QSize:
        return self._pixmap.size()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        room = self.size()
        fitted = self._pixmap.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        if fitted.width() < self._pixmap.width():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(0, 0, fitted.width(), fitted.height())
        area.moveCenter(QRectF(self.rect()).center())
        painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))
        painter.end()


class ZoomDialog(QDialog):
    """Arrow keys go on and back, plus and minus or Ctrl and the wheel zoom."""

    def __init__(self, parent: QWidget, draft: ImportDraft, place: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Image"))
        self.resize(860, 640)
        self.draft, self._place, self._factor = draft, place, 0.0
        self.name, self.facts, self.state = label("", "strong", True), label("", "muted"), Badge()
        self.picture = Picture(self.tr("Image"), 480)
        self.problem = Banner()
        self.area = QScrollArea(widgetResizable=True)
        self.area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setWidget(self.picture)
        self.before = self._tool("chevron-left", self.tr("Image before"), lambda: self.go(-1))
        self.after = self._tool("chevron-right", self.tr("Next image"), lambda: self.go(1))
        self.smaller = self._tool("zoom-out", self.tr("Smaller"), lambda: self.zoom(1 / _STEP))
        self.larger = self._tool("zoom-in", self.tr("Larger"), lambda: self.zoom(_STEP))
        fit = button(self.tr("Fit"), lambda: self.zoom(0.0))
        close = button(self.tr("Close"), self.accept, "primary")
        head = row(self.name, self.state)
        head.setStretch(0, 1)
        tools = row(self.before, self.after, self.facts, None, self.smaller, fit, self.larger, close)
        whole = column(head, self.problem, self.area, tools, spacing=10, margins=16)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        draft.previewed.connect(self._came)
        self.go(0)

    def go(self, steps: int) -> None:
        """Another image, that many places on."""
        shown = self.draft.pictures.shown
        if not shown:
            return
        self._place = min(max(self._place + steps, 0), len(shown) - 1)
        self.before.setEnabled(self._place > 0)
        self.after.setEnabled(self._place < len(shown) - 1)
        found = self.draft.pictures.labels.picture(shown[self._place])
        self.name.setText(found.name)
        text = "{width} × {height}, {kind}, {size}"
        kind = found.kind.upper()
        self.facts.setText(text.format(width=found.width, height=found.height, kind=kind, size=size(found.bytes)))
        self.state.show_state(found.label or self.tr("left out"), "info" if found.label else "neutral")
        self.problem.hide()
        self.draft.look(found.name)

    def zoom(self, factor: float) -> None:
        """Larger or smaller by a factor; 0 fits it into the window."""
        pixels = self.picture.pixels
        if factor == 0.0 or pixels.isEmpty():
            self._factor = 0.0
            self.area.setWidgetResizable(True)
            return
        room = self.area.viewport().size()
        fitting = min(room.width() / pixels.width(), room.height() / pixels.height())
        self._factor = min(max((self._factor or fitting) * factor, _LEAST), _MOST)
        self.area.setWidgetResizable(False)
        self.picture.resize(pixels * self._factor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}
        if event.key() in steps:
            self.go(steps[Qt.Key(event.key())])
        elif event.text() in ("+", "="):
            self.zoom(_STEP)
        elif event.text() == "-":
            self.zoom(1 / _STEP)
        elif event.text() == "0":
            self.zoom(0.0)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_STEP if event.angleDelta().y() > 0 else 1 / _STEP)
        else:
            super().wheelEvent(event)

    def _came(self, found: dict[str, Any] | None, error: AppError | None) -> None:
        if error is not None:
            self.problem.show_error(error)
        self.picture.show_data("" if found is None else str(found["before"]))
        if self._factor:
            self.picture.resize(self.picture.pixels * self._factor)

    def _tool(self, icon: str, name: str, pressed: Callable[[], None]) -> QPushButton:
        made = button("", pressed, icon=icon)
        made.setToolTip(name)
        made.setAccessibleName(name)
        return made
