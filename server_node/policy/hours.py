"""The hours in which jobs may start, on the clock of the operator's time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import ConfigError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_SPAN = re.compile(r"(?:([a-z,-]+) +)?(\d\d):(\d\d)-(\d\d):(\d\d)")
_EXAMPLE: Final = '"18:00-06:00", "mon-fri 18:00-06:00" or "sat,sun 00:00-24:00"'


@dataclass(frozen=True)
class Span:
    """From minute ``start`` of each of ``days`` (0 is Monday) to before minute ``end``, of the next day if smaller."""

    text: str
    days: frozenset[int]
    start: int
    end: int

    def holds(self, day: int, minute: int) -> bool:
        """Whether a minute of a day of the week lies in it."""
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


def parse_span(text: object) -> Span:
    """Raises:
    ConfigError: not of the form ``[DAYS ]HH:MM-HH:MM``.
    """
    found = _SPAN.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if found is None:
        raise ConfigError(f"hours must be spans such as {_EXAMPLE}.", setting="hours")
    start, end = (_minute(*found.groups()[at : at + 2]) for at in (1, 3))
    if start == _DAY or start == end:
        raise ConfigError(f"hours: {found[0]} is no span of time; a whole day is 00:00-24:00.", setting="hours")
    days = _days(found[1]) if found[1] else frozenset(range(7))
    return Span(found[0], days, start, end)


def is_open(spans: Sequence[Span], now: float, zone: ZoneInfo | None) -> bool:
    """Whether one of the spans holds this moment; no spans at all are open for ever."""
    local = datetime.fromtimestamp(now, zone)
    return not spans or any(span.holds(local.weekday(), 60 * local.hour + local.minute) for span in spans)


def next_opening(spans: Sequence[Span], now: float, zone: ZoneInfo | None) -> int:
    """Seconds since 1970 when jobs may start: this moment if they may now."""
    if is_open(spans, now, zone):
        return int(now)
    today = datetime.fromtimestamp(now, zone).date()
    moments = []
    for ahead in range(8):
        day = today + timedelta(days=ahead)
        for span in spans:
            if day.weekday() in span.days:
                begins = time(span.start // 60, span.start % 60)
                moments.append(int(datetime.combine(day, begins, zone).timestamp()))
    return min(moment for moment in moments if moment > now)


def day_began(now: float, zone: ZoneInfo | None) -> int:
    """Seconds since 1970 at the last midnight."""
    return int(datetime.combine(datetime.fromtimestamp(now, zone).date(), time(), zone).timestamp())


def _minute(hour: str, minute: str) -> int:
    found = 60 * int(hour) + int(minute)
    if int(minute) > 59 or found > _DAY:
        raise ConfigError(f"hours: {hour}:{minute} is no time of a day.", setting="hours")
    return found


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ConfigError(f"hours: {part!r} is no day of the week; days are {', '.join(DAYS)}.", setting="hours")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days.update(day % 7 for day in range(start, end + 1 + (7 if end < start else 0)))
    return frozenset(days)
