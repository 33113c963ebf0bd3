"""Lists a folder of very many images in the page for bringing them in, in a process of its own.

Run as ``python -m tests.helpers.driving.many_images FOLDER SCRATCH``; prints one JSON object: how many images were
listed and how many small pictures were made, the longest time in seconds that the window stood still in each part, and
the most memory in bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from desktop_client.state.importing.draft import ImportDraft
from desktop_client.state.preferences import Appearance
from desktop_client.state.tidying import Tidying
from desktop_client.ui import theme
from desktop_client.ui.pages.data.import_page import ImportPage
from tests.helpers.driving.driver import application
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk

SECONDS: Final = 240.0
_SCREENS: Final = 12


class Listing:
    """One page over a desk without nodes; the child processes are real."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self.desk = FakeDesk(scratch)
        self.page = ImportPage(self.desk, ImportDraft(self.desk))
        self.stalls: dict[str, float] = {}
        self.most = 0
        self._process = psutil.Process()
        self._timer = QTimer(interval=50)
        self._timer.timeout.connect(self._weigh)

    def run(self) -> dict[str, object]:
        self.page.resize(1072, 720)
        self.page.show()
        _until(self.page.isVisible)
        self._timer.start()
        tidying = Tidying()
        pictures, grid, search = self.page.draft.pictures, self.page.look.grid, self.page.look.search
        self._watch("listed", lambda: self.page.bring([str(self.folder)]), self._is_listed)
        bar = grid.verticalScrollBar()
        for screen in range(1, _SCREENS + 1):
            place = bar.maximum() * screen // _SCREENS
            self._watch("scrolled", partial(bar.setValue, place), self._is_seen)
        for text in ("0", "00", "7", "77", "no such file", ""):
            self._watch("searched", partial(search.setText, text), self._is_seen)
        self._watch("selected", grid.selectAll, lambda: True)
        count, seen = pictures.rowCount(), self.page.draft.thumbnails.kept
        tidying.end()
        self.page.hide()
        self.page.leave()
        self.desk.close()
        return {"count": count, "seen": seen, "stalls": self.stalls, "memory": self.most}

    def _watch(self, part: str, act: Callable[[], object], is_done: Callable[[], bool]) -> None:
        watchdog = Watchdog()
        act()
        later = watchdog.beats + 3
        _until(lambda: is_done() and watchdog.beats > later)
        self.stalls[part] = max(self.stalls.get(part, 0.0), watchdog.stop())

    def _is_listed(self) -> bool:
        return self.page.draft.summary is not None

    def _is_seen(self) -> bool:
        """Whether what is in sight has its picture."""
        pictures, sight = self.page.draft.pictures, self.page.look.grid.rows_in_sight()
        indexes = (pictures.index(row) for row in sight if row < pictures.rowCount())
        return all(index.data(pictures.PictureRole) is not None for index in indexes)

    def _weigh(self) -> None:
        self.most = max(self.most, self._process.memory_info().rss)


def _until(is_done: Callable[[], bool]) -> None:
    deadline = monotonic() + SECONDS
    while not is_done():
        if monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        QTest.qWait(10)


def main() -> None:
    """Entry point."""
    app = application()
    theme.apply(app, Appearance.LIGHT)
    print(json.dumps(Listing(Path(sys.argv[1]), Path(sys.argv[2])).run()))


if __name__ == "__main__":
    main()
