"""Takes connections in: each is greeted and, once it is known whose it is, served; strangers cannot fill the place."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

_LOG = logging.getLogger("imguard.helper")
GUESTS: Final = 64
STRANGERS: Final = 64
_PAUSE_SECONDS: Final = 1.0
"""How long nobody is taken in after the system had no room, unless a connection ends before."""


class Guest(Protocol):
    """A caller who is known."""

    def serve(self) -> None:
        """To the end of the connection, which is closed then. Raises nothing."""
        ...

    def close(self) -> None:
        """Without an answer."""
        ...


class Reception:
    """Has every connection of a listener greeted and served by threads; ends all of them when it closes.

    Who was not greeted yet has places apart from those of known callers. When all are taken, the one that has been
    there longest loses its own: a server is known after one exchange, a stranger would stay as long as it may.

    Args:
        greet: whose a connection is; None if it was closed, because it is nobody's. Raises nothing.
    """

    def __init__(self, listener: socket.socket, greet: Callable[[socket.socket], Guest | None]) -> None:
        self._listener, self._greet = listener, greet
        self._greeters = ThreadPoolExecutor(STRANGERS, "imguard-greeter")
        self._servants = ThreadPoolExecutor(GUESTS, "imguard-guest")
        # Copies can be shut down from here while a thread owns the original. In order of arrival.
        self._strangers: dict[socket.socket, None] = {}
        self._guests: dict[socket.socket, None] = {}
        self._state = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._accept, name="imguard-reception")
        self._thread.start()

    def close(self) -> None:
        """End all connections; returns when nobody works for them any more."""
        with self._state:
            self._is_closed = True
            for copy in (*self._strangers, *self._guests):
                _cut(copy)
            self._state.notify_all()
        # Wakes the thread that waits in accept; closing alone would not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._greeters.shutdown(wait=True)
        self._servants.shutdown(wait=True)

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                self._admit(self._listener.accept()[0])
            except ConnectionError:
                continue
            except (OSError, RuntimeError) as error:
                self._pause(error)

    def _pause(self, error: Exception) -> None:
        """There is no descriptor or no thread left: wait until a connection has ended, or a little."""
        with self._state:
            if not self._is_closed:
                _LOG.warning("a connection could not be taken in: %s", error)
                self._state.wait(_PAUSE_SECONDS)

    def _admit(self, raw: socket.socket) -> None:
        """Raises:
        OSError, RuntimeError: there is no room for its descriptor or its thread; it was closed.
        """
        with contextlib.ExitStack() as undo:
            undo.callback(raw.close)
            copy = undo.enter_context(raw.dup())
            with self._state:
                self._make_room()
                if self._is_closed:
                    return
                self._strangers[copy] = None
                undo.callback(self._strangers.pop, copy, None)
                self._greeters.submit(self._meet, raw, copy)
                undo.pop_all()

    def _make_room(self) -> None:
        if len(self._strangers) >= STRANGERS:
            _cut(next(iter(self._strangers)))
            self._state.wait_for(lambda: self._is_closed or len(self._strangers) < STRANGERS)

    def _meet(self, raw: socket.socket, copy: socket.socket) -> None:
        guest = self._greet(raw)
        with self._state:
            self._strangers.pop(copy, None)
            self._state.notify_all()
            if guest is not None and not self._is_closed and len(self._guests) < GUESTS:
                self._guests[copy] = None
                with contextlib.suppress(RuntimeError):  # no thread left
                    self._servants.submit(self._entertain, guest, copy)
                    return
                del self._guests[copy]
        copy.close()
        if guest is not None:
            guest.close()

    def _entertain(self, guest: Guest, copy: socket.socket) -> None:
        guest.serve()
        with self._state:
            self._guests.pop(copy, None)
            self._state.notify_all()
        copy.close()


def _cut(copy: socket.socket) -> None:
    with contextlib.suppress(OSError):
        copy.shutdown(socket.SHUT_RDWR)
