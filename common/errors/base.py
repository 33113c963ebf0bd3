"""Every error a user can meet: a stable code, an exit code, an HTTP status and what to do next.

A message says what happened; ``advice`` says what to do. Neither may ever hold a share, key, password or pixel.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, ClassVar, Final

_MAX_TEXT: Final = 2000
_MAX_DETAILS: Final = 16
_MAX_NAME: Final = 64


class AppError(Exception):
    """Base of all named errors. ``details`` holds JSON-safe facts, never a secret."""

    code: ClassVar[str] = "internal-error"
    exit_code: ClassVar[int] = 70
    status: ClassVar[int] = 500
    advice: ClassVar[str] = "Please report this with the log file of the program; it holds no secrets."
    is_temporary: ClassVar[bool] = False
    """Whether the same may go well later without anybody doing anything: what waits for it is tried again."""
    registry: ClassVar[dict[str, type[AppError]]] = {}

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or (self.__doc__ or self.code).strip().splitlines()[0])
        self.details = details

    def __init_subclass__(cls) -> None:
        AppError.registry[cls.code] = cls

    def as_dict(self) -> dict[str, Any]:
        """The form that travels in an HTTP answer or a JSON report."""
        return {"code": self.code, "message": str(self), "advice": self.advice, "details": self.details}


def error_from_dict(value: object) -> AppError:
    """Rebuild the matching subclass from :meth:`AppError.as_dict`; an unknown code gives the base class."""
    if not isinstance(value, dict):
        return AppError("The answer was not an error description.")
    cls = AppError.registry.get(str(value.get("code"))[:_MAX_TEXT], AppError)
    error = cls(str(value.get("message", ""))[:_MAX_TEXT])
    # Set, not passed on: a foreign field may be named like a parameter.
    error.details = _foreign_details(value.get("details"))
    return error


def _foreign_details(details: object) -> dict[str, Any]:
    """At most 16 fields with short names; a long text is cut, and a large list or object left out."""
    if not isinstance(details, dict):
        return {}
    kept: dict[str, Any] = {}
    for name, value in itertools.islice(details.items(), _MAX_DETAILS):
        found = value[:_MAX_TEXT] if isinstance(value, str) else value
        if not isinstance(found, (dict, list)) or _is_short(found):
            kept[str(name)[:_MAX_NAME]] = found
    return kept


def _is_short(value: object) -> bool:
    try:
        return len(json.dumps(value)) <= _MAX_TEXT
    except (ValueError, TypeError, RecursionError):
        return False
