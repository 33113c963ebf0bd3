"""Where the parts of a segment come from at each party: own seed, or bytes that the store keeps.

With the source ``cot`` every result comes out of the protocol and is stored whole. A dealer may choose one party's
share of a result freely, so that share is expanded from the party's seed and only the other's is sent and stored.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.domains import TRIPLE_MASK_V1, TRIPLE_RESULT_V1
from common.crypto.prg import Stream, derive_key
from common.ids import Party
from server_node.offline.plan import Request, Segment, Words

HELPER: Final = "helper"
_BLOCK: Final = 16
_BOTH_CHOOSE: Final = ("random-ots", "lookups", "digit-pads")


def compares_by_digits(source: str) -> bool:
    """Whether comparisons take digits at this source.

    Where the servers prepare by themselves, transfers are dearer than bits online; a dealer's cost next to nothing.
    """
    return source != HELPER


def own_words(seed: bytes, index: int, request: Request, party: Party) -> Words:
    """This party's randomness for request ``index`` of a segment: expanded when made and again when used."""
    return own_stream(seed, index).words(request.own_words(party))


def derived_bytes(seed: bytes, index: int, target: npt.NDArray[np.uint8]) -> None:
    """Fill ``target`` with the part of a result that follows from the seed."""
    if target.size:
        result_stream(seed, index).fill(target)


def own_stream(seed: bytes, index: int, start: int = 0) -> Stream:
    """The bytes of :func:`own_words` from byte ``start``."""
    return _stream(derive_key(seed, TRIPLE_MASK_V1, index.to_bytes(4, "little")), start)


def result_stream(seed: bytes, index: int, start: int = 0) -> Stream:
    """The bytes of :func:`derived_bytes` from byte ``start``."""
    return _stream(derive_key(seed, TRIPLE_RESULT_V1, index.to_bytes(4, "little")), start)


def _stream(key: bytes, start: int) -> Stream:
    stream = Stream(key, start // _BLOCK)
    if start % _BLOCK:
        stream.raw(start % _BLOCK)
    return stream


class Layout:
    """For every request of a segment how many bytes of the result follow from the seed (they come first in the
    result) and how many are stored, in plan order."""

    def __init__(self, requests: Segment, party: Party, source: str) -> None:
        if source == HELPER:
            split = [parts[party] for parts in _dealt(requests)]
        else:
            split = [(0, request.result_bytes(party)) for request in requests]
        self.derived = [derived for derived, _ in split]
        self.stored = [stored for _, stored in split]
        self.stored_bytes = sum(self.stored)

    def places(self) -> list[slice]:
        """Where the stored bytes of each request lie, from the first."""
        ends = np.cumsum(self.stored, dtype=np.int64)
        return [slice(int(end) - size, int(end)) for end, size in zip(ends, self.stored, strict=True)]


def _dealt(requests: Segment) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """(derived, stored) bytes of P0 and of P1; what either may be sent goes to the one who was sent less so far."""
    load = [0, 0]
    split = []
    for request in requests:
        parts = []
        loaded = Party.P0 if load[0] < load[1] else Party.P1
        for party in Party:
            free, rest = (request.width * count for count in request.result_parts(party))
            is_free = request.kind not in _BOTH_CHOOSE and party is not loaded
            parts.append((free + rest, 0) if is_free else (free, rest))
            load[party] += parts[-1][1]
        split.append((parts[0], parts[1]))
    return split
