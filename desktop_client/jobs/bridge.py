"""The only file that knows both Qt and asyncio: one event loop in one thread, and the way back to the window.

Work is a coroutine that runs in the thread of the loop. What comes of it is delivered in the thread that made the
bridge, the window's, in the order in which it ended. Nothing here waits for anything.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from shiboken6 import isValid

from common.errors import AppError, Cancelled

_CLOSE_SECONDS: Final = 10.0
_TURN_SECONDS: Final = 0.0005
_LOGGER = logging.getLogger("imguard.desktop")
_T = TypeVar("_T")
Work = Callable[[], Coroutine[Any, Any, _T]]


class Handle:
    """Work that was begun; after :meth:`cancel` neither of its callbacks is called any more but ``failed``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._task: asyncio.Task[Any] | None = None
        self._is_cancelled = False
        self._is_dropped = False

    def cancel(self) -> None:
        """End the work as soon as it can be ended; ``failed`` is then called with :class:`Cancelled`."""
        self._is_cancelled = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop)

    def drop(self) -> None:
        """As :meth:`cancel`, and nobody wants to hear of it any more."""
        self._is_dropped = True
        self.cancel()

    @property
    def is_dropped(self) -> bool:
        return self._is_dropped

    def _begin(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        if self._is_cancelled:
            task.cancel()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


class Bridge(QObject):
    """Starts the loop at once; :meth:`close` ends every piece of work and the thread."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.new_event_loop()
        # Many a Qt call lets go of the interpreter's lock: while the loop computes, the window waits a turn for each.
        sys.setswitchinterval(_TURN_SECONDS)
        self._posted.connect(_call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run_loop, name="imguard-loop", daemon=True)
        self._thread.start()

    def run(
        self,
        work: Work[_T],
        done: Callable[[_T], None] | None = None,
        failed: Callable[[AppError], None] | None = None,
    ) -> Handle:
        """Begin ``work()`` in the loop; ``done(result)`` or ``failed(error)`` is called in the window's thread.

        Everything that is not a named error becomes one, and its traceback goes to the log.
        """
        handle = Handle(self._loop)

        def ended(task: asyncio.Task[_T]) -> None:
            # Not inside the task: one that is cancelled before its first step never gets there.
            error = Cancelled("This was stopped.") if task.cancelled() else task.exception()
            if error is None:
                self._deliver(handle, done, task.result())
            elif isinstance(error, AppError):
                self._deliver(handle, failed, error)
            else:
                _LOGGER.error("work in the background failed", exc_info=error)
                self._deliver(handle, failed, AppError(f"Unforeseen: {type(error).__name__}."))

        def begin() -> None:
            task = self._loop.create_task(work())
            task.add_done_callback(ended)
            handle._begin(task)

        self._loop.call_soon_threadsafe(begin)
        return handle

    def post(self, call: Callable[[], None]) -> None:
        """Have ``call`` called in the window's thread soon; may be used from any thread."""
        self._posted.emit(call)

    def latest(self, call: Callable[[_T], None]) -> Callable[[_T], None]:
        """From any thread as often as one likes: ``call`` gets the newest value, once a turn of the window's loop."""
        lock, waiting = threading.Lock(), list[_T]()

        def take() -> None:
            with lock:
                value = waiting.pop()
            call(value)

        def tell(value: _T) -> None:
            with lock:
                is_on_its_way = bool(waiting)
                waiting[:] = [value]
            if not is_on_its_way:
                self.post(take)

        return tell

    def close(self) -> None:
        """Cancel all work, let it end, and stop the thread; a second time does nothing."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_SECONDS)

    def _deliver(self, handle: Handle, callback: Callable[[Any], None] | None, value: object) -> None:
        if callback is not None:
            told = unless_gone(callback)
            self._posted.emit(lambda: None if handle.is_dropped else told(value))

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


def _call(call: Callable[[], None]) -> None:
    call()


def unless_gone(callback: Callable[[_T], object]) -> Callable[[_T], None]:
    """``callback``, or nothing if the page it belongs to does not exist any more when it is called.

    It belongs to the object whose method or signal it is, or whose ``self`` it was written with.
    """

    def call(value: _T) -> None:
        owner = _owner(callback)
        if isinstance(owner, QObject) and not isValid(owner):
            return
        # A signal cannot be asked, and says so only when it is used; what its receivers raise does not come this far.
        with suppress(RuntimeError) if isinstance(owner, SignalInstance) else nullcontext():
            callback(value)

    return call


def _owner(callback: Callable[..., object]) -> object:
    while isinstance(callback, partial):
        callback = callback.func
    code, cells = getattr(callback, "__code__", None), getattr(callback, "__closure__", None)
    if code and cells and "self" in code.co_freevars and not hasattr(callback, "__self__"):
        return cells[code.co_freevars.index("self")].cell_contents
    return getattr(callback, "__self__", None)
