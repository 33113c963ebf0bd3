"""Compact shares of images: a pixel costs one small ring element at one server and nothing but a seed at the other.

A chunk of pixels and one-hot labels is masked by one stream: pixels first, then labels. Values stay below half the
small ring, so that the servers can lift them to Z_2^64 from the two top bits alone.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto import domains, prg
from common.crypto.rng import RandomSource

SEED_BYTES: Final = prg.SEED_BYTES
RING_BITS_OF: Final = {8: 16, 12: 16, 16: 32}
"""Bits of a pixel -> bits of the small ring that holds it with room for the wrap."""

_DTYPES: Final[dict[int, np.dtype[Any]]] = {16: np.dtype("<u2"), 32: np.dtype("<u4")}
Share = npt.NDArray[Any]


def ring_dtype(ring_bits: int) -> np.dtype[Any]:
    """uint16 for Z_2^16, uint32 for Z_2^32, little-endian.

    Raises:
        ValueError: another ring.
    """
    if ring_bits not in _DTYPES:
        raise ValueError("compact shares live in Z_2^16 or Z_2^32")
    return _DTYPES[ring_bits]


def expand_seed(seed: bytes, n: int, ring_bits: int) -> Share:
    """The first ``n`` elements of the share that a 32-byte seed stands for, 1-D of the ring's dtype.

    Raises:
        ValueError: wrong seed length or ring.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError("a share seed has 32 bytes")
    return prg.expand(seed, domains.PIXEL_STREAM_V1, n, ring_dtype(ring_bits))


def split_chunk(
    values: npt.NDArray[Any], labels_onehot: npt.NDArray[Any], rng: RandomSource, ring_bits: int | None = None
) -> tuple[bytes, Share]:
    """Split one chunk into the seed side and the data side.

    Args:
        values: pixels, uint8 or uint16, first axis is the image.
        labels_onehot: uint8 zeros and ones, ``[count, classes]``.
        rng: where the 32-byte seed comes from.
        ring_bits: 16 or 32; by default 16 for uint8 pixels and 32 for uint16.

    Returns:
        ``(seed, data)``; ``data`` is 1-D: ``values.size`` pixels, then ``labels_onehot.size`` labels.

    Raises:
        ValueError: dtypes that do not fit, different counts, or a value of half the ring or more.
    """
    bits = ring_bits or {1: 16, 2: 32}.get(values.dtype.itemsize, 0)
    _check(values, labels_onehot, bits)
    seed = rng.token(SEED_BYTES)
    data = expand_seed(seed, values.size + labels_onehot.size, bits)
    pixels, labels = data[: values.size], data[values.size :]
    # The stream's own memory becomes the share: value - stream, wrapped by the dtype.
    np.subtract(values.reshape(-1), pixels, out=pixels)
    np.subtract(labels_onehot.reshape(-1), labels, out=labels)
    return seed, data


def combine(share_a: Share, share_b: Share) -> Share:
    """The values behind two compact shares of equal shape and dtype, in the ring's dtype.

    Raises:
        ValueError: shapes or dtypes differ.
    """
    if share_a.shape != share_b.shape or share_a.dtype != share_b.dtype or share_a.dtype.itemsize not in (2, 4):
        raise ValueError("two compact shares of one value have the same shape and ring")
    return share_a + share_b


def _check(values: npt.NDArray[Any], labels: npt.NDArray[Any], ring_bits: int) -> None:
    if values.dtype not in (np.uint8, np.uint16) or labels.dtype != np.uint8:
        raise ValueError("pixels are uint8 or uint16 and labels are uint8")
    ring_dtype(ring_bits)
    if labels.ndim != 2 or values.ndim < 1 or len(values) != len(labels):
        raise ValueError("every image has one row of labels")
    half = 1 << (ring_bits - 1)
    if values.dtype == np.uint16 and ring_bits == 16 and values.size and int(values.max()) >= half:
        raise ValueError("a value must stay below half the ring")
    if labels.size and int(labels.max()) > 1:
        raise ValueError("one-hot labels are zeros and ones")
