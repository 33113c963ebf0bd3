"""What a person looks for in the log, as a condition on rows. Values are always bound, never pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_TEXT_COLUMNS = ("e.action", "e.actor", "e.object", "e.subject", "coalesce(n.name, '')")


@dataclass(frozen=True)
class LogFilter:
    """Which rows to show; what is empty is not asked about.

    ``object`` is an id or its beginning. ``since`` is the first moment, ``until`` the first one after, in the form
    ``2026-01-31T12:00:00Z`` or a beginning of it. ``text`` is looked for everywhere.
    """

    actions: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    kind: str = ""
    object: str = ""
    node: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    def condition(self) -> tuple[str, list[Any]]:
        """SQL after WHERE over entries ``e`` and names ``n``, and its values."""
        parts: list[str] = []
        values: list[Any] = []

        def add(part: str, *bound: Any) -> None:
            parts.append(part)
            values.extend(bound)

        for column, chosen in (("e.action", self.actions), ("e.actor", self.actors)):
            if chosen:
                add(f"{column} IN ({_marks(chosen)})", *chosen)
        for column, wanted in (("e.kind", self.kind), ("e.node", self.node)):
            if wanted:
                add(f"{column} = ?", wanted)
        if self.object:
            add("e.object LIKE ? ESCAPE '\\'", f"{_literal(self.object)}%")
        if self.since:
            add("e.time >= ?", self.since)
        if self.until:
            add("e.time < ?", self.until)
        for word in self.text.split():
            found = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in _TEXT_COLUMNS)
            add(f"({found})", *[f"%{_literal(word)}%"] * len(_TEXT_COLUMNS))
        return " AND ".join(parts) or "1", values


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _literal(text: str) -> str:
    """Characters that LIKE would read as patterns stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
