"""Loops compiled by numba: once per machine and version, kept on disk, loaded from there ever after.

Functions marked :func:`compiled` release the global lock. A module with such functions gives a :func:`sample` call of
each, so that :func:`warm_up` can have all of them ready before a computation starts and say which must be compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.core.event import Event, Listener, install_listener
from numba.extending import intrinsic
from numba.np.numpy_support import carray

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


def _write_pointer(context: Any, address: Any) -> Any:
    """The int64 ``address`` as a pointer to int64."""
    kind = cast(Any, types.CPointer)(types.int64)

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], target.get_value_type(kind))

    return kind(types.int64), write


_pointer: Callable[..., Any] = intrinsic(_write_pointer)


@compiled
def words_at(address: int, count: int) -> npt.NDArray[np.int64]:
    """For compiled callers: the ``count`` 64-bit words at an address, which the caller keeps alive."""
    return carray(_pointer(address), (count,))


@compiled
def address_of(words: npt.NDArray[Any]) -> int:
    """For compiled callers: where an array starts, as a signed number; with unsigned ones numba goes to floats."""
    return int(np.int64(words.ctypes.data))


def _write_load(context: Any, address: Any) -> Any:
    """The 64-bit word at an address that need not be a multiple of eight."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.int64(types.int64), write


def _write_store(context: Any, address: Any, word: Any) -> Any:
    """Overwrites the 64-bit word at such an address."""

    def write(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        builder.store(arguments[1], place, align=1)
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), write


load_word: Callable[..., Any] = intrinsic(_write_load)
"""For compiled callers: ``load_word(address)`` is the 64-bit word there, which need not be aligned."""
store_word: Callable[..., Any] = intrinsic(_write_store)
"""For compiled callers: ``store_word(address, word)``."""


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
    """Passes each name on once; what numba compiles of its own for a kernel is part of that kernel."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._said: set[str] = set()

    def on_start(self, event: Event) -> None:
        function = event.data["dispatcher"].py_func
        if function.__name__ not in self._said and not function.__module__.startswith("numba."):
            self._said.add(function.__name__)
            self._report(function.__name__)

    def on_end(self, event: Event) -> None:
        """Compiled; nothing to tell."""
