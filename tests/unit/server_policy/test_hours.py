"""Hours of the operator: days, midnight, time zones and what is not a span."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from common.errors import ConfigError
from server_node.policy.hours import is_open, next_opening, parse_span

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("span", "moment", "expected"),
    [
        ("18:00-06:00", "2026-03-04T17:59:59", False),
        ("18:00-06:00", "2026-03-04T18:00:00", True),
        ("18:00-06:00", "2026-03-05T05:59:59", True),
        ("18:00-06:00", "2026-03-05T06:00:00", False),
        ("09:00-17:00", "2026-03-04T09:00:00", True),
        ("09:00-17:00", "2026-03-04T17:00:00", False),
        ("00:00-24:00", "2026-03-04T23:59:59", True),
        ("18:00-24:00", "2026-03-05T00:00:00", False),
        # 4 March 2026 is a Wednesday; the night from Friday belongs to Friday.
        ("mon-fri 18:00-06:00", "2026-03-07T05:00:00", True),
        ("mon-fri 18:00-06:00", "2026-03-07T18:00:00", False),
        ("mon-fri 18:00-06:00", "2026-03-09T05:00:00", False),
        ("sat,sun 00:00-24:00", "2026-03-08T12:00:00", True),
        ("sat,sun 00:00-24:00", "2026-03-06T12:00:00", False),
        ("fri-mon 08:00-09:00", "2026-03-09T08:30:00", True),
        ("fri-mon 08:00-09:00", "2026-03-10T08:30:00", False),
    ],
)
def test_span_is_open_exactly_within_its_hours(span: str, moment: str, expected: bool) -> None:
    assert is_open([parse_span(span)], at(moment), BERLIN) is expected


def test_no_span_is_open_for_ever_and_one_of_several_is_enough() -> None:
    noon = at("2026-03-04T12:00:00")
    assert is_open([], noon, None)
    assert is_open([parse_span("01:00-02:00"), parse_span("11:00-13:00")], noon, BERLIN)


def test_hours_are_those_of_the_time_zone() -> None:
    moment = at("2026-03-04T18:30:00", ZoneInfo("UTC"))
    assert not is_open([parse_span("18:00-19:00")], moment, BERLIN)
    assert is_open([parse_span("19:00-20:00")], moment, BERLIN)


@pytest.mark.parametrize(
    ("span", "now", "opens"),
    [
        ("18:00-06:00", "2026-03-04T12:00:00", "2026-03-04T18:00:00"),
        ("18:00-06:00", "2026-03-04T20:00:00", "2026-03-04T20:00:00"),
        ("08:00-09:00", "2026-03-04T09:00:00", "2026-03-05T08:00:00"),
        ("wed 08:00-09:00", "2026-03-04T09:00:00", "2026-03-11T08:00:00"),
        # The clock goes forward in the night to 29 March 2026.
        ("03:00-04:00", "2026-03-28T12:00:00", "2026-03-29T03:00:00"),
    ],
)
def test_next_opening(span: str, now: str, opens: str) -> None:
    assert next_opening([parse_span(span)], at(now), BERLIN) == int(at(opens))


@pytest.mark.parametrize(
    "text",
    [
        "", "18:00", "18-06", "18:00-18:00", "24:00-06:00", "18:60-19:00", "25:00-26:00", "mo 08:00-09:00",
        "mon-xyz 08:00-09:00", "mon- 8:00-9:00", ",mon 08:00-09:00", 5, None, ["18:00-06:00"],
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ConfigError, match="hours"):
        parse_span(text)
