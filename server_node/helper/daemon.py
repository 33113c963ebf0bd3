"""The helper as a program: listens for the workers of both servers until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from common.config import Settings
from common.crypto.rng import SystemRandom
from common.errors import ConfigError
from common.net.files import hold_folder
from common.net.identity import NodeIdentity
from common.net.tls import server_context
from server_node.helper.guest import Host, certificate_hash, serve
from server_node.helper.rooms import Rooms
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory

_LOG = logging.getLogger("imguard.helper")
_GUESTS: Final = 64
_JOBS: Final = 16
_IDLE_SLACK: Final = 60.0
"""A worker may be busy with its disk this much longer than it would wait for the other one."""


@dataclass(frozen=True)
class HelperPlan:
    """What a helper is built from."""

    folder: Path
    identity: NodeIdentity
    settings: Settings


def run_helper(plan: HelperPlan, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``on_ready`` gets the address once workers are answered.

    Raises:
        ConfigError: the address cannot be listened on. Conflict: this helper runs already.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keep_memory()
    warm_up(lambda name: _LOG.info("compiling %s", name))
    with open_helper(plan) as (host, port):
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"{shown}:{port}")
        stop.wait()
        _LOG.info("stopping")


@contextmanager
def open_helper(plan: HelperPlan) -> Iterator[tuple[str, int]]:
    """A serving helper as a context; gives where it listens."""
    identity, settings = plan.identity, plan.settings
    threads = settings["threads"] or os.cpu_count() or 1
    torch.set_num_threads(1)  # the pieces of a dealing are what runs at the same time
    with ExitStack() as stack:
        stack.callback(os.close, hold_folder(plan.folder))
        listener = stack.enter_context(_listen(settings["listen_host"], settings["listen_port"]))
        pool = stack.enter_context(ThreadPoolExecutor(threads, "imguard-deal")) if threads > 1 else None
        dealers = stack.enter_context(ThreadPoolExecutor(_JOBS, "imguard-dealer"))
        context = server_context(identity.cert_path, identity.key_path, identity.ca_pem, require_client=True)
        # A ticket that a worker has not read would turn the close into a reset, which destroys what is on the way.
        context.num_tickets = 0
        rooms = Rooms(dealers, pool, SystemRandom(), settings["patience_seconds"])
        idle = settings["patience_seconds"] + _IDLE_SLACK
        host = Host(identity, context, certificate_hash(identity.cert_path), rooms, idle)
        reception = _Reception(listener, lambda raw: serve(host, raw))
        stack.callback(reception.close)
        stack.callback(rooms.close)
        address = listener.getsockname()
        yield str(address[0]), int(address[1])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, reuse_port=False)
    except OSError as error:
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


class _Reception:
    """Takes connections in and has each served by a thread; ends all of them when it closes."""

    def __init__(self, listener: socket.socket, work: Callable[[socket.socket], None]) -> None:
        self._listener, self._work = listener, work
        self._pool = ThreadPoolExecutor(_GUESTS, "imguard-guest")
        self._guests: dict[Future[None], socket.socket] = {}
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._accept, name="imguard-reception")
        self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for raw in self._guests.values():
                with contextlib.suppress(OSError):
                    raw.shutdown(socket.SHUT_RDWR)
        # Wakes the thread that waits in accept; closing alone would not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._pool.shutdown(wait=True)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                if self._is_closed:
                    return
                continue
            self._admit(raw)

    def _admit(self, raw: socket.socket) -> None:
        with self._lock:
            if self._is_closed or len(self._guests) >= _GUESTS:
                raw.close()
                return
            # The copy can be shut down from here while the thread owns the original.
            copy = raw.dup()
            guest = self._pool.submit(self._work, raw)
            self._guests[guest] = copy
        guest.add_done_callback(self._forget)

    def _forget(self, guest: Future[None]) -> None:
        with self._lock:
            self._guests.pop(guest).close()
