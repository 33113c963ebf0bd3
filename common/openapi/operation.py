"""One route as OpenAPI sees it: what it takes, what it answers, and every error it can refuse with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from common.errors import AppError
from common.openapi.fields import Field, Record, Schema

_PART: Final = re.compile(r"{(\w+):((?:[^{}]|{[^{}]*})+)}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Raw:
    """A body that is no JSON: sealed chunks, files, plain text."""

    media_type: str
    says: str
    statuses: tuple[int, ...] = (200,)
    """A file is answered with 206 and 416 to a request for a part of it, too."""

    is_text: bool = False


@dataclass(frozen=True)
class Stream:
    """A WebSocket; each message is one JSON text of this form."""

    message: Schema
    says: str


Answer = Schema | Raw | Stream


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query, or a header."""

    field: Field
    is_required: bool = False

    def parse(self, given: str, name: str) -> str | int:
        """The value; a number where the field is one.

        Raises:
            BadInput: not acceptable.
        """
        is_number = self.field.openapi.get("type") == "integer" and _NUMBER.fullmatch(given)
        value: str | int = int(given) if is_number else given
        self.field.check(value, name)
        return value


@dataclass(frozen=True)
class Operation:
    """A route without what answers it. ``path`` holds ``{name:pattern}`` where something varies.

    ``security`` names a scheme of the document, empty for everybody; ``allowed`` says in words who may.
    """

    name: str
    method: str
    path: str
    summary: str
    security: str = ""
    allowed: str = ""
    body: Record | Raw | None = None
    max_bytes: int = 0
    answer: Answer | None = None
    statuses: tuple[int, ...] = (200,)
    errors: tuple[type[AppError], ...] = ()
    query: Mapping[str, Parameter] = field(default_factory=dict)
    headers: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The group of routes it belongs to: the first part of its name."""
        return self.name.partition(".")[0]

    @property
    def address(self) -> str:
        """The path as OpenAPI writes it: names without their patterns."""
        return _PART.sub(r"{\1}", self.path)

    @property
    def path_parts(self) -> tuple[tuple[str, str], ...]:
        """Name and pattern of each part of the path that varies."""
        return tuple((name, pattern) for name, pattern in _PART.findall(self.path))

    @property
    def success(self) -> tuple[int, ...]:
        """The statuses of an answer that is no refusal."""
        if isinstance(self.answer, Stream):
            return (101,)
        return self.answer.statuses if isinstance(self.answer, Raw) else self.statuses

    def errors_by_status(self) -> dict[int, list[str]]:
        """Every status of a refusal with its error codes, in order."""
        found: dict[int, set[str]] = {}
        for error in self.errors:
            found.setdefault(error.status, set()).add(error.code)
        return {status: sorted(codes) for status, codes in sorted(found.items())}
