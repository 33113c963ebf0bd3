"""What a value in a request or an answer must look like: exact fields, types and bounds.

Requests are checked with these values and OpenAPI documents are made from them, so the two cannot differ. Patterns
keep to what ECMA-262 and Python read alike: no ``\\d``, no inline flags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from common.errors import BadInput

_MAX_DIGITS = 18


class Schema(Protocol):
    """Anything a value can be checked against."""

    @property
    def openapi(self) -> dict[str, Any]:
        """How OpenAPI 3.1 describes such values."""
        ...

    def check(self, value: object, name: str) -> None:
        """Raises:
        BadInput: the value is not acceptable.
        """
        ...


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
    """An object with exactly these fields, and maybe the optional ones."""

    fields: Mapping[str, Schema]
    optional: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def openapi(self) -> dict[str, Any]:
        properties = {name: schema.openapi for name, schema in {**self.fields, **self.optional}.items()}
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def check(self, value: object, name: str = "the body") -> None:
        """Raises:
        BadInput: names the first field that is missing, too much or not acceptable.
        """
        if not isinstance(value, dict) or not set(self.fields) <= set(value) <= {*self.fields, *self.optional}:
            wanted = ", ".join(self.fields) or "no fields"
            more = f", and maybe {', '.join(self.optional)}" if self.optional else ""
            raise BadInput(f"{name} must be an object with exactly: {wanted}{more}.", field=name)
        for key, schema in {**self.fields, **self.optional}.items():
            if key in value:
                schema.check(value[key], key)


@dataclass(frozen=True)
class Listed:
    """A list of at most ``most`` values of one kind."""

    items: Schema
    most: int

    @property
    def openapi(self) -> dict[str, Any]:
        return {"type": "array", "items": self.items.openapi, "maxItems": self.most}

    def check(self, value: object, name: str) -> None:
        """Raises:
        BadInput: no list, too long, or names the item that is not acceptable.
        """
        if not isinstance(value, list) or len(value) > self.most:
            raise BadInput(f"{name} must be a list of at most {self.most}.", field=name)
        for position, item in enumerate(value):
            self.items.check(item, f"{name}[{position}]")


@dataclass(frozen=True)
class Mapped:
    """An object with any names as keys, and values of one kind."""

    values: Schema
    most: int
    key: str = r"[\s\S]{0,200}"

    @property
    def openapi(self) -> dict[str, Any]:
        return {
            "type": "object",
            "additionalProperties": self.values.openapi,
            "propertyNames": {"pattern": f"^(?:{self.key})$"},
            "maxProperties": self.most,
        }

    def check(self, value: object, name: str) -> None:
        """Raises:
        BadInput: no object, too large, or names the key that is not acceptable.
        """
        if not isinstance(value, dict) or len(value) > self.most:
            raise BadInput(f"{name} must be an object with at most {self.most} fields.", field=name)
        for key, item in value.items():
            if not isinstance(key, str) or re.fullmatch(self.key, key) is None:
                raise BadInput(f"{name} has a field whose name is not acceptable.", field=name)
            self.values.check(item, f"{name}.{key[:64]}")


@dataclass(frozen=True)
class Either:
    """A value of one of several kinds."""

    kinds: tuple[Schema, ...]
    says: str

    @property
    def openapi(self) -> dict[str, Any]:
        return {"anyOf": [kind.openapi for kind in self.kinds]}

    def check(self, value: object, name: str) -> None:
        """Raises:
        BadInput: it is none of them; where the other one is null, says what is wrong with the first.
        """
        reasons = []
        for kind in self.kinds:
            try:
                return kind.check(value, name)
            except BadInput as reason:
                reasons.append(reason)
        if self.kinds[1:] == (_NULL,):
            raise reasons[0]
        raise BadInput(f"{name} must be {self.says}.", field=name)


def described(schema: dict[str, Any], says: str, accepts: Callable[[object], bool]) -> Field:
    """A field whose OpenAPI description carries the sentence."""
    return Field({**schema, "description": f"{says[:1].upper()}{says[1:]}."}, says, accepts)


def text(pattern: str, says: str) -> Field:
    """A string that matches as a whole."""
    compiled = re.compile(pattern)
    openapi = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return described(openapi, says, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def free_text(longest: int, says: str = "") -> Field:
    """Any text up to a length."""
    sentence = says or f"a text of at most {longest} characters"
    openapi = {"type": "string", "maxLength": longest}
    return described(openapi, sentence, lambda value: isinstance(value, str) and len(value) <= longest)


def hexadecimal(length: int) -> Field:
    return text(rf"[0-9a-f]{{{length}}}", f"{length} hexadecimal digits in lower case")


def choice(*values: str) -> Field:
    """One of a few words."""
    says = "one of " + ", ".join(values) if len(values) > 1 else f'"{values[0]}"'
    return described({"type": "string", "enum": list(values)}, says, lambda value: value in values)


def integer(low: int, high: int) -> Field:
    openapi = {"type": "integer", "minimum": low, "maximum": high}
    return described(openapi, f"a whole number from {low} to {high}", lambda v: type(v) is int and low <= v <= high)


def listed(items: Schema, most: int = 1000) -> Listed:
    """A list of at most ``most`` values."""
    return Listed(items, most)


def mapped(values: Schema, most: int = 1000, key: str = r"[\s\S]{0,200}") -> Mapped:
    """An object with free names, at most ``most`` of them, and values of one kind."""
    return Mapped(values, most, key)


def nullable(schema: Schema) -> Either:
    """That, or null."""
    return Either((schema, _NULL), "null or of the form described")


def either(*kinds: Schema, says: str) -> Either:
    return Either(kinds, says)


def document(kind: str, body: Schema) -> Record:
    """A signed document; the signature is checked later, against the key of whoever must have signed."""
    return Record({"kind": choice(kind), "body": body, "signer": hexadecimal(64), "signature": hexadecimal(128)})


_NULL = Field({"type": "null"}, "null", lambda value: value is None)
BOOLEAN = described({"type": "boolean"}, "true or false", lambda value: type(value) is bool)
COUNT = integer(0, 10**15)
NUMBER = described(
    {"type": "number"}, "a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
)
OBJECT = described({"type": "object"}, "an object", lambda value: isinstance(value, dict))
ANYTHING = Field({}, "any JSON value", lambda value: True)
NOTHING = Record({})


def parse_json(raw: bytes) -> Any:
    """JSON without its traps: no repeated keys, no NaN, no floating point, no deep nesting, no number of more than 18
    digits, and no text that is no Unicode.

    Raises:
        BadInput: not such JSON.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_constant=_refuse,
            parse_float=_refuse,
            parse_int=_whole_number,
        )
        if b"\\u" in raw:
            # An escape can smuggle in half of a surrogate pair, which has no UTF-8 form.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not acceptable JSON.", field="body") from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _whole_number(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not accepted")
