"""The forms of the documents of identity-v1, one table for checks and descriptions, and their signatures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from common.crypto import domains, signing
from common.crypto.sealing import seal
from common.documents import canonical, verify_document
from common.errors import BadInput, BadSeal, BadSignature

INVITATION: Final = "invitation"
REGISTRATION: Final = "registration"
ACCOUNT: Final = "account"
ROTATION: Final = "account-rotate"
DEVICE: Final = "device"

CLOCK_SECONDS: Final = 300
"""How far the clock of whoever signs may be from the node's."""
INVITATION_DAYS: Final = 90
MAX_VERSION: Final = 10**9
# Control characters, and those that are invisible or turn the direction of writing, could make one name look like
# another.
_HIDDEN: Final = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"


@dataclass(frozen=True)
class Text:
    """A text that fits a pattern, and a sentence that says which."""

    pattern: str
    says: str


@dataclass(frozen=True)
class Number:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int


Form = Text | Number | Mapping[str, "Form"]


def _line(length: int) -> Text:
    edge = rf"[^{_HIDDEN}\x20]"
    pattern = rf"{edge}([^{_HIDDEN}]{{0,{length - 2}}}{edge})?"
    return Text(pattern, f"1 to {length} printable characters without a space at either end")


USER = Text(r"[a-z0-9][a-z0-9._-]{0,63}", "a user name: lower-case letters, digits, dot, dash, underscore, at most 64")
KEY = Text(r"[0-9a-f]{64}", "64 hexadecimal digits in lower case")
SIGNATURE = Text(r"[0-9a-f]{128}", "128 hexadecimal digits in lower case")
TIME = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a time such as 2026-01-31T12:00:00Z")
CODE = Text(r"[!-~]{16,200}", "a code of 16 to 200 characters, without spaces")
_ORGANISATION = _line(100)
_ROLE = Text("administrator|user", "administrator or user")
_REASON = Text(rf"[^{_HIDDEN}]{{0,500}}", "at most 500 printable characters")
_VERSION = Number(1, MAX_VERSION)
_NAMED_DEVICE: Mapping[str, Form] = {"name": _line(64), "key": KEY}

FORMS: Final[Mapping[str, Mapping[str, Form]]] = {
    INVITATION: {"user": USER, "organisation": _ORGANISATION, "role": _ROLE, "code_hash": KEY, "expires": TIME},
    REGISTRATION: {
        "user": USER,
        "organisation": _ORGANISATION,
        "verify_key": KEY,
        "seal_key": KEY,
        "device": _NAMED_DEVICE,
        "code": CODE,
    },
    ACCOUNT: {
        "user": USER,
        "organisation": _ORGANISATION,
        "role": _ROLE,
        "state": Text("active|disabled", "active or disabled"),
        "verify_key": KEY,
        "seal_key": KEY,
        "version": _VERSION,
        "time": TIME,
        "reason": _REASON,
    },
    ROTATION: {
        "user": USER,
        "verify_key": KEY,
        "seal_key": KEY,
        "version": _VERSION,
        "time": TIME,
        "proof": SIGNATURE,
    },
    DEVICE: {"user": USER, **_NAMED_DEVICE, "state": Text("active|revoked", "active or revoked"), "time": TIME},
}


def open_document(document: object, kind: str) -> dict[str, Any]:
    """The body of a document of the form of its kind, signed by the signer that it names.

    Raises:
        BadInput: a field is missing, too much or has another form.
        BadSignature: it is no signed document of this kind.
    """
    body = document.get("body") if isinstance(document, dict) else None
    if isinstance(body, dict):
        check_form(body, FORMS[kind])
    return verify_document(document, kind)


def check_form(value: object, form: Form, name: str = "the body") -> None:
    """Raises:
    BadInput: names the first field that is not as it must be.
    """
    if isinstance(form, Text):
        if not (isinstance(value, str) and re.fullmatch(form.pattern, value)):
            raise BadInput(f"{name} must be {form.says}.", field=name)
    elif isinstance(form, Number):
        if not (type(value) is int and form.low <= value <= form.high):
            raise BadInput(f"{name} must be a whole number from {form.low} to {form.high}.", field=name)
    elif not isinstance(value, dict) or set(value) != set(form):
        raise BadInput(f"{name} must be an object with exactly: {', '.join(form)}.", field=name)
    else:
        for key, part in form.items():
            check_form(value[key], part, key)


def require_user(body: Mapping[str, Any], name: str) -> None:
    """Raises:
    BadInput: the document is about somebody else than the address it was sent to.
    """
    if body["user"] != name:
        raise BadInput("The document is about another user than the address.", field="user")


def require_signed_by(document: Mapping[str, Any], verify_key: str) -> None:
    """Raises:
    BadSignature: somebody else signed; that the signer it names did sign was checked before.
    """
    if document["signer"] != verify_key:
        raise BadSignature("This document was signed by another key than it must be.")


def require_sealable(seal_key: str) -> None:
    """Each model is sealed to its recipients when the training is over; that must not fail then.

    Raises:
        BadInput: nothing can be sealed to this key.
    """
    try:
        seal(seal_key, domains.MODEL_SEAL_V1, b"")
    except BadSeal as error:
        raise BadInput("Nothing can be sealed to this sealing key.", field="seal_key") from error


def require_past(body: Mapping[str, Any], now: int) -> None:
    """Raises:
    BadInput: the document was made later than now, beyond what clocks may differ by.
    """
    if from_text(body["time"], "time") > now + CLOCK_SECONDS:
        raise _clock_differs(now)


def require_now(body: Mapping[str, Any], now: int) -> None:
    """Raises:
    BadInput: the document was not made now, give or take what clocks may differ by.
    """
    if abs(from_text(body["time"], "time") - now) > CLOCK_SECONDS:
        raise _clock_differs(now)


def rotation_proof(body: Mapping[str, Any], key: signing.SigningKey) -> str:
    """What the new verify key signs: the body of the rotation without the proof itself."""
    return key.sign(domains.ACCOUNT_ROTATE_V1, _proved(body)).hex()


def check_rotation_proof(body: Mapping[str, Any]) -> None:
    """Raises:
    BadSignature: the new key did not sign, so whoever asks may not have it.
    """
    proof = bytes.fromhex(body["proof"])
    try:
        signing.verify(body["verify_key"], domains.ACCOUNT_ROTATE_V1, _proved(body), proof)
    except BadSignature as error:
        raise BadSignature("The new key did not sign for its rotation.") from error


def hash_of_code(code: str) -> str:
    """By what a node knows an invitation's code or a bootstrap token."""
    return hashlib.sha256(code.encode()).hexdigest()


def to_text(seconds: int) -> str:
    """``YYYY-MM-DDThh:mm:ssZ``, the form of every time in documents and answers."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(value: str, name: str) -> int:
    """Seconds since 1970.

    Raises:
        BadInput: there is no such day or hour.
    """
    try:
        return int(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise BadInput(f"{name} must be {TIME.says}.", field=name) from error


def _proved(body: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in body.items() if name != "proof"})


def _clock_differs(now: int) -> BadInput:
    message = "The clock of this machine and that of the node differ too much."
    return BadInput(message, field="time", node_time=to_text(now))
