"""The single-use store of correlations: hands out those of one segment, each once, in the order of the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from common.errors import CorrelationReused, PeerMismatch
from common.ids import Party
from server_node.offline.layout import Layout, compares_by_digits, derived_bytes, own_words
from server_node.offline.plan import (
    PAD_BITS,
    WORD_BYTES,
    Request,
    Segment,
    matmul_request,
    product_request,
    square_request,
)
from server_node.offline.provider import (
    BitTriples,
    DigitPads,
    Lookups,
    Mask,
    PrivateBits,
    PrivatePairs,
    PrivateValues,
    RandomOts,
)
from server_node.offline.segments import SegmentName, TakenSegment
from server_node.offline.views import PLAIN, Fold, View

CPU: Final = torch.device("cpu")


class StoredCorrelations:
    """Implements :class:`~server_node.offline.provider.Correlations` from one ready segment, on one device.

    Raises:
        CorrelationReused: the segment was taken before, or more is asked for than was planned.
        PeerMismatch: something else than the plan's next correlation is asked for.
        StoreDamaged: the file is not what it should be.
    """

    def __init__(
        self, folder: Path, name: SegmentName, requests: Segment, party: Party, device: torch.device = CPU
    ) -> None:
        self.by_digits = compares_by_digits(name.source)
        self._layout = Layout(requests, party, name.source)
        self._segment = TakenSegment(folder, name, self._layout.stored_bytes)
        self._requests, self._party, self._device = requests, party, device
        self._next = 0

    def close(self) -> None:
        """Delete what is left of the segment."""
        self._segment.close()

    def mask(self, shape: tuple[int, ...]) -> Mask:
        index, own, _ = self._take(Request("mask", tuple(shape)))
        return Mask(index, own.reshape(shape))

    def product(self, a: Mask, b: Mask, ring_bits: int = 64) -> torch.Tensor:
        return self._result(product_request(a, b, ring_bits))

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        return self._result(square_request(a, ring_bits))

    def matmul(
        self,
        a: Mask,
        b: Mask,
        views: tuple[View, View] = (PLAIN, PLAIN),
        ring_bits: int = 64,
        fold: Fold | None = None,
    ) -> torch.Tensor:
        return self._result(matmul_request(a, b, views, ring_bits, fold))

    def bit_triples(self, words: int) -> BitTriples:
        _, own, result = self._take(Request("bit-triples", (words,)))
        return BitTriples(*own.reshape(3, words), *result.reshape(2, words))

    def private_and(self, words: int) -> PrivateBits:
        _, own, result = self._take(Request("private-and", (words,)))
        return PrivateBits(own, result)

    def private_pairs(self, words: int) -> PrivatePairs:
        _, own, result = self._take(Request("private-pairs", (words,)))
        return PrivatePairs(own.reshape(3, words), result.reshape(2, words))

    def digit_pads(self, words: int, digits: tuple[int, int]) -> DigitPads:
        request = Request("digit-pads", (words,), digits=digits)
        _, own, result = self._take(request)
        taken, given = digits[self._party], digits[self._party.other]
        entries = (1 << given) if given else 0
        pads, chosen = result[: PAD_BITS * entries * words], result[PAD_BITS * entries * words :]
        chosen = chosen.reshape(PAD_BITS if taken else 0, words)
        return DigitPads(own.reshape(taken, words), chosen, pads.reshape(entries, PAD_BITS, words))

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        _, own, result = self._take(Request("private-product", (size,), width=value_bytes))
        return PrivateBits(own, result)

    def private_values(self, size: int, ring_bits: int = 64) -> PrivateValues:
        _, own, result = self._take(Request("private-values", (size,), width=ring_bits // 8))
        return PrivateValues(own, result)

    def random_ots(self, size: int, value_bytes: int = WORD_BYTES) -> RandomOts:
        _, own, result = self._take(Request("random-ots", (size,), width=value_bytes), as_int32=value_bytes == 4)
        pad0, pad1, chosen = result.reshape(3, size)
        return RandomOts(own, chosen, pad0, pad1)

    def lookups(self, size: int, index_bits: int, value_bytes: int = WORD_BYTES) -> Lookups:
        request = Request("lookups", (size,), width=value_bytes, index_bits=index_bits)
        _, own, result = self._take(request)
        return Lookups(own & ((1 << index_bits) - 1), result.reshape(size, -1))

    def _result(self, request: Request) -> torch.Tensor:
        return self._take(request)[2].reshape(request.shape)

    def _take(self, request: Request, *, as_int32: bool = False) -> tuple[int, torch.Tensor, torch.Tensor]:
        index = self._next
        if index >= len(self._requests):
            raise CorrelationReused("The job asks for more correlations than its plan holds.")
        if request != self._requests[index]:
            raise PeerMismatch(
                f"The job asks for {request.kind} {request.shape} where its plan holds {self._requests[index].kind}."
            )
        self._next += 1
        packed = np.empty(request.result_bytes(self._party) + WORD_BYTES, np.uint8)
        result = packed[:-WORD_BYTES]
        derived = self._layout.derived[index]
        derived_bytes(self._segment.seed, index, result[:derived])
        if derived < len(result):
            self._segment.read_into(result[derived:])
        own = torch.from_numpy(own_words(self._segment.seed, index, request, self._party).view(np.int64))
        found = torch.from_numpy(result.view(np.int32)) if as_int32 else _widened(packed, request.width)
        return index, own.to(self._device), found.to(self._device)


def _widened(packed: npt.NDArray[np.uint8], width: int) -> torch.Tensor:
    """Little-endian numbers of ``width`` bytes as int64, without a sign below 8 bytes; a spare word follows them."""
    size = (len(packed) - WORD_BYTES) // width
    if width == WORD_BYTES:
        return torch.from_numpy(packed.view(np.int64)[:size])
    if width in (1, 2, 4):
        return torch.from_numpy(packed[:-WORD_BYTES].view(f"<u{width}").astype(np.int64))
    # Whole words are read at every number, and what belongs to the next ones is cut off.
    words: npt.NDArray[np.int64] = np.ndarray((size,), "<i8", buffer=packed, strides=(width,))
    return torch.from_numpy(words & ((1 << 8 * width) - 1))
