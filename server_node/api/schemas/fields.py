"""The fields that requests and answers of a server node share, and all kinds of fields."""

from __future__ import annotations

from common.openapi.fields import ANYTHING as ANYTHING
from common.openapi.fields import BOOLEAN as BOOLEAN
from common.openapi.fields import COUNT as COUNT
from common.openapi.fields import NOTHING as NOTHING
from common.openapi.fields import NUMBER as NUMBER
from common.openapi.fields import OBJECT as OBJECT
from common.openapi.fields import Either as Either
from common.openapi.fields import Field as Field
from common.openapi.fields import Record as Record
from common.openapi.fields import Schema as Schema
from common.openapi.fields import choice as choice
from common.openapi.fields import described as described
from common.openapi.fields import document as document
from common.openapi.fields import either as either
from common.openapi.fields import free_text as free_text
from common.openapi.fields import hexadecimal as hexadecimal
from common.openapi.fields import integer as integer
from common.openapi.fields import listed as listed
from common.openapi.fields import mapped as mapped
from common.openapi.fields import nullable as nullable
from common.openapi.fields import parse_json as parse_json
from common.openapi.fields import text as text
from common.openapi.operation import Parameter as Parameter
from common.openapi.operation import Raw as Raw
from common.openapi.operation import Stream as Stream

USER_PATTERN = r"[a-z0-9][a-z0-9._-]{0,63}"
TIME_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"

USER = text(USER_PATTERN, "a user name: lower-case letters, digits, dot, dash, underscore, at most 64")
TIME = text(TIME_PATTERN, "a time such as 2026-01-31T12:00:00Z")
HASH = hexadecimal(64)
ID = hexadecimal(32)
SIGNATURE = hexadecimal(128)
NONCE = text(r"[0-9a-f]{16,128}", "16 to 128 hexadecimal digits")
SENTENCE = free_text(2000)
WORD = text(r"[a-z-]{1,40}", "a word of small letters and dashes")
SIGNED = Record({"kind": WORD, "body": OBJECT, "signer": HASH, "signature": SIGNATURE})
"""A signed document of any kind, as answers show it."""

REASON = Record({"code": WORD, "message": SENTENCE, "advice": SENTENCE, "details": OBJECT})
"""An error as it is told on."""


def or_null(schema: Schema) -> Either:
    """That, or null."""
    return nullable(schema)
