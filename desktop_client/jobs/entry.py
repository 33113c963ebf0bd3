"""Coming in: the login that this device remembers, logging in, and logging out."""

from __future__ import annotations

import asyncio

from common.errors import NotLoggedIn
from desktop_client.jobs.office import Office, Person
from desktop_client.upload.identity.account import check_keys, login, logout
from desktop_client.upload.identity.survey import Compared, details


def is_registered(office: Office) -> bool:
    """Whether the profile belongs to somebody of a deployment."""
    profile = office.profile
    return all(path.exists() for path in (profile.deployment_path, profile.keys_path, profile.root / "user.json"))


async def come_back(office: Office) -> Person:
    """Use the login that this device remembers; the keys stay locked.

    Raises:
        NotLoggedIn, TokenExpired: there is none, or it has ended.
        NotRegistered, NodeUnreachable: nobody registered here; a node is away.
    """
    if not office.profile.tokens():
        raise NotLoggedIn("Nobody is logged in on this device.")
    nodes = await office.connect()
    _, account = await details(nodes, office.profile.user().name)
    return _person(account)


async def log_in(office: Office, password: str) -> Person:
    """Unlock the keys and log in at all three nodes.

    Raises:
        WrongPassword, NotApproved, AccountDisabled, DeviceUnknown, NodeUnreachable: see :func:`login`.
    """
    keys = await office.unlock(password)
    nodes = await office.connect()
    found = await login(nodes, office.profile, keys)
    return _person(found.account)


async def unlock(office: Office, password: str) -> None:
    """Unlock the keys for signing, and see whether they are still those of the account.

    Raises:
        WrongPassword, KeysReplaced, KeysDiffer: the password is wrong, or the nodes know other keys.
    """
    keys = await office.unlock(password)
    _, account = await details(office.nodes, office.profile.user().name)
    try:
        check_keys(account, keys)
    except BaseException:
        office.lock()
        raise


async def log_out(office: Office, is_everywhere: bool = False) -> None:
    """End the login here, or those of all devices, and forget the keys."""
    try:
        await asyncio.shield(logout(office.nodes, office.profile, is_everywhere))
    finally:
        office.lock()
        await office.disconnect()


def _person(account: Compared) -> Person:
    newest = account.newest
    return Person(newest.user, newest.organisation, str(newest.role))
