"""How people come in: an invitation or the bootstrap token, and a registration signed by the keys it introduces."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Any

from common.accounts.forms import REGISTRATION, hash_of_code, open_document, require_sealable, require_signed_by
from common.accounts.model import (
    Account,
    Device,
    DeviceState,
    Document,
    Invitation,
    InvitationState,
    Registration,
    Role,
    State,
)
from common.accounts.store import Desk, Store, require_fresh_key
from common.documents import canonical
from common.errors import Conflict, Forbidden
from common.ids import UserName
from common.merkle.entry import Action


@dataclass(frozen=True)
class _Found:
    """Everything a registration is judged by; looked up for every name and code alike."""

    body: dict[str, Any]
    account: Account | None
    earlier: Registration | None
    invitation: Invitation | None
    is_bootstrap: bool


@dataclass(frozen=True)
class Registered:
    """What became of a registration: keys that are in force, or a request."""

    user: str
    state: str
    verify_key: str
    seal_key: str
    is_new: bool


async def register(desk: Desk, document: Document) -> Registered:
    """Take a registration; the same one again changes nothing.

    Raises:
        BadInput, BadSignature: the document is not as it must be, or nothing can be sealed to its key.
        Forbidden: no such code for this name; the words are the same for every reason.
        Conflict: the key is or was in use. Only the holder of a valid code gets this far.
    """
    body = open_document(document, REGISTRATION)
    require_signed_by(document, body["verify_key"])
    require_sealable(body["seal_key"])
    async with desk.storage.writing() as store:
        found = await _find(desk, store, body)
        if _is_repeated(found, document):
            state = State(found.account.state) if found.account and not _waits(found) else State.REQUESTED
            return Registered(body["user"], state, body["verify_key"], body["seal_key"], is_new=False)
        if found.is_bootstrap:
            state = await _begin(desk, store, found, document)
        elif found.invitation is not None:
            state = await _request(desk, store, found, found.invitation, document)
        else:
            raise Forbidden("The registration was refused: no such invitation is open for this name.")
    if found.is_bootstrap:
        # After the commit: from then on there is an administrator, and the token is worth nothing in any case.
        desk.bootstrap.use_up()
    return Registered(body["user"], state, body["verify_key"], body["seal_key"], is_new=True)


async def _find(desk: Desk, store: Store, body: dict[str, Any]) -> _Found:
    code_hash = hash_of_code(body["code"])
    is_token = desk.bootstrap.accepts(body["code"])
    administrators = await store.administrators()
    invitation = await store.invitation(code_hash)
    fits = (
        invitation is not None
        and hmac.compare_digest(invitation.code_hash, code_hash)
        and invitation.is_open(desk.now)
        and (invitation.user, invitation.organisation) == (body["user"], body["organisation"])
    )
    return _Found(
        body,
        await store.account(body["user"]),
        await store.registration(body["user"]),
        invitation if fits else None,
        is_token and not administrators,
    )


def _is_repeated(found: _Found, document: Document) -> bool:
    """Whether this is the registration that the node keeps, and its keys still are or may become those of the user."""
    earlier, account = found.earlier, found.account
    if earlier is None or account is None:
        return False
    is_same = hmac.compare_digest(canonical(earlier.document), canonical(document))
    return is_same and (earlier.is_waiting or earlier.keys == account.keys)


def _waits(found: _Found) -> bool:
    return found.earlier is not None and found.earlier.is_waiting


async def _begin(desk: Desk, store: Store, found: _Found, document: Document) -> State:
    """The first administrator; nobody has to approve it. A name that is here already keeps its keys."""
    account = _account(desk, found.body, Role.ADMINISTRATOR, State.ACTIVE)
    if found.account is None:
        await require_fresh_key(store, account.verify_key, account.name)
    elif found.account.keys == account.keys:
        account = replace(account, version=found.account.version, created=found.account.created)
    else:
        raise Conflict("This name has other keys here.", field="user")
    known = await store.device(account.name, found.body["device"]["key"])
    if known is not None and not known.is_active:
        raise Conflict("This device was revoked; its key never returns. Make a new one.", field="device")
    await store.put_account(account)
    await store.remember_key(account.verify_key, account.name)
    await store.put_registration(Registration(account.name, document, is_waiting=False, created=desk.now))
    await store.put_device(known or device_of(found.body, desk.now))
    await desk.record(Action.ACCOUNT_BOOTSTRAP, {"account": account.digest}, account.verify_key)
    return State.ACTIVE


async def _request(desk: Desk, store: Store, found: _Found, invitation: Invitation, document: Document) -> State:
    body = found.body
    if found.account is None or found.account.verify_key != body["verify_key"]:
        await require_fresh_key(store, body["verify_key"], body["user"])
    account = _account(desk, body, invitation.role, State.REQUESTED)
    if found.account is None:
        await store.put_account(account)
    elif found.account.state == State.REQUESTED:
        await store.put_account(replace(account, created=found.account.created))
    await store.put_registration(Registration(account.name, document, is_waiting=True, created=desk.now))
    await store.put_invitation(replace(invitation, state=InvitationState.USED))
    await desk.record(Action.REGISTER, {"account": account.digest}, account.verify_key)
    return State.REQUESTED


def _account(desk: Desk, body: dict[str, Any], role: str, state: State) -> Account:
    return Account(
        name=UserName(body["user"]),
        organisation=body["organisation"],
        role=role,
        state=state,
        verify_key=body["verify_key"],
        seal_key=body["seal_key"],
        version=0,
        created=desk.now,
    )


def device_of(body: dict[str, Any], now: int) -> Device:
    """The device that a registration introduces."""
    return Device(body["user"], body["device"]["key"], body["device"]["name"], DeviceState.ACTIVE, now)
