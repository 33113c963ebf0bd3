"""Reads the arguments of a request field by field; the window is part of the same program, but versions may not fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.errors import BadInput
from desktop_client.settings import Profile


def text_of(args: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text.

    Raises:
        BadInput: missing without a default, or of another type.
    """
    value = args.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return value


def path_of(args: Mapping[str, Any], name: str) -> Path:
    """A path that is not empty; errors as :func:`text_of`."""
    value = text_of(args, name)
    if not value:
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return Path(value)


def profile_of(args: Mapping[str, Any]) -> Profile:
    """The profile that the request is about; errors as :func:`text_of`."""
    return Profile(path_of(args, "profile"))


def number_of(args: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """A whole number in a range, or None if it is missing.

    Raises:
        BadInput: anything else.
    """
    value = args.get(name)
    if value is None:
        return None
    if type(value) is not int or not low <= value <= high:
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return value


def pair_of(args: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """Two numbers, or None if they are missing; errors as :func:`number_of`."""
    value = args.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or any(type(one) not in (int, float) for one in value):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return float(value[0]), float(value[1])


def texts_of(args: Mapping[str, Any], name: str, most: int) -> list[str]:
    """A list of at most so many texts; errors as :func:`text_of`."""
    value = args.get(name)
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, str) for one in value):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return value


def object_of(args: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object; errors as :func:`text_of`."""
    value = args.get(name)
    if not isinstance(value, dict):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return value


def paths_of(args: Mapping[str, Any], name: str, most: int) -> list[Path]:
    """A list of at least one and at most so many paths; errors as :func:`text_of`."""
    found = texts_of(args, name, most)
    if not found or not all(found):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return [Path(one) for one in found]
