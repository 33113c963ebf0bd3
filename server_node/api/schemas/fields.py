"""What a request body must look like: exact fields, types and bounds. The OpenAPI page is made from the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import BadInput

USER_PATTERN = r"[a-z0-9][a-z0-9._-]{0,63}"
TIME_PATTERN = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@dataclass(frozen=True)
class Field:
    """One value: how OpenAPI describes it, a sentence for people, and the check itself."""

    openapi: dict[str, Any]
    says: str
    accepts: Callable[[object], bool]

    def check(self, value: object, name: str) -> None:
        """Raises:
        BadInput: the value is not acceptable.
        """
        if not self.accepts(value):
            raise BadInput(f"{name} must be {self.says}.", field=name)


@dataclass(frozen=True)
class Record:
    """An object with exactly these fields."""

    fields: Mapping[str, Field | Record]

    @property
    def openapi(self) -> dict[str, Any]:
        properties = {name: field.openapi for name, field in self.fields.items()}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def check(self, value: object, name: str = "the body") -> None:
        """Raises:
        BadInput: names the first field that is missing, too much or not acceptable.
        """
        if not isinstance(value, dict) or set(value) != set(self.fields):
            wanted = ", ".join(self.fields) or "no fields"
            raise BadInput(f"{name} must be an object with exactly: {wanted}.", field=name)
        for key, field in self.fields.items():
            field.check(value[key], key)


def text(pattern: str, says: str) -> Field:
    compiled = re.compile(pattern)
    openapi = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return Field(openapi, says, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def hexadecimal(length: int) -> Field:
    return text(rf"[0-9a-f]{{{length}}}", f"{length} hexadecimal digits in lower case")


def integer(low: int, high: int) -> Field:
    openapi = {"type": "integer", "minimum": low, "maximum": high}
    return Field(openapi, f"a whole number from {low} to {high}", lambda v: type(v) is int and low <= v <= high)


def document(kind: str, body: Field | Record) -> Record:
    """A signed document; the signature is checked later, against the key of whoever must have signed."""
    return Record(
        {
            "kind": Field({"const": kind}, f'"{kind}"', lambda value: value == kind),
            "body": body,
            "signer": hexadecimal(64),
            "signature": hexadecimal(128),
        }
    )


def or_null(record: Record) -> Field:
    def accepts(value: object) -> bool:
        try:
            if value is not None:
                record.check(value)
        except BadInput:
            return False
        return True

    return Field({"oneOf": [record.openapi, {"type": "null"}]}, "null or an error description", accepts)


USER = text(USER_PATTERN, "a user name: lower-case letters, digits, dot, dash, underscore, at most 64")
TIME = text(TIME_PATTERN, "a time such as 2026-01-31T12:00:00Z")
HASH = hexadecimal(64)
ID = hexadecimal(32)
SIGNATURE = hexadecimal(128)
NONCE = text(r"[0-9a-f]{16,128}", "16 to 128 hexadecimal digits")
SENTENCE = text(r"(?s:.{0,2000})", "a text of at most 2000 characters")
OBJECT = Field({"type": "object"}, "an object", lambda value: isinstance(value, dict))
NOTHING = Record({})


def parse_json(raw: bytes) -> Any:
    """JSON without its traps: no repeated keys, no NaN, no floating point, no deep nesting.

    Raises:
        BadInput: not such JSON.
    """
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not acceptable JSON.", field="body") from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not accepted")
