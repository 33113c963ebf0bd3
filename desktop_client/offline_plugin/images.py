"""Open one picture file: upright pixels and nothing else. Every file that cannot be used gives a reason in words.

Names, dates, places, comments and thumbnails stay behind, because only decoded pixels are handed on.
"""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import BadImage
from desktop_client.offline_plugin import dicom

FORMATS: Final = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
DEEP_MAX: Final = 65_535.0
_BLACK: Final = (0, 0, 0, 255)


@dataclass(frozen=True)
class Limits:
    """What a file may cost, and how DICOM values become grey.

    ``window`` replaces the window stored in DICOM files: (centre, width). ``side`` lets large JPEG files be decoded at
    a reduced size that is still at least twice this side.
    """

    max_pixels: int = 64 * 1024 * 1024
    window: tuple[float, float] | None = None
    side: int | None = None


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Turn off what image libraries print about damaged tags: such messages can quote names of patients."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)


def open_picture(path: Path, limits: Limits) -> Image.Image:
    """Decode one file into an upright image of mode ``L``, ``RGB`` or ``F`` (grey from 0 to 65535).

    Raises:
        BadImage: with the reason, for every file that cannot be used.
    """
    data = read_file(path)
    with named_faults():
        if dicom.is_dicom(data):
            return _from_dicom(data, limits)
        return _from_picture(data, limits)


@contextmanager
def named_faults() -> Iterator[None]:
    """Decoders meet hostile bytes and raise nearly anything; whatever it is, this one file is unusable.

    Raises:
        BadImage: with the reason.
    """
    try:
        yield
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage("more pixels than the limit allows", reason="too-many-pixels") from error
    except UnidentifiedImageError as error:
        text = "not a readable PNG, JPEG, BMP, TIFF, WebP or DICOM picture"
        raise BadImage(text, reason="not-a-picture") from error
    except MemoryError as error:
        raise BadImage("needs more memory than there is", reason="out-of-memory") from error
    except Exception as error:
        raise BadImage("damaged or cut off", reason="damaged") from error


@contextmanager
def open_file(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A picture file and its size.

    Raises:
        BadImage: not a file that can be read, or of no size that is accepted.
    """
    try:
        if not path.is_file():
            raise BadImage("not a regular file", reason="not-a-file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise BadImage("empty file", reason="empty")
            if size > MAX_FILE_BYTES:
                raise BadImage(f"larger than {MAX_FILE_BYTES >> 20} MiB", reason="file-too-large")
            yield file, size
    except OSError as error:
        raise BadImage("cannot be read from the disk", reason="unreadable") from error


def check_picture(image: Image.Image, max_pixels: int) -> None:
    """What an opened picture says of itself, before anything is decoded.

    Raises:
        BadImage: too many pixels, or more than one page.
    """
    width, height = image.size
    if width * height > max_pixels:
        raise BadImage(f"{width} x {height} pixels, more than the limit of {max_pixels}", reason="too-many-pixels")
    # A phone's multi-picture JPEG has its photograph first; pages and animations have no such order.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise BadImage("holds several pages or frames; save each as a file of its own", reason="several-frames")


def read_file(path: Path) -> bytes:
    """All bytes of a picture file; errors as :func:`open_file`."""
    with open_file(path) as (file, size):
        return file.read(size)


def _from_dicom(data: bytes, limits: Limits) -> Image.Image:
    pixels = dicom.read_pixels(data, limits.max_pixels, limits.window)
    return Image.fromarray(pixels)


def _from_picture(data: bytes, limits: Limits) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        check_picture(image, limits.max_pixels)
        if limits.side and image.format in ("JPEG", "MPO"):
            image.draft(image.mode, (2 * limits.side, 2 * limits.side))
        image.load()
        return _plain(_upright(image))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        # A damaged tag block says nothing about the orientation; the pixels are still good.
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Mode L, RGB or F; transparent parts become black, as hidden colours must not reappear."""
    mode = image.mode
    if mode in ("L", "RGB"):
        return image
    if mode == "1":
        return image.convert("L")
    if mode.startswith("I"):
        return _deep(image)
    if mode == "F":
        raise BadImage(
            "floating-point pixels have no known range; save the picture with 8 or 16 bits", reason="float-pixels"
        )
    if mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        top = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", top.size, _BLACK), top).convert("RGB")
    return image.convert("RGB")


def _deep(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.float32)
    if values.size and not 0 <= float(values.min()) <= float(values.max()) <= DEEP_MAX:
        raise BadImage("pixels with more than 16 bits; save the picture with 8 or 16 bits", reason="too-many-bits")
    return Image.fromarray(values)
