"""What a check before work begins finds: one line each, with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.monitoring.health import Finding, Grade

FAILED_CODE: Final = 1
_WORDS: Final = {Grade.OK: "OK", Grade.WARN: "WARN", Grade.FAIL: "FAIL"}


@dataclass(frozen=True)
class Line:
    """One check: how it went, where, what was found, and what to do if it was not well."""

    grade: Grade
    where: str
    check: str
    says: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return {
            "state": self.grade.value,
            "where": self.where,
            "check": self.check,
            "says": self.says,
            "advice": self.advice,
        }


def line_of(where: str, check: str, finding: Finding, advice: str = "") -> Line:
    """A finding as a line; the advice is left out where all is well."""
    return Line(finding.grade, where, check, finding.says, "" if finding.grade is Grade.OK else advice)


def report(lines: Sequence[Line]) -> dict[str, Any]:
    """All lines for programs, with how many there are of each state."""
    counts = {grade.value: sum(line.grade is grade for line in lines) for grade in Grade}
    return {"lines": [line.as_dict() for line in lines], "counts": counts, "is_ready": not counts[Grade.FAIL.value]}


def render(lines: Sequence[Line]) -> str:
    """All lines for people: state, where, what, and below it what to do."""
    places = max((len(line.where) for line in lines), default=0)
    checks = max((len(line.check) for line in lines), default=0)
    shown = []
    for line in lines:
        shown.append(f"{_WORDS[line.grade]:<4}  {line.where:<{places}}  {line.check:<{checks}}  {line.says}")
        if line.advice:
            shown.append(" " * (10 + places + checks) + f"→ {line.advice}")
    return "\n".join(shown)


def exit_code(lines: Sequence[Line]) -> int:
    """1 if something failed; a warning does not stop anybody."""
    return FAILED_CODE if any(line.grade is Grade.FAIL for line in lines) else 0
