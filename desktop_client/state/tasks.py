"""The one list of everything that takes long; any part of the window may look at it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError
from desktop_client.jobs.bridge import Bridge, unless_gone
from desktop_client.jobs.task import Progress, Task

_MOVED_MS: Final = 100
Report = Callable[[Progress], None]
"""Called by the work, in the thread of the loop, to say how far it is."""

Job = Callable[[Report], Coroutine[Any, Any, Any]]


class Tasks(QObject):
    """Newest last. ``ended`` comes once for each; ``changed`` with it, and a few times a second while they move."""

    changed = Signal()
    ended = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._tasks: list[Task] = []
        self._gather = QTimer(self, singleShot=True, interval=_MOVED_MS)
        self._gather.timeout.connect(self.changed)

    @property
    def all(self) -> tuple[Task, ...]:
        return tuple(self._tasks)

    @property
    def running(self) -> tuple[Task, ...]:
        return tuple(task for task in self._tasks if not task.state.is_final)

    def start(
        self,
        task: Task,
        work: Job,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[AppError], None] | None = None,
    ) -> Task:
        """Run ``work(report)`` as this task; ``done`` and ``failed`` are called after the list has changed."""

        report: Report = self._bridge.latest(lambda progress: self._moved(task, progress))

        def succeeded(result: Any) -> None:
            self._end(task, None)
            if done is not None:
                unless_gone(done)(result)

        def broke(error: AppError) -> None:
            self._end(task, error)
            if failed is not None:
                unless_gone(failed)(error)

        handle = self._bridge.run(lambda: work(report), succeeded, broke)
        task.cancel = handle.cancel
        self._tasks.append(task)
        self.changed.emit()
        return task

    def forget(self, task: Task) -> None:
        """Take one that has ended off the list."""
        if task.state.is_final and task in self._tasks:
            self._tasks.remove(task)
            self.changed.emit()

    def forget_ended(self) -> None:
        """Take what has ended off the list."""
        self._tasks = list(self.running)
        self.changed.emit()

    def clear(self) -> None:
        """Stop everything and list nothing; what is cut off is told so as ever."""
        for task in self.running:
            if task.cancel is not None:
                task.cancel()
        self._tasks = []
        self.changed.emit()

    def _moved(self, task: Task, progress: Progress) -> None:
        if not task.state.is_final:
            task.move(progress)
            if not self._gather.isActive():
                self._gather.start()

    def _end(self, task: Task, error: AppError | None) -> None:
        task.end(error)
        self.changed.emit()
        self.ended.emit(task)
