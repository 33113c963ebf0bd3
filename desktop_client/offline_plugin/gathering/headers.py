"""What a picture file says of itself in its first bytes: enough for a list, far from proof that the file is whole."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from PIL import ExifTags, Image

from desktop_client.offline_plugin import dicom
from desktop_client.offline_plugin.images import FORMATS, check_picture, named_faults, open_file

_KINDS: Final = {"MPO": "jpeg"}
_TURNED: Final = frozenset({5, 6, 7, 8})
_COLOURED: Final = frozenset({"RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "P", "PA"})


class Header(NamedTuple):
    """Size of the upright picture, kind of the file and its bytes, and whether it has colours or more than 8 bits."""

    width: int
    height: int
    kind: str
    bytes: int
    is_colour: bool
    is_deep: bool


def read_header(path: Path, max_pixels: int) -> Header:
    """What the header of a picture file says.

    Raises:
        BadImage: with the reason, for every file that cannot be used as far as this shows.
    """
    with open_file(path) as (file, size), named_faults():
        mark = file.read(dicom.MARK_BYTES)
        file.seek(0)
        if dicom.is_dicom(mark):
            width, height, is_colour, is_deep = dicom.read_size(file, max_pixels)
            return Header(width, height, "dicom", size, is_colour, is_deep)
        return _read_picture(file, size, max_pixels)


def _read_picture(file: BinaryIO, size: int, max_pixels: int) -> Header:
    with Image.open(file, formats=FORMATS) as image:
        check_picture(image, max_pixels)
        width, height = image.size
        if _is_turned(image):
            width, height = height, width
        kind = str(image.format)
        is_deep = image.mode.startswith(("I", "F"))
        return Header(width, height, _KINDS.get(kind, kind.lower()), size, image.mode in _COLOURED, is_deep)


def _is_turned(image: Image.Image) -> bool:
    """Whether the picture is stored on its side; damaged tags say nothing about it."""
    if "exif" not in image.info:
        return False
    try:
        return image.getexif().get(ExifTags.Base.Orientation) in _TURNED
    except Exception:
        return False
