"""Every format opens upright and bare; every unusable file has its reason."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.errors import BadImage
from desktop_client.offline_plugin.images import MAX_FILE_BYTES, Limits, open_picture, quiet_decoders
from tests.unit.offline_plugin.pictures import grey, save

LIMITS = Limits()
NOT_A_PICTURE = "not a readable PNG, JPEG, BMP, TIFF, WebP or DICOM picture"


def opened(path: Path, limits: Limits = LIMITS) -> np.ndarray[Any, Any]:
    with quiet_decoders():
        return np.asarray(open_picture(path, limits))


def reason(path: Path, limits: Limits = LIMITS) -> str:
    with quiet_decoders(), pytest.raises(BadImage) as caught:
        open_picture(path, limits)
    return str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp"])
@pytest.mark.parametrize("channels", [1, 3])
def test_open_lossless_format_gives_its_pixels(tmp_path: Path, suffix: str, channels: int) -> None:
    pixels = grey(6, 9) if channels == 1 else np.stack([grey(6, 9, i) for i in range(3)], axis=2)
    extra = {"lossless": True} if suffix == "webp" else {}
    found = opened(save(tmp_path / f"x.{suffix}", pixels, **extra))
    if found.ndim == 3 and channels == 1:
        found = found[:, :, 0]
    assert np.array_equal(found, pixels)


def test_open_jpeg_gives_nearly_its_pixels(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(32), np.arange(32)).astype(np.uint8) * 3
    found = opened(save(tmp_path / "x.jpg", smooth, quality=95)).astype(int)
    assert np.abs(found - smooth).max() < 6


def test_open_looks_at_the_content_not_at_the_name(tmp_path: Path) -> None:
    path = save(tmp_path / "x.png", grey())
    renamed = path.rename(tmp_path / "scan.jpg")
    assert np.array_equal(opened(renamed), grey())


@pytest.mark.parametrize(("orientation", "turn"), [(3, 2), (6, 3), (8, 1)])
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_open_turns_the_picture_upright(tmp_path: Path, suffix: str, orientation: int, turn: int) -> None:
    pixels = np.zeros((16, 32), np.uint8)
    pixels[:8, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = opened(save(tmp_path / f"x.{suffix}", pixels, exif=exif))
    found = found if found.ndim == 2 else found[:, :, 0]
    wanted = np.rot90(pixels, turn)
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).mean() < 8


def test_open_drops_everything_but_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    path = save(tmp_path / "x.jpg", grey(), exif=exif, comment="Jane Doe")
    assert b"Jane Doe" in path.read_bytes()
    with quiet_decoders():
        picture = open_picture(path, LIMITS)
    assert b"Jane Doe" not in picture.tobytes()


def test_open_sixteen_bit_grey_keeps_its_depth(tmp_path: Path) -> None:
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    found = opened(save(tmp_path / "x.png", pixels))
    assert found.dtype == np.float32
    assert np.array_equal(found, pixels)


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "LA", "RGBA"])
def test_open_other_colour_models_become_grey_or_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("x.tiff" if mode == "CMYK" else "x.png")
    Image.fromarray(grey()).convert(mode).save(path)
    with quiet_decoders():
        assert open_picture(path, LIMITS).mode in ("L", "RGB")


def test_open_transparent_part_is_black(tmp_path: Path) -> None:
    pixels = np.full((4, 4, 4), 200, np.uint8)
    pixels[:, :2, 3] = 0
    pixels[:, 2:, 3] = 255
    found = opened(save(tmp_path / "x.png", pixels))
    assert (found[:, :2] == 0).all() and (found[:, 2:] == 200).all()


def test_open_floating_point_picture_is_refused(tmp_path: Path) -> None:
    assert "floating-point" in reason(save(tmp_path / "x.tiff", np.ones((4, 4), np.float32)))


def test_open_thirty_two_bit_picture_is_refused(tmp_path: Path) -> None:
    pixels = np.full((4, 4), 1 << 20, np.int32)
    assert "more than 16 bits" in reason(save(tmp_path / "x.tiff", pixels))


def test_open_several_pages_are_refused(tmp_path: Path) -> None:
    pages = [Image.fromarray(grey(seed=i)) for i in range(2)]
    path = tmp_path / "x.tiff"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert "several pages" in reason(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty file"),
        (b"hello, this is a letter", NOT_A_PICTURE),
        (b"GIF89a" + bytes(40), NOT_A_PICTURE),
        (b"%PDF-1.7 " + bytes(200), NOT_A_PICTURE),
        (b"\x89PNG\r\n\x1a\n", NOT_A_PICTURE),
        (bytes(128) + b"DICM", "damaged or cut off"),
        (bytes(128) + b"DICM" + b"\xff" * 100, "damaged or cut off"),
    ],
)
def test_open_wrong_content_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    assert reason(path) == why


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tiff", "webp"])
def test_open_cut_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"x.{suffix}", grey(64, 64))
    data = path.read_bytes()
    for part in (0.3, 0.6, 0.9):
        path.write_bytes(data[: int(len(data) * part)])
        assert reason(path) in ("damaged or cut off", NOT_A_PICTURE)


def huge_png(width: int, height: int) -> bytes:
    """A valid PNG header that promises very many pixels in very few bytes."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(9000, 9000), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
)
def test_open_decompression_bomb_is_refused(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(huge_png(width, height))
    assert "more" in reason(path) and "limit" in reason(path)


def test_open_more_pixels_than_chosen_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "x.png", grey(20, 20))
    assert reason(path, Limits(max_pixels=399)) == "20 x 20 pixels, more than the limit of 399"
    assert opened(path, Limits(max_pixels=400)).shape == (20, 20)


def test_open_too_long_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert reason(path) == "larger than 256 MiB"


def test_open_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path / "pipe") == "not a regular file"
    assert reason(tmp_path) == "not a regular file"
    assert reason(tmp_path / "missing.png") == "not a regular file"


def test_open_large_jpeg_is_decoded_at_a_useful_size(tmp_path: Path) -> None:
    path = save(tmp_path / "x.jpg", np.zeros((800, 1600), np.uint8))
    assert opened(path).shape == (800, 1600)
    height, width = opened(path, Limits(side=28)).shape
    assert 56 <= height < 800 and width == 2 * height


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255), suffix=st.sampled_from(["png", "jpg", "tiff", "webp"]))
def test_open_damaged_file_opens_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int, suffix: str
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(grey(16, 16)).save(buffer, {"jpg": "jpeg"}.get(suffix, suffix))
    data = bytearray(buffer.getvalue())
    data[place % len(data)] ^= flip
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    path.write_bytes(data)
    with quiet_decoders():
        try:
            picture = open_picture(path, Limits(max_pixels=10_000))
        except BadImage as error:
            assert str(error)
        else:
            assert picture.mode in ("L", "RGB", "F")
