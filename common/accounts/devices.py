"""Devices: each program of a user has a login key of its own, which the account's key has signed for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common.accounts.forms import DEVICE, open_document, require_now
from common.accounts.model import MAX_DEVICE_KEYS, MAX_DEVICES, Account, Device, DeviceState, Document, State
from common.accounts.store import Desk, Store
from common.documents import digest
from common.errors import AccountDisabled, Conflict, Forbidden
from common.merkle.entry import Action


async def change_device(desk: Desk, document: Document) -> list[Device]:
    """Add or revoke a device; gives all devices of the user.

    Raises:
        BadInput: the document is not as it must be, or was not made now.
        BadSignature: it was not signed by the signer that it names.
        Forbidden: no account has this name and this key; the words are the same for every reason.
        AccountDisabled, Conflict: told to the holder of the account's key only.
    """
    body = open_document(document, DEVICE)
    require_now(body, desk.now)
    async with desk.storage.writing() as store:
        account = await store.account(body["user"])
        known = await store.device(body["user"], body["key"])
        if account is None or account.state == State.REQUESTED or account.verify_key != document["signer"]:
            raise Forbidden("The device was refused.")
        changed = await _changed(store, account, known, body, desk.now)
        if changed is not None:
            await store.put_device(changed)
            await store.end_logins(account.name, changed.key)
            action = Action.DEVICE_ADD if changed.is_active else Action.DEVICE_REVOKE
            subject = {"account": account.digest, "document": digest(document)}
            await desk.record(action, subject, account.verify_key)
        return await store.devices(account.name)


async def _changed(
    store: Store, account: Account, known: Device | None, body: dict[str, Any], now: int
) -> Device | None:
    """The device as it is to be; None if nothing changes."""
    if known is not None and known.state == body["state"]:
        return None
    if body["state"] == DeviceState.REVOKED and known is not None:
        return replace(known, state=DeviceState.REVOKED)
    if body["state"] == DeviceState.ACTIVE and not account.is_active:
        raise AccountDisabled()
    if known is not None:
        raise Conflict("This device was revoked; its key never returns. Make a new one.", field="key")
    devices = await store.devices(account.name)
    active = sum(device.is_active for device in devices)
    if len(devices) >= MAX_DEVICE_KEYS or (body["state"] == DeviceState.ACTIVE and active >= MAX_DEVICES):
        raise Conflict(f"An account has at most {MAX_DEVICES} devices; revoke one first.")
    return Device(account.name, body["key"], body["name"], body["state"], now)
