"""A picture by name that follows the appearance."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel

from desktop_client.ui import icons


class Picture(QLabel):
    """An icon of ``side`` pixels in a colour of the theme; drawn anew when the theme changes."""

    def __init__(self, icon: str, side: int, colour: str = "accent") -> None:
        super().__init__(alignment=Qt.AlignmentFlag.AlignCenter)
        self._icon, self._side, self._colour = icon, side, colour
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self.setPixmap(icons.pixmap(self._icon, self._side, self._colour, self.devicePixelRatioF()))
