"""One shape, one depth, one-hot labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.errors import UsageError
from desktop_client.offline_plugin.encode import Encoding, encode, one_hot
from tests.unit.offline_plugin.pictures import grey


def test_encode_right_size_is_unchanged() -> None:
    pixels = grey()
    found = encode(Image.fromarray(pixels), Encoding(8, 8))
    assert found.shape == (8, 8, 1) and found.dtype == np.uint8
    assert np.array_equal(found[:, :, 0], pixels)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.sampled_from([8, 12, 16]),
       st.sampled_from(["stretch", "crop"]))  # fmt: skip
def test_encode_any_size_gets_the_shape(height: int, width: int, channels: int, bits: int, fit: str) -> None:
    encoding = Encoding(7, 11, channels, bits, fit)
    for mode in ("L", "RGB", "F"):
        found = encode(Image.new(mode, (width, height), "white" if mode != "F" else 65_535), encoding)
        assert found.shape == encoding.shape == (7, 11, channels)
        assert found.dtype == encoding.dtype
        assert (found == 2**bits - 1).all()


def test_encode_crop_takes_the_centre_and_stretch_takes_all() -> None:
    pixels = np.zeros((10, 30), np.uint8)
    pixels[:, 10:20] = 200
    picture = Image.fromarray(pixels)
    assert (encode(picture, Encoding(10, 10, fit="crop")) == 200).all()
    stretched = encode(picture, Encoding(10, 10))
    assert stretched[5, 0, 0] == 0 and stretched[5, 5, 0] == 200


def test_encode_crop_of_other_proportions_keeps_them() -> None:
    disc = np.hypot(*(np.indices((60, 120)) - np.array([30, 60])[:, None, None])) < 20
    found = encode(Image.fromarray(disc.astype(np.uint8) * 255), Encoding(30, 30, fit="crop"))[:, :, 0] > 127
    assert abs(int(found.any(axis=0).sum()) - int(found.any(axis=1).sum())) <= 1


def test_encode_colour_to_grey_uses_luma_weights() -> None:
    picture = Image.new("RGB", (4, 4), (255, 0, 0))
    assert encode(picture, Encoding(4, 4))[0, 0, 0] == 76


@pytest.mark.parametrize(("bits", "wanted"), [(8, [0, 128, 255]), (12, [0, 2048, 4095]), (16, [0, 32_768, 65_535])])
def test_encode_deep_grey_is_rounded_to_the_depth(bits: int, wanted: list[int]) -> None:
    deep = Image.fromarray(np.array([[0, 32_768, 65_535]], np.float32))
    assert encode(deep, Encoding(1, 3, 1, bits))[0, :, 0].tolist() == wanted


def test_encode_eight_bit_values_survive_the_way_through_sixteen() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    deep = encode(Image.fromarray(values), Encoding(16, 16, 1, 16))
    assert np.array_equal(deep[:, :, 0], values.astype(np.uint16) * 257)
    back = encode(Image.fromarray(deep[:, :, 0].astype(np.float32)), Encoding(16, 16))
    assert np.array_equal(back[:, :, 0], values)


def test_one_hot_has_a_single_one_in_each_row() -> None:
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("label", [-1, 3])
def test_one_hot_unknown_class_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match="class"):
        one_hot(np.array([label]), 3)


@pytest.mark.parametrize(
    "values",
    [
        {"height": 0}, {"width": 5000}, {"channels": 2}, {"bits": 10}, {"fit": "squeeze"},
    ],
)  # fmt: skip
def test_encoding_impossible_value_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Encoding(**({"height": 8, "width": 8} | values))
