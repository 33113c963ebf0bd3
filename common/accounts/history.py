"""What changes an account: documents of administrators and rotations by the user, each with the next version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common.accounts.forms import (
    ACCOUNT,
    ROTATION,
    check_rotation_proof,
    open_document,
    require_past,
    require_sealable,
    require_signed_by,
)
from common.accounts.invitations import close_open
from common.accounts.model import Account, DeviceState, Document, Registration, State
from common.accounts.registration import device_of
from common.accounts.store import Desk, Store, require_administrator, require_fresh_key
from common.documents import canonical, digest
from common.errors import AccountDisabled, BadSignature, Conflict, LastAdministrator
from common.ids import UserName
from common.merkle.entry import Action


async def apply_account(desk: Desk, document: Document) -> Account:
    """Take an administrator's document about an account; the one that is here already changes nothing.

    Raises:
        BadInput, BadSignature: the document is not as it must be.
        Forbidden: not signed by an administrator of this node.
        Conflict: the version does not follow, or a new key is or was in use.
        LastAdministrator: nobody would be left who may approve.
    """
    body = open_document(document, ACCOUNT)
    require_past(body, desk.now)
    require_sealable(body["seal_key"])
    async with desk.storage.writing() as store:
        stored = await store.account(body["user"])
        if stored is not None and await _is_known(store, stored, document):
            return stored
        author = await require_administrator(store, document["signer"])
        _require_next(stored, body)
        account = _after(stored, body, desk.now)
        await _require_another_administrator(store, stored, account)
        await _apply(desk, store, stored, account)
        await store.add_document(account.name, account.version, document)
        subject = {"account": account.digest, "document": digest(document), "version": account.version}
        await desk.record(_action(stored, account), subject, author.verify_key)
    return account


async def rotate(desk: Desk, document: Document) -> Account:
    """Put new account keys in the place of the old ones, which sign for it.

    Raises:
        BadInput: the document is not as it must be.
        BadSignature: it was not signed by the present key, or the new key did not sign.
        AccountDisabled: the account is not active.
        Conflict: the version does not follow, or the new key is or was in use.
    """
    body = open_document(document, ROTATION)
    check_rotation_proof(body)
    require_past(body, desk.now)
    require_sealable(body["seal_key"])
    async with desk.storage.writing() as store:
        stored = await store.account(body["user"])
        if stored is None:
            raise BadSignature("This rotation was not signed by the key of an account.")
        if await _is_known(store, stored, document):
            return stored
        require_signed_by(document, stored.verify_key)
        if not stored.is_active:
            raise AccountDisabled("This account is not active; its keys cannot be rotated.")
        _require_next(stored, body)
        await require_fresh_key(store, body["verify_key"], stored.name)
        if body["verify_key"] == stored.verify_key:
            raise Conflict("The new key is the old one.", field="verify_key")
        account = replace(stored, verify_key=body["verify_key"], seal_key=body["seal_key"], version=body["version"])
        await store.put_account(account)
        await store.remember_key(account.verify_key, account.name)
        await store.end_logins(account.name)
        await store.add_document(account.name, account.version, document)
        subject = {"account": account.digest, "document": digest(document), "version": account.version}
        await desk.record(Action.ACCOUNT_ROTATE, subject, stored.verify_key)
    return account


async def _is_known(store: Store, stored: Account, document: Document) -> bool:
    version = document["body"]["version"]
    if version > stored.version:
        return False
    return any(canonical(known) == canonical(document) for known in await store.documents(stored.name))


def _require_next(stored: Account | None, body: dict[str, Any]) -> None:
    version = stored.version if stored is not None else 0
    if body["version"] != version + 1:
        raise Conflict(
            f"The account has version {version} here, so the next document has version {version + 1}.", version=version
        )


def _after(stored: Account | None, body: dict[str, Any], now: int) -> Account:
    return Account(
        name=UserName(body["user"]),
        organisation=body["organisation"],
        role=body["role"],
        state=body["state"],
        verify_key=body["verify_key"],
        seal_key=body["seal_key"],
        version=body["version"],
        created=stored.created if stored is not None else now,
    )


async def _require_another_administrator(store: Store, stored: Account | None, account: Account) -> None:
    if stored is None or not stored.is_administrator or account.is_administrator:
        return
    if not [other for other in await store.administrators() if other.name != stored.name]:
        raise LastAdministrator()


async def _apply(desk: Desk, store: Store, stored: Account | None, account: Account) -> None:
    request = await store.registration(account.name)
    is_taken = request is not None and request.is_waiting and request.keys == account.keys
    is_new = stored is None or stored.state == State.REQUESTED
    if stored is None or stored.verify_key != account.verify_key:
        await require_fresh_key(store, account.verify_key, account.name)
    await store.put_account(account)
    await store.remember_key(account.verify_key, account.name)
    has_new_keys = is_new or (stored is not None and stored.keys != account.keys)
    if has_new_keys:
        await _end_devices(store, account)
        await close_open(desk, store, account.name)
    if request is not None and request.is_waiting:
        await _close_request(desk, store, request, account, is_taken and account.is_active)
    if has_new_keys or not account.is_active or (stored is not None and stored.role != account.role):
        await store.end_logins(account.name)


async def _end_devices(store: Store, account: Account) -> None:
    """What went with the old keys is over."""
    for device in await store.devices(account.name):
        if device.is_active:
            await store.put_device(replace(device, state=DeviceState.REVOKED))


async def _close_request(desk: Desk, store: Store, request: Registration, account: Account, is_taken: bool) -> None:
    await store.put_registration(replace(request, is_waiting=False))
    if not is_taken:
        return
    known = await store.device(account.name, request.body["device"]["key"])
    if known is None:
        await store.put_device(device_of(request.body, desk.now))


def _action(stored: Account | None, account: Account) -> Action:
    was_active = stored is not None and stored.is_active
    if account.state == State.DISABLED:
        return Action.ACCOUNT_DISABLE
    if stored is None or stored.state == State.REQUESTED:
        return Action.ACCOUNT_APPROVE
    return Action.ACCOUNT_CHANGE if was_active else Action.ACCOUNT_ENABLE
