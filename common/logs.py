"""Logging for all programs: a line for each record, as text or JSON, with the ids of its request and job.

What looks like a secret is hidden in the finished line, so a traceback is covered like a message.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

TEXT: Final = "text"
JSON: Final = "json"
FORMATS: Final = (TEXT, JSON)
"""Values of the setting ``log_format`` of every program."""

_REQUEST: ContextVar[str | None] = ContextVar("imguard_request", default=None)
_JOB: ContextVar[str | None] = ContextVar("imguard_job", default=None)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}")

_NAMED: Final = (
    r"pass(?:word|phrase)|secret|token|authorization|(?:api|private|storage|sealing)[_-]?key|(?:set-)?cookie"
)
_HIDDEN: Final = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), "***"),
    (re.compile(r"(Bearer\s+)[^\s'\",]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+(@)"), r"\1***\2"),
    (re.compile(rf"(\b\w*(?:{_NAMED})['\"]?\s*[=:]\s*['\"]?)(?!Bearer\b)[^\s'\",;&}}]+", re.IGNORECASE), r"\1***"),
)
_LONG_HEX: Final = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64,}(?![0-9a-fA-F])")
_CODE: Final = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{24,}(?![A-Z2-7])")
_BASE64: Final = re.compile(
    r"(?<![\w+/=-])(?=\S{0,80}[a-z])(?=\S{0,80}[A-Z])(?=\S{0,80}\d)(?:[A-Za-z0-9_+-]{42,}={0,2}|[A-Za-z0-9+/]{40,}={1,2})"
)
_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127)} | {10: "\\n", 9: "\\t", 13: "\\r"}


def redact(text: str) -> str:
    """The text without what looks like a key, a token or a password; of a digest the beginning stays readable."""
    for pattern, shown in _HIDDEN:
        text = pattern.sub(shown, text)
    text = _LONG_HEX.sub(lambda found: found.group()[:12] + "…", text)
    return _BASE64.sub("***", _CODE.sub("***", text))


class Redaction(logging.Filter):
    """Hides secrets in the message of a record, for handlers with a formatter of their own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = ()
        return True


@contextmanager
def bound(*, request: str | None = None, job: str | None = None) -> Iterator[None]:
    """Everything logged inside, also by tasks started inside, carries these ids; None leaves one as it is."""
    tokens = [
        (variable, variable.set(value)) for variable, value in ((_REQUEST, request), (_JOB, job)) if value is not None
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def current_request() -> str | None:
    """Id of the request this code works for."""
    return _REQUEST.get()


def is_request_id(value: str | None) -> bool:
    """Whether a request id that came from elsewhere can be used as it is."""
    return value is not None and _REQUEST_ID.fullmatch(value) is not None


class _Lines(logging.Formatter):
    """``time program LEVEL logger [request=… job=…]: message``, then the traceback if there is one."""

    def __init__(self, program: str, job: str | None) -> None:
        super().__init__()
        self._program, self._job = program, job

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={value}" for name, value in self._ids().items())
        message = record.getMessage().translate(_CONTROL)
        place = f"{self._program} {record.levelname} {record.name}" + (f" [{ids}]" if ids else "")
        lines = [f"{_time(record)} {place}: {message}", *self._trouble(record)]
        return redact("\n".join(lines))

    def _ids(self) -> dict[str, str]:
        found = (("request", _REQUEST.get()), ("job", _JOB.get() or self._job))
        return {name: value for name, value in found if value is not None}

    def _trouble(self, record: logging.LogRecord) -> list[str]:
        return [self.formatException(record.exc_info)] if record.exc_info else []


class _Objects(_Lines):
    """One JSON object a line: ``time level program logger message`` and, where they apply, ``request job trouble``."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "time": _time(record),
            "level": record.levelname,
            "program": self._program,
            "logger": record.name,
            **self._ids(),
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            found["trouble"] = redact(self.formatException(record.exc_info))
        return json.dumps(found, ensure_ascii=False)


def setup_logging(program: str, level: str = "INFO", log_format: str = TEXT, job: str | None = None) -> None:
    """Send the ``imguard`` loggers to standard error, as text or JSON; ``job`` is the one a process works for alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((_Objects if log_format == JSON else _Lines)(program, job))
    root = logging.getLogger("imguard")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
