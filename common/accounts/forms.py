"""The forms of the documents of identity-v1, one table for checks and descriptions, and their signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from common.crypto import domains, signing
from common.crypto.sealing import seal
from common.documents import canonical, verify_document
from common.errors import BadInput, BadSeal, BadSignature
from common.openapi.fields import Field, Record, choice, document, hexadecimal, integer, text

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


def _line(length: int) -> Field:
    edge = rf"[^{_HIDDEN}\x20]"
    pattern = rf"{edge}([^{_HIDDEN}]{{0,{length - 2}}}{edge})?"
    return text(pattern, f"1 to {length} printable characters without a space at either end")


USER_PATTERN: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
USER: Final = text(USER_PATTERN, "a user name: lower-case letters, digits, dot, dash, underscore, at most 64")
KEY: Final = hexadecimal(64)
SIGNATURE: Final = hexadecimal(128)
TIME: Final = text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "a time such as 2026-01-31T12:00:00Z")
ORGANISATION: Final = _line(64)
DEVICE_NAME: Final = _line(64)
_CODE = text(r"[!-~]{16,200}", "a code of 16 to 200 characters, without spaces")
_ROLE = choice("administrator", "user")
_REASON = text(rf"[^{_HIDDEN}]{{0,500}}", "at most 500 printable characters")
_VERSION = integer(1, MAX_VERSION)

FORMS: Final[Mapping[str, Record]] = {
    INVITATION: Record({"user": USER, "organisation": ORGANISATION, "role": _ROLE, "code_hash": KEY, "expires": TIME}),
    REGISTRATION: Record(
        {
            "user": USER,
            "organisation": ORGANISATION,
            "verify_key": KEY,
            "seal_key": KEY,
            "device": Record({"name": DEVICE_NAME, "key": KEY}),
            "code": _CODE,
        }
    ),
    ACCOUNT: Record(
        {
            "user": USER,
            "organisation": ORGANISATION,
            "role": _ROLE,
            "state": choice("active", "disabled"),
            "verify_key": KEY,
            "seal_key": KEY,
            "version": _VERSION,
            "time": TIME,
            "reason": _REASON,
        }
    ),
    ROTATION: Record(
        {"user": USER, "verify_key": KEY, "seal_key": KEY, "version": _VERSION, "time": TIME, "proof": SIGNATURE}
    ),
    DEVICE: Record({"user": USER, "name": DEVICE_NAME, "key": KEY, "state": choice("active", "revoked"), "time": TIME}),
}
"""The bodies of the documents, by their kinds."""


def carrying(kind: str) -> Record:
    """The body of a request that carries a document of this kind."""
    return Record({"document": document(kind, FORMS[kind])})


CHALLENGE: Final = Record({"user": USER})
LOGIN: Final = Record({"user": USER, "device": KEY, "nonce": KEY, "signature": SIGNATURE})


def open_document(given: object, kind: str) -> dict[str, Any]:
    """The body of a document of the form of its kind, signed by the signer that it names.

    Raises:
        BadInput: a field is missing, too much or has another form.
        BadSignature: it is no signed document of this kind.
    """
    body = given.get("body") if isinstance(given, dict) else None
    if isinstance(body, dict):
        FORMS[kind].check(body)
    return verify_document(given, kind)


def require_user(body: Mapping[str, Any], name: str) -> None:
    """Raises:
    BadInput: the document is about somebody else than the address it was sent to.
    """
    if body["user"] != name:
        raise BadInput("The document is about another user than the address.", field="user")


def require_signed_by(given: Mapping[str, Any], verify_key: str) -> None:
    """Raises:
    BadSignature: somebody else signed; that the signer it names did sign was checked before.
    """
    if given["signer"] != verify_key:
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
