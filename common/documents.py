"""Canonical JSON and signed documents: what people and nodes put their name under.

Canonical form: UTF-8, keys sorted, no spaces, no floating point (decimals travel as strings), so that equal values have
equal bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from common.crypto import domains, signing
from common.errors import BadSignature

Json = Any
_KEYS = frozenset({"kind", "body", "signer", "signature"})
MAX_DEPTH = 24
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


def canonical(value: Json) -> bytes:
    """Bytes of a JSON value in canonical form.

    Raises:
        ValueError: floats, keys that are not strings, foreign types or deep nesting.
    """
    _check(value, 0)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Json) -> str:
    """Domain-separated SHA-256 of the canonical form, 64 hexadecimal characters."""
    return hashlib.sha256(domains.DIGEST_V1.encode() + b"\x00" + canonical(value)).hexdigest()


def sign_document(kind: str, body: Mapping[str, Json], key: signing.SigningKey) -> dict[str, Json]:
    """``{"kind", "body", "signer", "signature"}`` with an Ed25519 signature over kind and body."""
    signature = key.sign(domains.DOCUMENT_V1, _signed_bytes(kind, body))
    return {"kind": kind, "body": dict(body), "signer": key.verify_key, "signature": signature.hex()}


def verify_document(document: object, kind: str, verify_key: str | None = None) -> dict[str, Json]:
    """The body of a document whose kind, signer and signature fit.

    With ``verify_key=None`` any signer is accepted and the caller decides who that is.

    Raises:
        BadSignature: wrong form, kind, signer or signature.
    """
    if not isinstance(document, dict) or set(document) != _KEYS or document["kind"] != kind:
        raise BadSignature(f"This is not a signed {kind} document.")
    body, signer, signature = document["body"], document["signer"], document["signature"]
    if not (isinstance(body, dict) and isinstance(signer, str) and isinstance(signature, str)):
        raise BadSignature(f"This is not a signed {kind} document.")
    if verify_key is not None and signer != verify_key:
        raise BadSignature(f"This {kind} document was signed by somebody else.")
    if not _SIGNATURE.fullmatch(signature):
        raise BadSignature(f"The signature of this {kind} document is not 128 lower-case hexadecimal characters.")
    try:
        message, raw = _signed_bytes(kind, body), bytes.fromhex(signature)
    except ValueError as error:
        raise BadSignature(f"This {kind} document is damaged.") from error
    signing.verify(signer, domains.DOCUMENT_V1, message, raw)
    return body


def _signed_bytes(kind: str, body: Mapping[str, Json]) -> bytes:
    return canonical({"kind": kind, "body": dict(body)})


def _check(value: Json, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("keys must be strings")
        for item in value.values():
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif not (value is None or isinstance(value, (str, bool, int))):
        raise ValueError(f"{type(value).__name__} has no canonical form")
