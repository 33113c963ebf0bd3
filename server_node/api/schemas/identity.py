"""Bodies of requests about accounts and logins."""

from __future__ import annotations

from server_node.api.schemas.fields import HASH, SIGNATURE, USER, Record, document, text

_CODE = text(r"[!-~]{1,200}", "the registration code, without spaces")
_INTRODUCTION = Record({"name": USER, "verify_key": HASH, "seal_key": HASH, "code": _CODE})

REGISTRATION = Record({"document": document("registration", _INTRODUCTION)})
CHALLENGE = Record({"user": USER})
LOGIN = Record({"user": USER, "nonce": HASH, "signature": SIGNATURE})
