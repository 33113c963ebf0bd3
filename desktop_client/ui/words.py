"""Numbers and times as people read them, in the language of the window."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from desktop_client.plain import plain

_PLACE = re.compile(r"%([1-9])")
_UNITS = ("B", "kB", "MB", "GB", "TB")
_LARGEST = 2**63 - 1
_LONGEST_TIME = 40
_LONGEST_NAME = 60
_CENTURY = 3_155_760_000


def size(count: float) -> str:
    """Bytes with a unit, such as ``1.4 GB``; decimal units, as links and disks are sold."""
    value, unit = _finite(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 100 else 1
    return f"{QLocale().toString(value, 'f', digits)} {_UNITS[unit]}"


def number(value: int) -> str:
    """With the separators of the language."""
    return QLocale().toString(max(min(value, _LARGEST), -_LARGEST))


def amount(count: int, unit: str) -> str:
    """Bytes as a size, anything else as a number."""
    return size(count) if unit == "bytes" else number(count)


def percent(share: float | None, digits: int = 1) -> str:
    """``0.934`` as ``93.4 %``; a dash for None."""
    return "–" if share is None else f"{QLocale().toString(_finite(share) * 100, 'f', digits)} %"


def duration(seconds: float) -> str:
    """``75`` as ``1 min 15 s``."""
    whole = round(max(min(_finite(seconds), _CENTURY), 0))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        text = QCoreApplication.translate("Words", "%1 h %2 min")
        return text.replace("%1", str(hours)).replace("%2", str(minutes))
    if minutes:
        text = QCoreApplication.translate("Words", "%1 min %2 s")
        return text.replace("%1", str(minutes)).replace("%2", str(rest))
    return QCoreApplication.translate("Words", "%1 s").replace("%1", str(rest))


def moment(text: str) -> str:
    """A UTC time such as 2026-01-31T12:00:00Z, in the zone and manner of the desktop; other text stays, if short."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        seconds = int(aware.timestamp())
    except (ValueError, OverflowError):
        return plain(text[:_LONGEST_TIME])
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(seconds), QLocale.FormatType.ShortFormat)


def ago(seconds: float) -> str:
    """``90`` as ``1 min ago``."""
    seconds = min(_finite(seconds), _CENTURY)
    if seconds < 45:
        return QCoreApplication.translate("Words", "just now")
    units = (
        (86400, QCoreApplication.translate("Words", "%1 d ago")),
        (3600, QCoreApplication.translate("Words", "%1 h ago")),
    )
    for length, text in units:
        if seconds >= length:
            return text.replace("%1", str(int(seconds // length)))
    return QCoreApplication.translate("Words", "%1 min ago").replace("%1", str(max(int(seconds // 60), 1)))


def fill(text: str, *values: object) -> str:
    """Put values in the places %1, %2, ... of a translated sentence; what looks like a place in a value stays."""
    return _PLACE.sub(lambda found: str(values[int(found[1]) - 1]) if int(found[1]) <= len(values) else found[0], text)


def short_id(value: str) -> str:
    """The beginning of an id, enough to tell it from others."""
    return value[:8]


def file_name(name: str, usual: str) -> str:
    """A name of somebody's choice as the beginning of a file's: letters, digits and a few marks, no folder."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name[:_LONGEST_NAME])
    return kept.strip(" _") or usual


def _finite(value: float) -> float:
    """As a number that can be written: whatever a node counted, it is no reason to stop."""
    try:
        found = float(value)
    except OverflowError:
        return float(_LARGEST)
    return found if math.isfinite(found) else 0.0
