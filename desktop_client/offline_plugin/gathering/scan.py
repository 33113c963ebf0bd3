"""List what was brought, with what the headers say: fast enough for a hundred thousand files, nothing is decoded."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, NamedTuple

from common.errors import BadImage, Cancelled
from desktop_client.offline_plugin.gathering.headers import Header, read_header
from desktop_client.offline_plugin.images import quiet_decoders
from desktop_client.offline_plugin.sources import Item, Refusal, Source, refuse_image

BATCH: Final = 250
# Disks of other machines answer late, so several files are asked for at once.
_THREADS: Final = 4
_AHEAD: Final = 3
_MAX_SIZES: Final = 50
_LARGEST_SUGGESTED: Final = 128


class Found(NamedTuple):
    """One file that may be used: its name, the index of its class and its header."""

    item: Item
    header: Header


def scan(
    source: Source, entries: Iterable[Item | Refusal], max_pixels: int, cancelled: Callable[[], bool]
) -> Generator[list[Found | Refusal], None, None]:
    """Everything that ``source`` lists, batch by batch in its order.

    Raises:
        Cancelled: as soon as ``cancelled()`` is true.
        BadInput: a folder or table cannot be read.
    """
    listed = iter(entries)
    waiting: deque[Future[list[Found | Refusal]]] = deque()
    with quiet_decoders(), ThreadPoolExecutor(_THREADS, "scan") as pool:
        try:
            while batch := _next_batch(listed):
                waiting.append(pool.submit(_read_batch, source, batch, max_pixels))
                if len(waiting) >= _AHEAD * _THREADS:
                    yield _result(waiting, cancelled)
            while waiting:
                yield _result(waiting, cancelled)
        finally:
            for future in waiting:
                future.cancel()


class Summary:
    """Counts of what a scan found."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self.counts: Counter[int] = Counter()
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.kinds: Counter[str] = Counter()
        self.files = self.refused = self.bytes = self.colour = self.deep = 0

    def add(self, batch: list[Found | Refusal]) -> None:
        """Count one batch."""
        for entry in batch:
            if isinstance(entry, Refusal):
                self.refused += 1
                continue
            header = entry.header
            self.files += 1
            self.counts[entry.item.label] += 1
            self.sizes[header.width, header.height] += 1
            self.kinds[header.kind] += 1
            self.bytes += header.bytes
            self.colour += header.is_colour
            self.deep += header.is_deep

    def value(self) -> dict[str, Any]:
        """JSON object: counts for each class, the most frequent sizes, kinds, totals, and a form that would fit."""
        return {
            "classes": list(self._classes),
            "counts": {name: self.counts[index] for index, name in enumerate(self._classes)},
            "sizes": [[width, height, count] for (width, height), count in self.sizes.most_common(_MAX_SIZES)],
            "different_sizes": len(self.sizes),
            "kinds": dict(self.kinds),
            "files": self.files,
            "refused": self.refused,
            "bytes": self.bytes,
            "colour": self.colour,
            "deep": self.deep,
            "suggested": self._suggested(),
        }

    def _suggested(self) -> dict[str, int]:
        """Grey or colour and bits as most files have them; their own size if all have the same small one."""
        side = _LARGEST_SUGGESTED
        height, width = side, side
        if len(self.sizes) == 1:
            ((found_width, found_height),) = self.sizes
            if max(found_width, found_height) <= side:
                width, height = found_width, found_height
        half = self.files / 2
        return {
            "height": height,
            "width": width,
            "channels": 3 if self.colour > half else 1,
            "bits": 16 if self.deep > half else 8,
        }


def _next_batch(entries: Iterator[Item | Refusal]) -> list[Item | Refusal]:
    return list(islice(entries, BATCH))


def _result(waiting: deque[Future[list[Found | Refusal]]], cancelled: Callable[[], bool]) -> list[Found | Refusal]:
    if cancelled():
        raise Cancelled("Looking at the files was cancelled.")
    return waiting.popleft().result()


def _read_batch(source: Source, batch: list[Item | Refusal], max_pixels: int) -> list[Found | Refusal]:
    return [entry if isinstance(entry, Refusal) else _read_one(source, entry, max_pixels) for entry in batch]


def _read_one(source: Source, item: Item, max_pixels: int) -> Found | Refusal:
    try:
        return Found(item, read_header(source.locate(item.name), max_pixels))
    except BadImage as error:
        return refuse_image(item.name, error)
