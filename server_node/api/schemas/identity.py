"""Bodies of requests about accounts and logins, and their answers."""

from __future__ import annotations

from common.accounts.forms import ACCOUNT, DEVICE, FORMS, INVITATION, ORGANISATION, REGISTRATION, ROTATION
from common.accounts.forms import DEVICE_NAME as DEVICE_NAME
from server_node.api.schemas.fields import (
    BOOLEAN,
    COUNT,
    HASH,
    SIGNATURE,
    SIGNED,
    TIME,
    USER,
    Record,
    Schema,
    choice,
    document,
    either,
    free_text,
    listed,
    or_null,
    text,
)

_CODE = text(r"[!-~]{1,200}", "the registration code, without spaces")
_EARLIER = Record({"name": USER, "verify_key": HASH, "seal_key": HASH, "code": _CODE})
_REGISTRATION = either(FORMS[REGISTRATION], _EARLIER, says="a registration")
_MANY = 100_000

CHALLENGE = Record({"user": USER})
LOGIN = Record({"user": USER, "nonce": HASH, "signature": SIGNATURE}, {"device": HASH})
REGISTER = Record({"document": document(REGISTRATION, _REGISTRATION)})
DECIDE = Record({"document": document(ACCOUNT, FORMS[ACCOUNT])})
ROTATE = Record({"document": document(ROTATION, FORMS[ROTATION])})
CHANGE_DEVICE = Record({"document": document(DEVICE, FORMS[DEVICE])})
INVITE = Record({"document": document(INVITATION, FORMS[INVITATION])})

_FINGERPRINT = text(r"([0-9]{5} ){5}[0-9]{5}", "six groups of five digits")
_ROLE = choice("administrator", "user")
_STATE = choice("requested", "active", "disabled")
_REQUEST = Record(
    {"organisation": ORGANISATION, "verify_key": HASH, "seal_key": HASH, "fingerprint": _FINGERPRINT, "created": TIME}
)
_ROW: dict[str, Schema] = {
    "user": USER,
    "organisation": ORGANISATION,
    "role": _ROLE,
    "state": _STATE,
    "verify_key": HASH,
    "seal_key": HASH,
    "fingerprint": _FINGERPRINT,
    "version": COUNT,
    "created": TIME,
}
_TO_ADMINISTRATORS: dict[str, Schema] = {"last_login": or_null(TIME), "request": or_null(_REQUEST)}
_DEVICE = Record(
    {
        "name": DEVICE_NAME,
        "key": HASH,
        "state": choice("active", "revoked"),
        "created": TIME,
        "last_login": or_null(TIME),
    }
)
_INVITATION: dict[str, Schema] = {
    "user": USER,
    "organisation": ORGANISATION,
    "role": _ROLE,
    "code_hash": HASH,
    "expires": TIME,
    "state": choice("open", "used", "withdrawn", "expired"),
    "created": TIME,
    "document": SIGNED,
}
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
REGISTERED = either(
    Record({"user": USER, "state": _STATE, "fingerprint": _FINGERPRINT}),
    Record({"name": USER}),
    says="what became of it",
)
ROW = Record(_ROW, _TO_ADMINISTRATORS)
USERS = Record({"users": listed(ROW, _MANY)})
SHOWN = Record(
    {**_ROW, "documents": listed(SIGNED, _MANY)},
    {**_TO_ADMINISTRATORS, "registration": or_null(SIGNED), "devices": listed(_DEVICE)},
)
DEVICES = Record({"user": USER, "devices": listed(_DEVICE)})
INVITED = Record(_INVITATION)
INVITATIONS = Record({"invitations": listed(INVITED, _MANY)})
ASKED = Record({"nonce": HASH, "expires": TIME})
GRANTED = Record({"token": HASH, "expires": TIME})
ENDED = Record({"ended": COUNT})
