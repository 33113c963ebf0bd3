"""A Redis of a test's own, which it may stop and start again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.nodes.pair import free_ports
from tests.services.available import PATIENCE, REDIS, need


class OwnRedis:
    """One process on a port of its own; it forgets everything when it stops."""

    def __init__(self, folder: Path) -> None:
        need(REDIS)
        self._program = shutil.which("redis-server")
        if self._program is None:
            pytest.skip("redis-server is not installed: run `make services`")
        self._folder = folder
        [self.port] = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert self._program is not None and self._process is None
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen([self._program, *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not _listens(self.port):
            assert self._process.poll() is None and time.monotonic() < deadline, "Redis did not start"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """A running Redis as long as the context."""
    redis = OwnRedis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()
