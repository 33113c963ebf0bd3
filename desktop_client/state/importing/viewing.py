"""The child process that decodes images for the window, and the small pictures it has made so far.

The window asks for what it shows; the newest question comes first, and what is no longer shown is not made.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap

from common.errors import AppError
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.child import OnPart, Viewer
from desktop_client.state.desk import Desk

SIDE: Final = 96
MAX_KEPT: Final = 600
_GATHER_MS: Final = 30
_MOST_ASKED: Final = 200
_PENDING: Final = 400


class Looks(Protocol):
    """What is needed of :class:`Viewer`."""

    async def ask(
        self, do: str, args: Mapping[str, Any], on_part: OnPart | None = None, *, lane: str | None = None
    ) -> dict[str, Any]:
        """The result of one action."""
        ...

    async def start(self) -> None:
        """Have the child process there."""
        ...

    async def close(self) -> None:
        """End the child process."""
        ...


class Viewing(QObject):
    """The viewer of one page: :meth:`ask` starts it, :meth:`close` ends it, and so does the end of the program."""

    def __init__(self, desk: Desk, make: Callable[[], Looks] = Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._make = desk, make
        self._viewer: Looks | None = None
        self._keeper: Handle | None = None

    def start(self) -> None:
        """Have the child process there before the first question: it takes a moment to load."""
        viewer = self._opened()
        self._desk.bridge.run(viewer.start, None, lambda error: None)

    def ask(
        self,
        do: str,
        args: Mapping[str, Any],
        done: Callable[[dict[str, Any]], None],
        failed: Callable[[AppError], None],
        on_part: OnPart | None = None,
        lane: str | None = None,
    ) -> Handle:
        """Ask the viewer; the callbacks are called here, ``on_part`` in the thread of the loop."""
        viewer = self._opened()
        return self._desk.bridge.run(lambda: viewer.ask(do, args, on_part, lane=lane), done, failed)

    def close(self) -> None:
        """End the child process; the next question starts another."""
        if self._keeper is not None:
            self._keeper.drop()
        self._viewer = self._keeper = None

    def _opened(self) -> Looks:
        if self._viewer is None:
            viewer = self._viewer = self._make()

            async def keep() -> None:
                # The bridge cancels this at its end: the child must not be left to the system.
                try:
                    await asyncio.Event().wait()
                finally:
                    await viewer.close()

            self._keeper = self._desk.bridge.run(keep)
        return self._viewer


class Thumbnails(QObject):
    """Small pictures by file name, the last 600 that were looked at. ``came(names)``: these can be shown now."""

    came = Signal(object)

    def __init__(self, desk: Desk, viewing: Viewing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._viewing = desk, viewing
        self._paths: tuple[str, ...] = ()
        self._window: tuple[float, float] | None = None
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._asked: Handle | None = None
        self._timer = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._timer.timeout.connect(self._ask)

    def show(self, paths: Sequence[str]) -> None:
        """Files of these paths from now on; what was made of others is forgotten."""
        self.forget()
        self._paths = tuple(paths)

    def forget(self) -> None:
        """Free all pictures."""
        if self._asked is not None:
            self._asked.drop()
        self._asked = None
        self._kept.clear()
        self._wanted.clear()
        self._timer.stop()

    @property
    def kept(self) -> int:
        """How many pictures are in memory."""
        return len(self._kept)

    def get(self, name: str) -> QPixmap | None:
        """The picture of a file if it is there; else it is asked for and :attr:`came` tells when it is."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        self._wanted[name] = None
        self._wanted.move_to_end(name)
        while len(self._wanted) > _PENDING:
            self._wanted.popitem(last=False)
        if not self._timer.isActive():
            self._timer.start()
        return None

    def is_broken(self, name: str) -> bool:
        """Whether no picture can be made of this file."""
        return name in self._kept and self._kept[name] is None

    def _ask(self) -> None:
        if self._asked is not None or not self._wanted or not self._paths:
            return
        names = list(self._wanted)[-_MOST_ASKED:]
        # What was wanted before these is out of sight by now; if not, it is wanted again when it is painted.
        self._wanted.clear()

        def part(found: dict[str, Any]) -> None:
            # Pictures are made in the window's thread only: elsewhere Qt may wait for what that one holds.
            files = [(str(row[0]), b64decode(str(row[3]))) for row in found.get("thumbnails", [])]
            files += [(str(row[0]), b"") for row in found.get("refused", [])]
            self._desk.bridge.post(lambda: self._take(files))

        args = {"paths": list(self._paths), "names": names, "size": SIDE}
        self._asked = self._viewing.ask("thumbnails", args, self._done, self._done, part)

    def _take(self, files: Sequence[tuple[str, bytes]]) -> None:
        for name, data in files:
            self._kept[name] = _picture(data) if data else None
            self._kept.move_to_end(name)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        self.came.emit([name for name, _ in files])

    def _done(self, result: object) -> None:
        self._asked = None
        if self._wanted and not self._timer.isActive():
            self._timer.start()


def _picture(data: bytes) -> QPixmap:
    """A picture that the child process made, small and of a known form, at the size at which it is painted."""
    found = QPixmap()
    found.loadFromData(data)
    if not found.isNull() and max(found.width(), found.height()) != SIDE:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        found = found.scaled(SIDE, SIDE, keep, smooth)
    return found
