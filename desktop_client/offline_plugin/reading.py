"""Decode many files at once, in a given order, with a bounded number in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import numpy.typing as npt

from common.errors import BadImage, Cancelled
from desktop_client.offline_plugin.encode import Encoding, encode
from desktop_client.offline_plugin.images import Limits, open_picture, quiet_decoders
from desktop_client.offline_plugin.sources import Item, Refusal, Source, refuse_image

Read = tuple[Item, npt.NDArray[Any]] | Refusal
_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))
_AHEAD: Final = 4


def read_in_order(
    source: Source, items: Iterable[Item], encoding: Encoding, limits: Limits, cancelled: Callable[[], bool]
) -> Generator[Read, None, None]:
    """Each item with its pixels ``[h, w, c]``, or the refusal with the reason, in the order of ``items``.

    Decoding runs in a few threads (the decoders release the interpreter lock); at most ``4`` files per thread are held.

    Raises:
        Cancelled: as soon as ``cancelled()`` is true.
    """
    waiting: deque[Future[Read]] = deque()
    with quiet_decoders(), ThreadPoolExecutor(_WORKERS, "decode") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(_read_one, source, item, encoding, limits))
                if len(waiting) >= _AHEAD * _WORKERS:
                    yield _next(waiting, cancelled)
            while waiting:
                yield _next(waiting, cancelled)
        finally:
            for future in waiting:
                future.cancel()


def _next(waiting: deque[Future[Read]], cancelled: Callable[[], bool]) -> Read:
    if cancelled():
        raise Cancelled("Splitting was cancelled; nothing was written.")
    return waiting.popleft().result()


def _read_one(source: Source, item: Item, encoding: Encoding, limits: Limits) -> Read:
    try:
        return item, encode(open_picture(source.locate(item.name), limits), encoding)
    except BadImage as error:
        return refuse_image(item.name, error)
