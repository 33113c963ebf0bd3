"""The version of the installed package; it stands in ``pyproject.toml`` and nowhere else."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Such as ``0.1.0``; a checkout that was not installed says so."""
    try:
        return version("imageguard")
    except PackageNotFoundError:
        return "0 (not installed)"
