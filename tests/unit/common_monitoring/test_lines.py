"""Lines of a check: for people, for programs, and as an exit code."""

from __future__ import annotations

from common.monitoring.health import Finding, Grade
from common.monitoring.lines import Line, exit_code, line_of, render, report
from common.wire.versions import PROTOCOLS, differences

GOOD = Line(Grade.OK, "a", "name", "It is there.")
SLOW = Line(Grade.WARN, "log", "clock", "6 s off.", "Set it.")
BAD = Line(Grade.FAIL, "a", "port", "Closed.", "Open it.")


def test_lines_for_people_are_aligned_and_say_what_to_do() -> None:
    assert render([GOOD, SLOW]).splitlines() == [
        "OK    a    name   It is there.",
        "WARN  log  clock  6 s off.",
        "                  → Set it.",
    ]
    assert render([]) == ""


def test_lines_for_programs_are_counted() -> None:
    found = report([GOOD, SLOW, BAD])
    assert found["counts"] == {"ok": 1, "warn": 1, "fail": 1} and found["is_ready"] is False
    assert found["lines"][1]["says"] == "6 s off." and found["lines"][1]["advice"] == "Set it."


def test_only_a_failure_stops() -> None:
    assert (exit_code([GOOD, SLOW]), exit_code([GOOD, BAD])) == (0, 1)


def test_advice_is_for_what_is_not_well() -> None:
    assert line_of("a", "disk", Finding(Grade.OK, "Fine."), "Do it.").advice == ""
    assert line_of("a", "disk", Finding(Grade.WARN, "Full."), "Do it.").advice == "Do it."


def test_differences_of_formats() -> None:
    assert differences(dict(PROTOCOLS)) == []
    theirs = {**PROTOCOLS, "wire": PROTOCOLS["wire"] + 1, "news": 1}
    del theirs["bundle"]
    assert differences(theirs) == [
        "bundle unknown instead of 1", "news 1 instead of none", f"wire {PROTOCOLS['wire'] + 1} instead of 1",
    ]  # fmt: skip
    assert differences({**PROTOCOLS, "wire": "x"}) == ["wire unknown instead of 1"]
