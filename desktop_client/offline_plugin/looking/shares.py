"""What server A and server B will hold of an image: real shares, and how uniform they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from desktop_client.offline_plugin.contact_sheet import correlation, sheet_rows, visible
from desktop_client.offline_plugin.looking.pictures import from_array, histogram, png, thinned

MAX_SIDE: Final = 512
_BYTE_VALUES: Final = 256
_LEAST_EXPECTED: Final = 5


@dataclass(frozen=True)
class Uniformity:
    """Pearson's chi-square of bytes against the uniform distribution: its value, degrees of freedom and p-value."""

    value: float
    freedom: int
    p: float


@dataclass(frozen=True)
class ShareView:
    """One server's share: the bits where the image would be visible as a PNG file, and figures over all its bytes.

    Of large images every n-th pixel is shown.
    """

    png: bytes
    histogram: list[int]
    uniformity: Uniformity
    correlation: float


@dataclass(frozen=True)
class SharesView:
    """The image and both of its shares."""

    original: bytes
    histogram: list[int]
    a: ShareView
    b: ShareView
    bits: int
    ring_bits: int


def shares_view(pixels: npt.NDArray[Any], bits: int, ring_bits: int, rng: RandomSource) -> SharesView:
    """Split one image ``[h, w, c]`` by the code that makes the bundles, and show each half."""
    row = sheet_rows(pixels[np.newaxis], np.zeros(1, np.int64), [""], bits, rng)[0]
    shown = visible(row.original, bits)
    a, b = (_view(share, shown, bits) for share in (row.a_share, row.b_share))
    return SharesView(png(from_array(thinned(shown, MAX_SIDE))), histogram(shown), a, b, bits, ring_bits)


def uniformity(counts: list[int]) -> Uniformity:
    """How well counts of the 256 bytes fit a uniform distribution; for few bytes, neighbours are counted together.

    The p-value is the Wilson-Hilferty approximation.
    """
    total = sum(counts)
    bins = _BYTE_VALUES
    while bins > 2 and total < _LEAST_EXPECTED * bins:
        bins //= 2
    grouped = np.asarray(counts, np.float64).reshape(bins, -1).sum(axis=1)
    freedom = bins - 1
    if total == 0:
        return Uniformity(0.0, freedom, 1.0)
    expected = total / bins
    value = float(((grouped - expected) ** 2).sum() / expected)
    spread = 2.0 / (9.0 * freedom)
    distance = ((value / freedom) ** (1.0 / 3.0) - (1.0 - spread)) / math.sqrt(spread)
    return Uniformity(value, freedom, 0.5 * math.erfc(distance / math.sqrt(2.0)))


def _view(share: npt.NDArray[Any], shown: npt.NDArray[np.uint8], bits: int) -> ShareView:
    counts = histogram(share)
    view = visible(share, bits)
    return ShareView(png(from_array(thinned(view, MAX_SIDE))), counts, uniformity(counts), correlation(shown, view))
