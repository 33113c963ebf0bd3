"""Connections before and after it is known whose they are: places, what the system has no room for, and the end."""

from __future__ import annotations

import contextlib
import errno
import queue
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from common.ids import Party
from server_node.helper import guest as guests
from server_node.helper import reception as module
from server_node.helper.reception import Guest, Reception
from tests.helpers.two_party.helping import making, real_helper
from tests.helpers.two_party.tls import HOST

QUICKLY = 4.0


class Echo:
    """Says which connection it is, then waits for its end."""

    def __init__(self, raw: socket.socket, name: bytes) -> None:
        self._raw, self._name = raw, name

    def serve(self) -> None:
        with self._raw, contextlib.suppress(OSError):
            self._raw.sendall(self._name)
            self._raw.recv(1)

    def close(self) -> None:
        self._raw.close()


def named(raw: socket.socket) -> Guest | None:
    """A caller is known by its first byte; one that says nothing keeps the greeter waiting."""
    name = raw.recv(1)
    if name:
        return Echo(raw, name)
    raw.close()
    return None


class Listener(socket.socket):
    """A listener whose next answers can be errors, or connections that cannot be used."""

    def __init__(self, first: list[Callable[[], socket.socket]]) -> None:
        super().__init__()
        self.first, self.asked = first, 0
        self.bind((HOST, 0))
        self.listen()

    def accept(self) -> tuple[socket.socket, Any]:
        self.asked += 1
        return (self.first.pop(0)(), None) if self.first else super().accept()


class Full(socket.socket):
    """A connection that cannot be copied, because no descriptor is left."""

    def dup(self) -> Full:
        raise OSError(errno.EMFILE, "too many open files")


def no_descriptor() -> socket.socket:
    raise OSError(errno.EMFILE, "too many open files")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def receive(stack: ExitStack, *first: Callable[[], socket.socket]) -> Listener:
    listener = stack.enter_context(Listener(list(first)))
    stack.callback(Reception(listener, named).close)
    return listener


def dial(stack: ExitStack, listener: Listener, name: bytes = b"") -> socket.socket:
    raw = stack.enter_context(socket.create_connection(listener.getsockname(), timeout=QUICKLY))
    raw.sendall(name)
    return raw


def test_reception_strangers_give_their_place_to_who_comes_later(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS", 2)
    listener = receive(stack)
    first, second, third = (dial(stack, listener) for _ in range(3))
    assert first.recv(1) == b""
    assert dial(stack, listener, b"a").recv(1) == b"a"
    assert second.recv(1) == b""
    third.sendall(b"c")
    assert third.recv(1) == b"c"


def test_reception_known_callers_need_no_place_among_strangers(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS", 1)
    monkeypatch.setattr(module, "GUESTS", 2)
    listener = receive(stack)
    known = []
    for name in (b"a", b"b"):
        known.append(dial(stack, listener, name))
        assert known[-1].recv(1) == name
    assert dial(stack, listener, b"c").recv(1) == b""
    known[0].sendall(b"x")
    assert known[0].recv(1) == b""


def test_reception_without_descriptors_waits_for_a_connection_to_end(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 60.0)
    notes: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr(module._LOG, "warning", lambda text, *_: notes.put(text))
    listener = receive(stack)
    first = dial(stack, listener, b"a")
    assert first.recv(1) == b"a"
    listener.first.append(no_descriptor)
    # The thread is inside the plain accept: one more connection leads it to the error.
    assert dial(stack, listener, b"b").recv(1) == b"b"
    assert "taken in" in notes.get(timeout=QUICKLY)
    asked = listener.asked
    late = dial(stack, listener, b"c")
    first.sendall(b"x")
    assert late.recv(1) == b"c"
    # A caller who changes place or leaves may wake the thread, nothing else does.
    assert listener.asked <= asked + 3


def test_reception_lives_on_after_a_connection_that_cannot_be_copied(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module._LOG, "warning", lambda *_: None)
    full = stack.enter_context(Full())
    listener = receive(stack, lambda: full)
    assert dial(stack, listener, b"a").recv(1) == b"a"
    assert full.fileno() == -1


def test_helper_is_open_to_a_server_while_strangers_hold_all_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS", 3)
    with real_helper(tmp_path) as helper, ExitStack() as stack:
        address = helper.address.host, helper.address.port
        for _ in range(4):
            stack.enter_context(socket.create_connection(address)).sendall(b"\x16\x03\x01\x20\x00")
        began = time.monotonic()
        with helper.source(Party.P0).open(making(Party.P0)):
            assert time.monotonic() - began < guests._STRANGER_SECONDS


def test_helper_hangs_up_on_a_stranger_who_sends_byte_by_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "_STRANGER_SECONDS", 0.1)
    with real_helper(tmp_path) as helper:
        with closing(socket.create_connection((helper.address.host, helper.address.port), timeout=0.02)) as raw:
            raw.sendall(b"\x16\x03\x01\x20\x00")
            began, is_open = time.monotonic(), True
            while is_open and time.monotonic() - began < QUICKLY:
                try:
                    raw.sendall(b"\x01")
                    is_open = bool(raw.recv(100))
                except TimeoutError:
                    continue
                except ConnectionError:
                    is_open = False
    assert not is_open
