"""Compact shares: exact for every depth, uniform for every image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sharing import compact
from tests.helpers.seeded import SeededRandom

# A chi-square variable with 255 degrees of freedom is above 380 with probability 5e-7; the seeds are fixed.
CHI_SQUARE_LIMIT = 380.0
SIDE = 256


def checkerboard(top: int) -> npt.NDArray[np.int64]:
    return np.asarray((np.indices((SIDE, SIDE)).sum(axis=0) % 2) * top, np.int64)


def adversarial(kind: str, bits: int) -> npt.NDArray[Any]:
    top = 2**bits - 1
    image = {
        "black": np.zeros((SIDE, SIDE), np.int64),
        "white": np.full((SIDE, SIDE), top),
        "checkerboard": checkerboard(top),
    }[kind]
    return image.astype(np.uint8 if bits == 8 else np.uint16).reshape(1, SIDE, SIDE, 1)


def chi_square(data: bytes) -> float:
    """Against 256 equally likely bytes."""
    seen = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    expected = len(data) / 256
    return float(((seen - expected) ** 2 / expected).sum())


def one_hot(count: int, classes: int = 2) -> npt.NDArray[np.uint8]:
    return np.eye(classes, dtype=np.uint8)[np.arange(count) % classes]


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("kind", ["black", "white", "checkerboard"])
def test_split_chunk_combined_is_the_original(kind: str, bits: int) -> None:
    image, ring_bits = adversarial(kind, bits), compact.RING_BITS_OF[bits]
    labels = one_hot(1)
    seed, data = compact.split_chunk(image, labels, SeededRandom(kind), ring_bits)
    stream = compact.expand_seed(seed, image.size + labels.size, ring_bits)
    values = compact.combine(stream, data)
    assert np.array_equal(values[: image.size], image.ravel())
    assert np.array_equal(values[image.size :], labels.ravel())


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("kind", ["black", "white", "checkerboard"])
def test_each_side_alone_is_uniform_in_every_byte(kind: str, bits: int) -> None:
    image, ring_bits = adversarial(kind, bits), compact.RING_BITS_OF[bits]
    seed, data = compact.split_chunk(image, one_hot(1), SeededRandom(f"{kind}{bits}"), ring_bits)
    stream = compact.expand_seed(seed, data.size, ring_bits)
    for share in (stream, data):
        octets = share.view(np.uint8).reshape(-1, ring_bits // 8)
        for place in range(ring_bits // 8):
            assert chi_square(octets[:, place].tobytes()) < CHI_SQUARE_LIMIT


def test_data_side_of_two_images_differs_by_their_difference_only_under_one_seed() -> None:
    """With one fixed seed the data side reveals differences, so a fresh seed per chunk is what protects."""
    rng = SeededRandom("fresh")
    black, white = adversarial("black", 8), adversarial("white", 8)
    (seed_1, data_1), (seed_2, data_2) = (compact.split_chunk(x, one_hot(1), rng) for x in (black, white))
    assert seed_1 != seed_2
    difference = (data_2 - data_1)[: black.size]
    assert chi_square(difference.tobytes()) < CHI_SQUARE_LIMIT


def test_seed_side_does_not_depend_on_the_image() -> None:
    sides = [compact.split_chunk(adversarial(kind, 8), one_hot(1), SeededRandom("s"))[0] for kind in ("black", "white")]
    assert sides[0] == sides[1]


def test_share_of_one_party_does_not_tell_two_images_apart() -> None:
    """The best threshold on the mean of the data side is at chance for black against white."""
    rng = SeededRandom("game")
    means = []
    for kind in ("black", "white"):
        image = adversarial(kind, 8)[:, :32, :32]
        means.append([float(compact.split_chunk(image, one_hot(1), rng)[1].mean()) for _ in range(200)])
    middle = float(np.median(means))
    right = sum(m < middle for m in means[0]) + sum(m >= middle for m in means[1])
    # 400 fair coins leave 200 +- 60 with probability below 2e-9.
    assert abs(right - 200) < 60


@given(st.integers(1, 3), st.integers(1, 4), st.sampled_from([8, 16]), st.integers(0, 99))
def test_split_chunk_any_shape_comes_back(count: int, side: int, bits: int, seed: int) -> None:
    rng = SeededRandom(str(seed))
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    raw = rng.token(count * side * side * 3 * dtype.itemsize)
    pixels = np.frombuffer(raw, dtype).reshape(count, side, side, 3)
    labels = one_hot(count, 5)
    key, data = compact.split_chunk(pixels, labels, rng)
    values = compact.combine(compact.expand_seed(key, data.size, 2 * bits), data)
    assert np.array_equal(values, np.concatenate([pixels.ravel(), labels.ravel()]))


def test_split_chunk_value_of_half_the_ring_is_refused() -> None:
    pixels = np.full((1, 2, 2, 1), 1 << 15, np.uint16)
    with pytest.raises(ValueError, match="half the ring"):
        compact.split_chunk(pixels, one_hot(1), SeededRandom(), 16)


@pytest.mark.parametrize(
    ("pixels", "labels", "message"),
    [
        (np.zeros((1, 2, 2, 1), np.int32), np.zeros((1, 2), np.uint8), "uint8 or uint16"),
        (np.zeros((1, 2, 2, 1), np.float32), np.zeros((1, 2), np.uint8), "uint8 or uint16"),
        (np.zeros((1, 2, 2, 1), np.uint8), np.zeros((1, 2), np.int64), "labels are uint8"),
        (np.zeros((2, 2, 2, 1), np.uint8), np.zeros((1, 2), np.uint8), "one row"),
        (np.zeros((1, 2, 2, 1), np.uint8), np.full((1, 2), 2, np.uint8), "zeros and ones"),
    ],
)
def test_split_chunk_wrong_arrays_are_refused(pixels: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compact.split_chunk(pixels, labels, SeededRandom())


def test_expand_seed_prefix_does_not_depend_on_the_length() -> None:
    seed = bytes(range(32))
    assert np.array_equal(compact.expand_seed(seed, 1000, 16)[:10], compact.expand_seed(seed, 10, 16))


def test_expand_seed_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        compact.expand_seed(b"short", 4, 16)


def test_ring_dtype_other_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="Z_2"):
        compact.ring_dtype(8)


def test_combine_of_different_rings_is_refused() -> None:
    with pytest.raises(ValueError, match="same shape and ring"):
        compact.combine(np.zeros(2, np.uint16), np.zeros(2, np.uint32))
