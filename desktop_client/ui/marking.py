"""Marks a text for the translators where it is written down, though it is translated only where it is shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """The text as it is; Qt's tools find it by the name of this function."""
    return text
