"""Loops compiled by numba: once per machine and version, kept on disk, loaded from there ever after.

Functions marked :func:`compiled` release the global lock. A module with such functions gives a :func:`sample` call of
each, so that :func:`warm_up` can have all of them ready before a computation starts and say which must be compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import numba
from numba.core.event import Event, Listener, install_listener

F = TypeVar("F", bound=Callable[..., object])
Report = Callable[[str], None]
Sample = Callable[[], object]

_samples: list[Sample] = []


def compiled(function: F) -> F:
    """Compile with numba, cache on disk, release the global lock; keeps the static type."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath=False)(function))


def compiled_parallel(function: F) -> F:
    """:func:`compiled` with ``numba.prange`` loops divided among threads (``numba.set_num_threads``).

    The cache tells functions apart by name and source: a parallel function never shares both with a serial one.
    """
    return cast(F, numba.njit(cache=True, nogil=True, fastmath=False, parallel=True)(function))


def sample(call: Sample) -> Sample:
    """Register a call with tiny arguments of the types that the real calls have; used as a decorator."""
    _samples.append(call)
    return call


def warm_up(report: Report) -> None:
    """Make every kernel with a sample ready; ``report`` gets the name of each one before it is compiled.

    Kernels from the cache are loaded without a word.
    """
    with announced(report):
        for call in _samples:
            call()


@contextmanager
def announced(report: Report) -> Iterator[None]:
    """Tell ``report`` the name of each kernel that any thread has to compile while the context is open."""
    with install_listener("numba:compile", _Announcer(report)):
        yield


class _Announcer(Listener):
    def __init__(self, report: Report) -> None:
        self._report = report

    def on_start(self, event: Event) -> None:
        self._report(event.data["dispatcher"].py_func.__name__)

    def on_end(self, event: Event) -> None:
        """Compiled; nothing to tell."""
