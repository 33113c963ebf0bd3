"""The helper as a program: listens for the workers of both servers until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from server_node.helper.guest import Host, certificate_hash, greet
from server_node.helper.reception import Reception
from server_node.helper.rooms import Rooms
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory

_LOG = logging.getLogger("imguard.helper")
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
        reception = Reception(listener, lambda raw: greet(host, raw))
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
