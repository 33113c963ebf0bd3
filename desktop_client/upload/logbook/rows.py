"""Rows of the log as people look at them: when, who, what, to which object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.merkle.entry import Event

# What an event is about, the most telling first: a job is of a project, a decision is about a data set.
_OBJECTS: Final = (
    ("job", "job"),
    ("dataset", "dataset"),
    ("project", "project"),
    ("specification", "specification"),
    ("account", "account"),
    ("document", "document"),
    ("deployment", "deployment"),
)


@dataclass(frozen=True)
class LogRow:
    """One event: ``number`` is its place, ``actor`` a pseudonym, ``name`` who that is if this profile knows.

    ``time`` is what the clock of the server ``node`` said; the order of the numbers is what is proved.
    """

    number: int
    time: str
    actor: str
    name: str
    action: str
    kind: str
    object: str
    node: str


@dataclass(frozen=True)
class LogEntry:
    """Everything about one event; ``entry`` is the signed document as JSON, ``leaf`` its hash in the tree."""

    row: LogRow
    subject: dict[str, Any]
    signer: str
    evidence: dict[str, Any] | None
    leaf: str
    entry: str


def object_of(subject: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and id of what an event is about; both empty where it names nothing."""
    for field, kind in _OBJECTS:
        value = subject.get(field)
        if isinstance(value, str) and value:
            return kind, value
    return "", ""


def columns_of(number: int, event: Event, node: str) -> tuple[Any, ...]:
    """The values that the database keeps of an event, in the order of its columns."""
    subject = event.body["subject"]
    kind, name = object_of(subject)
    text = json.dumps(subject, sort_keys=True, ensure_ascii=False)
    about = (str(event.body["time"]), str(event.body["actor"]), event.action, kind, name, node)
    return (number, *about, text, event.entry, event.leaf)
