"""Checks of single manifest fields; each raises :class:`BadManifest` with the field's name and a precise reason."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, NoReturn

from common.errors import BadManifest
from common.sharing.compact import RING_BITS_OF
from common.sharing.share_chunk import MAX_CLASSES, MAX_SIDE

VISIBILITIES: Final = ("private", "shared", "public")
_HEX: Final = re.compile(r"[0-9a-f]+")
_USER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def refuse(field: str, reason: str) -> NoReturn:
    """Raise the error for one field."""
    raise BadManifest(f"{field}: {reason}.", field=field)


def record(value: object, keys: tuple[str, ...], field: str) -> dict[str, Any]:
    """A JSON object with exactly these keys."""
    if not isinstance(value, dict):
        refuse(field, "must be an object")
    unknown = [str(key) for key in value if key not in keys]
    missing = [key for key in keys if key not in value]
    if unknown:
        refuse(field, f"has the unknown field {unknown[0][:40]!r}")
    if missing:
        refuse(field, f"lacks the field {missing[0]!r}")
    return value


def integer(value: object, low: int, high: int, field: str) -> int:
    """A whole number in a range; true and false are not numbers."""
    if type(value) is not int or not low <= value <= high:
        refuse(field, f"must be a whole number from {low} to {high}")
    return value


def text(value: object, low: int, high: int, field: str, *, lines: bool = False) -> str:
    """Printable text with a bounded length and no spaces at its ends; line feeds only where ``lines`` allows them."""
    if not isinstance(value, str) or not low <= len(value) <= high:
        refuse(field, f"must be text of {low} to {high} characters")
    flat = value.replace("\n", "") if lines else value
    if not flat.isprintable() or value != value.strip():
        refuse(field, "must be printable text without spaces at its ends")
    return value


def hexadecimal(value: object, size: int, field: str) -> str:
    """Lower-case hexadecimal text for ``size`` bytes."""
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        refuse(field, f"must be {2 * size} lower-case hexadecimal characters")
    return value


def user(value: object, field: str) -> str:
    """A user name."""
    if not isinstance(value, str) or not _USER.fullmatch(value):
        refuse(field, "must be a user name: lower-case letters, digits, dot, dash, underscore, at most 64")
    return value


def texts(value: object, limits: tuple[int, int], field: str) -> tuple[str, ...]:
    """A list of different texts of up to 100 characters; ``limits`` are its least and greatest length."""
    if not isinstance(value, list) or not limits[0] <= len(value) <= limits[1]:
        refuse(field, f"must be a list of {limits[0]} to {limits[1]} texts")
    items = tuple(text(item, 1, 100, field) for item in value)
    if len(set(items)) != len(items):
        refuse(field, "names something twice")
    return items


def classes(value: object) -> tuple[str, ...]:
    """Class names in the order of the one-hot labels."""
    return texts(value, (1, MAX_CLASSES), "classes")


def shape(value: object) -> tuple[int, int, int]:
    """Height, width and one or three channels."""
    if not isinstance(value, list) or len(value) != 3:
        refuse("shape", "must be [height, width, channels]")
    height = integer(value[0], 1, MAX_SIDE, "shape")
    width = integer(value[1], 1, MAX_SIDE, "shape")
    if value[2] not in (1, 3) or type(value[2]) is not int:
        refuse("shape", "must have 1 or 3 channels")
    return height, width, value[2]


def depth(bits: object, ring_bits: object) -> tuple[int, int]:
    """Bits of a pixel and of the ring that belongs to them."""
    if type(bits) is not int or bits not in RING_BITS_OF:
        refuse("bits", f"must be one of {', '.join(map(str, RING_BITS_OF))}")
    if type(ring_bits) is not int or ring_bits != RING_BITS_OF[bits]:
        refuse("ring_bits", f"must be {RING_BITS_OF[bits]} for {bits}-bit pixels")
    return bits, ring_bits


def time(value: object, field: str) -> str:
    """A moment in UTC, ``YYYY-MM-DDThh:mm:ssZ``."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        refuse(field, "must be a time such as 2026-01-31T12:00:00Z")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        refuse(field, "is not a day or time that exists")
    return value


def audience(visibility: object, shared_with: object) -> tuple[str, tuple[str, ...]]:
    """Who may use a data set in a project; names only go with the visibility ``shared``."""
    if not isinstance(visibility, str) or visibility not in VISIBILITIES:
        refuse("visibility", f"must be one of {', '.join(VISIBILITIES)}")
    names = texts(shared_with, (0, 200), "shared_with")
    for name in names:
        user(name, "shared_with")
    if (visibility == "shared") != bool(names):
        refuse("shared_with", "names users if, and only if, the visibility is shared")
    return visibility, names
