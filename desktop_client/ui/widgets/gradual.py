"""Heavy parts of a widget, made one after the other once it is seen, so that the window never stands still."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class Gradual(QObject):
    """Calls each of ``makers`` in a turn of the event loop of its own, from the first time ``owner`` is shown."""

    def __init__(self, owner: QWidget, makers: Sequence[Callable[[], object]]) -> None:
        super().__init__(owner)
        self._makers = list(makers)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._next)
        owner.installEventFilter(self)

    @property
    def is_done(self) -> bool:
        return not self._makers

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._makers:
            self._timer.start()
        return False

    def _next(self) -> None:
        if self._makers:
            self._makers.pop(0)()
        if not self._makers:
            self._timer.stop()
