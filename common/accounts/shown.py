"""What people are shown of accounts, devices and invitations: the answers of identity-v1."""

from __future__ import annotations

from typing import Any, Final

from common.accounts.forms import DEVICE_NAME, KEY, ORGANISATION, SIGNATURE, TIME, USER, to_text
from common.accounts.model import Account, Device, Granted, Invitation, Registration, State, fingerprint
from common.accounts.registration import Registered
from common.accounts.store import Desk, Store
from common.errors import NotFound
from common.openapi.fields import COUNT, OBJECT, Record, Schema, choice, listed, nullable, text

Answer = dict[str, Any]

_MANY: Final = 100_000
_FINGERPRINT = text(r"([0-9]{5} ){5}[0-9]{5}", "six groups of five digits")
_ROLE = choice("administrator", "user")
_STATE = choice("requested", "active", "disabled")
_SIGNED = Record(
    {"kind": text(r"[a-z-]{1,40}", "the kind of a document"), "body": OBJECT, "signer": KEY, "signature": SIGNATURE}
)
_REQUEST = Record(
    {"organisation": ORGANISATION, "verify_key": KEY, "seal_key": KEY, "fingerprint": _FINGERPRINT, "created": TIME}
)
_DEVICE = Record(
    {
        "name": DEVICE_NAME,
        "key": KEY,
        "state": choice("active", "revoked"),
        "created": TIME,
        "last_login": nullable(TIME),
    }
)
_ROW: dict[str, Schema] = {
    "user": USER,
    "organisation": ORGANISATION,
    "role": _ROLE,
    "state": _STATE,
    "verify_key": KEY,
    "seal_key": KEY,
    "fingerprint": _FINGERPRINT,
    "version": COUNT,
    "created": TIME,
}
_TO_ADMINISTRATORS: dict[str, Schema] = {"last_login": nullable(TIME), "request": nullable(_REQUEST)}

REGISTERED: Final = Record({"user": USER, "state": _STATE, "fingerprint": _FINGERPRINT})
ROW: Final = Record(_ROW, _TO_ADMINISTRATORS)
USERS: Final = Record({"users": listed(ROW, _MANY)})
SHOWN: Final = Record(
    {**_ROW, "documents": listed(_SIGNED, _MANY)},
    {**_TO_ADMINISTRATORS, "registration": nullable(_SIGNED), "devices": listed(_DEVICE)},
)
DEVICES: Final = Record({"user": USER, "devices": listed(_DEVICE)})
INVITED: Final = Record(
    {
        "user": USER,
        "organisation": ORGANISATION,
        "role": _ROLE,
        "code_hash": KEY,
        "expires": TIME,
        "state": choice("open", "used", "withdrawn", "expired"),
        "created": TIME,
        "document": _SIGNED,
    }
)
INVITATIONS: Final = Record({"invitations": listed(INVITED, _MANY)})
ASKED: Final = Record({"nonce": KEY, "expires": TIME})
GRANTED: Final = Record({"token": KEY, "expires": TIME})
ENDED: Final = Record({"ended": COUNT})


async def list_users(desk: Desk, asker: Account) -> list[Answer]:
    """Every account that ``asker`` may know of, by name."""
    async with desk.storage.reading() as store:
        accounts = await store.accounts()
        requests = await store.registrations()
        logins = await store.last_logins()
    rows = []
    for account in accounts:
        if asker.is_administrator:
            rows.append(_full_row(account, requests.get(account.name), logins.get(account.name)))
        elif account.state != State.REQUESTED:
            rows.append(_row(account))
    return rows


async def show_user(desk: Desk, name: str, asker: Account) -> Answer:
    """One account with its history.

    Raises:
        NotFound: nobody has this name, or only administrators may know.
    """
    async with desk.storage.reading() as store:
        account = await store.account(name)
        if account is None or not (asker.is_administrator or account.state != State.REQUESTED):
            raise NotFound("There is no such user.")
        answer = {**_row(account), "documents": await store.documents(name)}
        if asker.is_administrator:
            answer = {**answer, **await _for_administrators(store, account)}
        if asker.is_administrator or asker.name == name:
            answer["devices"] = [device_row(device) for device in await store.devices(name)]
    return answer


async def row_of(desk: Desk, account: Account) -> Answer:
    """The row of an account as administrators see it."""
    async with desk.storage.reading() as store:
        extra = await _for_administrators(store, account)
    return {**_row(account), **{name: extra[name] for name in ("last_login", "request")}}


async def list_invitations(desk: Desk) -> list[Answer]:
    """All, newest first."""
    async with desk.storage.reading() as store:
        return [invitation_row(found, desk.now) for found in await store.invitations()]


def devices(user: str, found: list[Device]) -> Answer:
    """The answer to a change of devices."""
    return {"user": user, "devices": [device_row(device) for device in found]}


def asked(granted: Granted) -> Answer:
    """A login question."""
    return {"nonce": granted.value, "expires": to_text(granted.expires)}


def token(granted: Granted) -> Answer:
    """A login."""
    return {"token": granted.value, "expires": to_text(granted.expires)}


def registered(found: Registered) -> Answer:
    """The answer to a registration."""
    shown = fingerprint(found.user, found.verify_key, found.seal_key)
    return {"user": found.user, "state": found.state, "fingerprint": shown}


def invitation_row(invitation: Invitation, now: int) -> Answer:
    """An invitation; the code itself is not known here."""
    return {
        "user": invitation.user,
        "organisation": invitation.organisation,
        "role": invitation.role,
        "code_hash": invitation.code_hash,
        "expires": to_text(invitation.expires),
        "state": invitation.state_at(now),
        "created": to_text(invitation.created),
        "document": invitation.document,
    }


def device_row(device: Device) -> Answer:
    """A device of a user."""
    return {
        "name": device.name,
        "key": device.key,
        "state": device.state,
        "created": to_text(device.created),
        "last_login": _time(device.last_login),
    }


def _row(account: Account) -> Answer:
    return {
        "user": account.name,
        "organisation": account.organisation,
        "role": account.role,
        "state": account.state,
        "verify_key": account.verify_key,
        "seal_key": account.seal_key,
        "fingerprint": fingerprint(account.name, account.verify_key, account.seal_key),
        "version": account.version,
        "created": to_text(account.created),
    }


def _full_row(account: Account, request: Registration | None, last_login: int | None) -> Answer:
    return {**_row(account), "last_login": _time(last_login), "request": _request(request)}


async def _for_administrators(store: Store, account: Account) -> Answer:
    registration = await store.registration(account.name)
    logins = [device.last_login for device in await store.devices(account.name) if device.last_login is not None]
    return {
        "last_login": _time(max(logins, default=None)),
        "request": _request(registration if registration and registration.is_waiting else None),
        "registration": registration.document if registration else None,
    }


def _request(registration: Registration | None) -> Answer | None:
    if registration is None:
        return None
    body = registration.body
    return {
        "organisation": body["organisation"],
        "verify_key": body["verify_key"],
        "seal_key": body["seal_key"],
        "fingerprint": fingerprint(registration.user, *registration.keys),
        "created": to_text(registration.created),
    }


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else to_text(seconds)
