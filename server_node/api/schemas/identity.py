"""Bodies of requests about accounts and logins, and the answer that only server nodes give."""

from __future__ import annotations

from common.accounts.forms import FORMS, KEY, REGISTRATION, SIGNATURE, USER
from server_node.api.schemas.fields import BOOLEAN, HASH, TIME, Record, choice, document, either, free_text, text

_CODE = text(r"[!-~]{1,200}", "the registration code, without spaces")
_EARLIER = Record({"name": USER, "verify_key": KEY, "seal_key": KEY, "code": _CODE})
REGISTER = Record({"document": document(REGISTRATION, either(FORMS[REGISTRATION], _EARLIER, says="a registration"))})
LOGIN = Record({"user": USER, "nonce": KEY, "signature": SIGNATURE}, {"device": KEY})

_SHORT = free_text(200)
INFO = Record(
    {
        "name": _SHORT,
        "role": choice("a", "b"),
        "party": choice("a", "b"),
        "version": _SHORT,
        "verify_key": HASH,
        "seal_key": HASH,
        "time": TIME,
        "bootstrap": BOOLEAN,
    }
)
