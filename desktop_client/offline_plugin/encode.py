"""From an upright picture to numbers of one fixed shape and depth, and from labels to one-hot rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from common.errors import UsageError
from common.sharing.compact import RING_BITS_OF
from common.sharing.share_chunk import MAX_SIDE

FITS: Final = ("stretch", "crop")
_DEEP_MAX: Final = 65_535.0


@dataclass(frozen=True)
class Encoding:
    """The form every image of a data set gets: ``fit`` is ``stretch`` (the whole picture) or ``crop`` (its centre).

    Raises:
        UsageError: a value that no data set can have.
    """

    height: int
    width: int
    channels: int = 1
    bits: int = 8
    fit: str = "stretch"

    def __post_init__(self) -> None:
        if not (1 <= self.height <= MAX_SIDE and 1 <= self.width <= MAX_SIDE):
            raise UsageError(f"Height and width are 1 to {MAX_SIDE} pixels.")
        if self.channels not in (1, 3):
            raise UsageError("An image has 1 channel (grey) or 3 (colour).")
        if self.bits not in RING_BITS_OF:
            raise UsageError(f"Pixels have {', '.join(map(str, RING_BITS_OF))} bits.")
        if self.fit not in FITS:
            raise UsageError(f"A picture is fitted by one of: {', '.join(FITS)}.")

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.height, self.width, self.channels

    @property
    def ring_bits(self) -> int:
        return RING_BITS_OF[self.bits]

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 for 8-bit pixels, else uint16."""
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)


def encode(picture: Image.Image, encoding: Encoding) -> npt.NDArray[Any]:
    """Pixels ``[h, w, c]`` of the encoding's dtype from an image of mode L, RGB or F (grey from 0 to 65535)."""
    is_deep = picture.mode == "F"
    if not is_deep:
        picture = _with_mode(picture, "L" if encoding.channels == 1 else "RGB")
    fitted = _fitted(picture, encoding)
    pixels = np.asarray(fitted)
    if is_deep or encoding.bits != 8:
        pixels = _rescaled(pixels, _DEEP_MAX if is_deep else 255.0, encoding)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    return np.broadcast_to(pixels, encoding.shape)


def one_hot(labels: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.uint8]:
    """uint8 ``[count, classes]`` with a single one in each row.

    Raises:
        ValueError: a label outside ``0 .. classes - 1``.
    """
    if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise ValueError("a label names a class that does not exist")
    rows = np.zeros((labels.size, classes), np.uint8)
    rows[np.arange(labels.size), labels] = 1
    return rows


def _with_mode(picture: Image.Image, mode: str) -> Image.Image:
    return picture if picture.mode == mode else picture.convert(mode)


def _fitted(picture: Image.Image, encoding: Encoding) -> Image.Image:
    size = (encoding.width, encoding.height)
    if picture.size == size:
        return picture
    box = None if encoding.fit == "stretch" else _centre(picture.size, size)
    return picture.resize(size, Image.Resampling.BILINEAR, box=box)


def _centre(have: tuple[int, int], want: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box in the middle of the picture that has the wanted proportions."""
    scale = min(have[0] / want[0], have[1] / want[1])
    width, height = want[0] * scale, want[1] * scale
    # Rounding must not push the box over the edge by a hair.
    left, top = max(0.0, (have[0] - width) / 2), max(0.0, (have[1] - height) / 2)
    return left, top, min(float(have[0]), left + width), min(float(have[1]), top + height)


def _rescaled(pixels: npt.NDArray[Any], top: float, encoding: Encoding) -> npt.NDArray[Any]:
    """Values from 0 to ``top`` as whole numbers of ``encoding.bits`` bits, rounded to the nearest."""
    scaled = pixels.astype(np.float64) * ((2**encoding.bits - 1) / top)
    return np.asarray(np.clip(np.rint(scaled), 0, 2**encoding.bits - 1), encoding.dtype)
