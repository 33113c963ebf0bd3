"""What controllers of pages have in common: nobody is told of an answer once the page is gone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from common.errors import AppError
from desktop_client.jobs.bridge import Handle
from desktop_client.state.desk import Desk


class Asking(QObject):
    """Ends its work when it is destroyed; what was signed by then stays signed."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._asked: list[Handle] = []
        self.destroyed.connect(partial(drop_all, self._asked))

    def ask(
        self,
        work: Callable[[], Coroutine[Any, Any, Any]],
        done: Callable[[Any], object],
        failed: Callable[[AppError], object],
    ) -> Handle:
        """As :meth:`Desk.run`, for as long as this object lives."""
        asked = self._asked

        def ended(result: Any) -> None:
            asked.remove(handle)
            done(result)

        def broke(error: AppError) -> None:
            if handle in asked:
                asked.remove(handle)
            failed(error)

        handle = self.desk.run(work, ended, broke)
        asked.append(handle)
        return handle


def drop_all(handles: list[Handle]) -> None:
    """End all of it; nobody hears of it any more."""
    for handle in handles:
        handle.drop()
    handles.clear()
