"""Pixels as picture files in memory, for a screen on this machine."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from desktop_client.offline_plugin.images import DEEP_MAX

_QUALITY: Final = 85


def eight_bit(picture: Image.Image) -> Image.Image:
    """Mode L or RGB from what ``open_picture`` gives."""
    if picture.mode != "F":
        return picture
    values = np.asarray(picture) * (255.0 / DEEP_MAX)
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def from_array(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    """A picture of ``[h, w, 1]`` or ``[h, w, 3]``."""
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))


def png(picture: Image.Image) -> bytes:
    """A PNG file; no pixel changes."""
    out = io.BytesIO()
    picture.save(out, format="PNG", compress_level=1)
    return out.getvalue()


def jpeg(picture: Image.Image) -> bytes:
    """A JPEG file: small, and good enough to recognise a picture by."""
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=_QUALITY)
    return out.getvalue()


def within(picture: Image.Image, side: int) -> Image.Image:
    """The picture, made smaller if a side is longer than this."""
    if max(picture.size) <= side:
        return picture
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def thinned(pixels: npt.NDArray[Any], side: int) -> npt.NDArray[Any]:
    """Every n-th pixel of ``[h, w, c]``, so that no side is longer than this; noise is not averaged away."""
    step = -(-max(pixels.shape[:2]) // side)
    return pixels[::step, ::step]


def histogram(values: npt.NDArray[Any]) -> list[int]:
    """How often each of the 256 bytes occurs."""
    counts = np.bincount(np.ascontiguousarray(values).view(np.uint8).ravel(), minlength=256)
    return [int(count) for count in counts]
