"""The own account: its fingerprint, its password, moving it, new keys, and the devices that may log in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.accounts.model import DeviceState, fingerprint
from common.crypto.rng import SystemRandom
from common.errors import AppError
from desktop_client.jobs.office import Office
from desktop_client.keystore import change_password, export_keys, open_keys
from desktop_client.upload.identity import devices
from desktop_client.upload.identity.account import login
from desktop_client.upload.identity.devices import Device
from desktop_client.upload.identity.keys import Locker, moved_from, rotate

_AGAIN: Final = "Do it again when the other is back."


@dataclass(frozen=True)
class Card:
    """Whose keys these are, and how people compare them."""

    name: str
    organisation: str
    device: str
    fingerprint: str
    verify_key: str


@dataclass(frozen=True)
class DeviceRow:
    """A device of the account; ``state`` is active, revoked or partly."""

    device: Device
    state: str
    last_login: str
    is_this: bool

    @property
    def may_log_in(self) -> bool:
        return self.state != DeviceState.REVOKED


def card(office: Office) -> Card:
    """The account of this profile.

    Raises:
        NotRegistered, ConfigError: there is none, or its files are damaged.
    """
    user = office.profile.user()
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    return Card(user.name, user.organisation, user.device, mark, user.verify_key)


async def change_own_password(office: Office, old: str, new: str) -> None:
    """Lock the keys with another password.

    Raises:
        WrongPassword, BadInput: the old one is wrong, or the new one too short.
    """
    await asyncio.to_thread(change_password, office.profile.keys_path, old, new, SystemRandom())


async def export(office: Office, file: Path, password: str) -> None:
    """Write the account keys to a file for another device or a safe, locked by a password of its own.

    Raises:
        KeysLocked, Conflict, BadInput: see :func:`moved_from` and :func:`export_keys`.
    """
    moved = moved_from(office.profile, office.keys())
    await asyncio.to_thread(export_keys, file, moved, password, SystemRandom())


async def rotate_keys(office: Office, password: str) -> Card:
    """Replace the account keys at all nodes, or finish a rotation that was cut off, and log in with the new ones.

    Raises:
        WrongPassword: it does not open the keys.
        NodeUnreachable, NodeBehind, KeysDiffer, KeysReplaced: see :func:`rotate`.
    """
    profile = office.profile
    before = await asyncio.to_thread(open_keys, profile.keys_path, password)
    keys = await rotate(office.nodes, Locker(profile, password, SystemRandom()), before)
    office.use(keys)
    await login(office.nodes, profile, keys)
    return card(office)


async def list_devices(office: Office) -> tuple[list[DeviceRow], dict[str, AppError]]:
    """All devices, this one first, and nodes that did not answer.

    Raises:
        AppError: no node answered.
    """
    user = office.profile.user()
    found, outcomes = await devices.list_devices(office.nodes, user.name)
    rows = [DeviceRow(one, one.state, one.last_login or "", one.key == user.login_key) for one in found]
    return sorted(rows, key=lambda row: (not row.is_this, not row.may_log_in, row.device.name)), outcomes.failed


async def revoke(office: Office, device: Device) -> None:
    """Refuse a device for ever.

    Raises:
        KeysLocked: it is signed.
        AppError: a node is away; do it again then.
    """
    keys = office.keys()
    outcomes = await devices.revoke_device(office.nodes, office.profile.user(), device, keys)
    outcomes.complete("It is revoked at", _AGAIN)
