"""Collects garbage a little at a time, in the window's thread.

Left alone, Python does it wherever the next allocation happens to be: for a long moment in the middle of something, and
in the thread of the loop as well, where no object of Qt may be taken down.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import monotonic
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MS: Final = 200
_YOUNG: Final = 1000
_YOUNG_ROUNDS: Final = 10
_FULL_SECONDS: Final = 60.0
_SHARE: Final = 2000.0
"""A full collection may take one part in so many of the time."""


class Tidying(QObject):
    """From when it is made until :meth:`end`. What is there already is taken to stay and never looked through."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        gc.disable()
        gc.collect()
        gc.freeze()
        self._next = clock() + _FULL_SECONDS
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what is due: the youngest often, all of it seldom, and the more seldom the longer it takes."""
        now = self._clock()
        if now >= self._next:
            gc.collect()
            took = self._clock() - now
            self._next = now + max(_FULL_SECONDS, _SHARE * took)
            return
        young, rounds, _ = gc.get_count()
        if young > _YOUNG:
            gc.collect(1 if rounds >= _YOUNG_ROUNDS else 0)

    def end(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
