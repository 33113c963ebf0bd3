"""What people are shown of accounts, devices and invitations: the answers of identity-v1."""

from __future__ import annotations

from typing import Any

from common.accounts.forms import to_text
from common.accounts.model import Account, Device, Invitation, Registration, State, fingerprint
from common.accounts.registration import Registered
from common.accounts.store import Desk, Store
from common.errors import NotFound

Answer = dict[str, Any]


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
