"""Strict by default: no network beyond this machine, and a test fails on what it leaves behind or logs unasked.

* A connection, a datagram or a listening socket beyond 127.0.0.0/8 and ::1 raises.
* A thread or an asyncio task that is still there when its test is over fails that test, by name.
* A record of level WARNING or above from an ``imguard`` logger fails the test, unless the test takes ``caplog`` or is
  marked ``expects_warnings``.
* Property tests draw the same few examples in every run.
"""

from __future__ import annotations

import asyncio
import asyncio.runners
import ipaddress
import logging
import socket
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

TESTS = Path(__file__).resolve().parent

hypothesis.settings.register_profile(
    "quick",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("quick")

# Threads that belong to the test runner itself.
RUNNER_THREADS = ("MainThread", "pytest_timeout", "execnet", "Dummy-")
THREAD_PATIENCE = 2.0

_log_records: list[logging.LogRecord] = []
_pending_tasks: list[str] = []
_THREADS: pytest.StashKey[set[threading.Thread]] = pytest.StashKey()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folder of a test decides its tier."""
    for item in items:
        tier = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if tier in ("bench", "e2e"):
            item.add_marker(tier)


# --- network -----------------------------------------------------------------------------------------------------


def _check_address(family: int, address: Any) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    if host == "localhost":
        return
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise RuntimeError(f"A test tried to use the network: {host!r}. Only 127.0.0.1 is allowed.")


def _guarded(name: str) -> Any:
    plain = getattr(socket.socket, name)

    def checked(self: socket.socket, *args: Any) -> Any:
        _check_address(self.family, args[-1])
        return plain(self, *args)

    return checked


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Generator[None]:
    """The address is the last argument of each of these calls."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "bind", "sendto"):
            patch.setattr(socket.socket, name, _guarded(name))
        yield


# --- asyncio tasks -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _watch_tasks() -> Generator[None]:
    """Note what a closing event loop still had to cancel; a task that is being cancelled already is no leak."""
    cancel_all: Any = getattr(asyncio.runners, "_cancel_all_tasks")

    def noting(loop: asyncio.AbstractEventLoop) -> None:
        _pending_tasks.extend(repr(task) for task in asyncio.all_tasks(loop) if not task.cancelling())
        cancel_all(loop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.runners, "_cancel_all_tasks", noting)
        yield


# --- logging -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _watch_log() -> Generator[None]:
    """See each record as it is made: handlers, levels and propagation are the program's to change."""
    plain = logging.getLogRecordFactory()

    def noting(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = plain(*args, **kwargs)
        if record.levelno >= logging.WARNING and record.name.partition(".")[0] == "imguard":
            _log_records.append(record)
        return record

    logging.setLogRecordFactory(noting)
    yield
    logging.setLogRecordFactory(plain)


@pytest.fixture(autouse=True)
def _restore_logging() -> Generator[None]:
    """A test that sets logging up must not silence ``caplog`` in the next one."""
    logger = logging.getLogger("imguard")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logger.propagate = propagate


def _expects_warnings(item: pytest.Item) -> bool:
    return "caplog" in getattr(item, "fixturenames", ()) or item.get_closest_marker("expects_warnings") is not None


# --- the verdict -------------------------------------------------------------------------------------------------


def _is_left_over(thread: threading.Thread, before: set[threading.Thread]) -> bool:
    return thread.is_alive() and thread not in before and not thread.name.startswith(RUNNER_THREADS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Threads of module and session fixtures are there before the test's own part starts, so they do not count."""
    item.stash[_THREADS] = set(threading.enumerate())
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fail on threads, tasks and log records, after every fixture of the test had its chance to close things."""
    result = yield
    problems: list[str] = []
    for thread in threading.enumerate():
        if _THREADS in item.stash and _is_left_over(thread, item.stash[_THREADS]):
            thread.join(THREAD_PATIENCE)
            if thread.is_alive():
                problems.append(f"thread left running: {thread.name}")
    problems += [f"task left pending: {task}" for task in _pending_tasks]
    if not _expects_warnings(item):
        problems += [f"unexpected log record: {r.levelname} {r.name}: {r.getMessage()}" for r in _log_records]
    _pending_tasks.clear()
    _log_records.clear()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
    return result
