"""Icons by name, drawn from SVG in the colour that is asked for. They are Lucide's, under the ISC licence."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop_client.ui import theme

_FOLDER: Final = Path(__file__).parent / "resources" / "icons"


def icon(name: str, colour: str = "") -> QIcon:
    """The icon ``name`` in a colour token such as ``accent`` or a ``#rrggbb``; default: the colour of text.

    A token is looked up when the icon is painted: it follows the appearance.
    """
    return QIcon(_Engine(name, colour))


def pixmap(name: str, side: int, colour: str = "", ratio: float = 1.0) -> QPixmap:
    """The icon as a square picture of ``side`` logical pixels."""
    made = QPixmap(QSize(round(side * ratio), round(side * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    _renderer(name, _resolved(colour)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return made


def licence() -> str:
    """The words under which the icons may be used."""
    return (_FOLDER / "LICENSE").read_text(encoding="utf-8")


class _Engine(QIconEngine):
    """Paints at whatever size and scale is wanted."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        # Wider than high: the rest is room before the text of a button, which has no setting for it.
        rect = QRect(rect.x(), rect.y(), min(rect.width(), rect.height()), rect.height())
        colour = "muted" if mode == QIcon.Mode.Disabled else self._colour
        _renderer(self._name, _resolved(colour)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, made.rect(), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)


def _resolved(colour: str) -> str:
    return colour if colour.startswith("#") else str(getattr(theme.colours(), colour or "text"))


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    source = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(source.encode()))
