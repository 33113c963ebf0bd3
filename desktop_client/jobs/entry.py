"""Coming in: a deployment, an account, a login; and what to do when one of them is lost.

Keys are made and opened in threads. Whatever is cut off is completed by doing it again.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from common.accounts.model import State, fingerprint
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.deployment.kit import MANIFEST_NAME, read_kit
from common.documents import canonical
from common.errors import Conflict, NotLoggedIn
from common.net.files import write_atomic
from desktop_client.jobs.office import Office, Person
from desktop_client.keystore import MIN_PASSWORD, read_export
from desktop_client.upload.identity import account as accounts
from desktop_client.upload.identity.account import check_keys, login, logout
from desktop_client.upload.identity.devices import add_device
from desktop_client.upload.identity.keys import Locker, take_over
from desktop_client.upload.identity.survey import Compared, details
from desktop_client.upload.introduction import fetch_deployment

_AGAIN: Final = "Do it again when that is mended; nothing is lost."
_ALPHABETS: Final = ((r"[a-z]", 26), (r"[A-Z]", 26), (r"[0-9]", 10), (r"[^A-Za-z0-9\s]", 30), (r"\s", 3))
_FAIR_BITS, _GOOD_BITS = 50.0, 75.0
_KEY_FILE = threading.Lock()
"""Work on key files goes on in its thread when nobody waits for it any more; the next one must not meet it."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Application:
    """What somebody registers with: ``codes`` is an invitation code, or the bootstrap token of each node by role."""

    name: str
    organisation: str
    password: str = field(repr=False)
    codes: str | Mapping[str, str] = field(repr=False)
    device: str = ""


@dataclass(frozen=True)
class Registered:
    """Keys that all nodes know; ``fingerprint`` is what the administrator compares."""

    name: str
    fingerprint: str
    is_active: bool


def is_registered(office: Office) -> bool:
    """Whether the profile belongs to somebody of a deployment."""
    profile = office.profile
    return all(path.exists() for path in (profile.deployment_path, profile.keys_path, profile.root / "user.json"))


def known_deployment(office: Office) -> Deployment | None:
    """The deployment that this device was connected to."""
    return office.profile.deployment() if office.profile.deployment_path.exists() else None


def known_user(office: Office) -> Registered | None:
    """Whose device this is."""
    if not (office.profile.root / "user.json").exists():
        return None
    user = office.profile.user()
    return Registered(user.name, fingerprint(user.name, user.verify_key, user.seal_key), False)


def open_kit(path: Path) -> Deployment:
    """The deployment of a kit folder, of its ``kit.json``, or of a ``deployment.json`` alone.

    Raises:
        ConfigError: it cannot be read, or is something else.
        BadSignature: it is a kit, and not as it was signed.
    """
    folder = path if path.is_dir() else path.parent
    if (path.is_dir() or path.name == MANIFEST_NAME) and (folder / MANIFEST_NAME).exists():
        return read_kit(folder).deployment
    return accounts.find_deployment(path)


async def read_deployment(path: Path) -> Deployment:
    """As :func:`open_kit`, in a thread."""
    return await asyncio.to_thread(open_kit, path)


async def ask_deployment(office: Office, address: str, expected: str) -> Deployment:
    """The deployment of the node at an address, if its fingerprint is the expected one; errors as there."""
    return await fetch_deployment(address, expected, office.profile.settings())


async def adopt(office: Office, deployment: Deployment) -> None:
    """Belong to this deployment from now on.

    Raises:
        Conflict: there are keys for another one.
    """
    profile = office.profile
    known = known_deployment(office)
    if known is not None and profile.keys_path.exists() and known.ca_pem != deployment.ca_pem:
        raise Conflict(f"The keys on this device belong to the deployment {known.name}.")
    profile.create()
    write_atomic(profile.deployment_path, canonical(deployment.body))
    await office.disconnect()


async def register(office: Office, application: Application) -> Registered:
    """Make keys, or open those of an earlier try, and introduce them to all nodes.

    Raises:
        BadInput, WrongPassword, Conflict: see :func:`prepare_profile`.
        AppError: a node refused or is away; do it again then.
    """
    profile = office.profile
    person = accounts.Person(application.name, application.organisation, application.device or None)
    deployment = profile.deployment()
    keys = await _with_key_file(
        lambda: accounts.prepare_profile(profile, deployment, person, application.password, SystemRandom())
    )
    nodes = await office.connect()
    outcomes = await accounts.register(nodes, profile.user(), keys, application.codes)
    states = outcomes.complete("Your keys are known to", _AGAIN)
    office.use(keys)
    user = profile.user()
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    return Registered(user.name, mark, set(states.values()) == {str(State.ACTIVE)})


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
    await office.unlock(password)
    try:
        return await log_in_again(office)
    except asyncio.CancelledError:
        # Whoever stopped it did not come in; a refusal leaves them open, for what can be done about it.
        office.lock()
        raise


async def log_in_again(office: Office) -> Person:
    """Log in with keys that are open: after an approval, or when a node is back; errors as :func:`log_in`."""
    keys = office.keys()
    nodes = await office.connect()
    found = await login(nodes, office.profile, keys)
    return _person(found.account)


async def introduce_device(office: Office) -> Person:
    """Have the account key vouch for this device at all nodes, and log in; errors as :func:`log_in`."""
    keys, user = office.keys(), office.profile.user()
    nodes = await office.connect()
    outcomes = await add_device(nodes, user, user.device or accounts.device_name(), keys)
    outcomes.complete("This device is known to", _AGAIN)
    return await log_in_again(office)


async def move_in(office: Office, file: Path, file_password: str, password: str) -> Person:
    """Take over keys that another device exported, introduce this one, and log in.

    Raises:
        BadInput, StoreDamaged, WrongVersion, WrongPassword: the file, or its password.
        Conflict: this device belongs to somebody else or to another deployment.
        AppError: as :func:`log_in`.
    """
    profile = office.profile

    def take() -> bool:
        moved = read_export(file, file_password)
        is_new = not profile.keys_path.exists()
        take_over(Locker(profile, password, SystemRandom()), moved)
        return is_new

    is_new = await _with_key_file(take)
    await office.unlock(password)
    return await (introduce_device(office) if is_new else log_in_again(office))


async def put_keys_aside(office: Office) -> Path | None:
    """Make room for new keys after the password was lost; where the old ones are kept."""
    office.lock()
    return await _with_key_file(lambda: accounts.set_aside(office.profile))


async def unlock(office: Office, password: str) -> None:
    """Unlock the keys for signing, and see whether they are still those of the account.

    Raises:
        WrongPassword, KeysReplaced, KeysDiffer: the password is wrong, or the nodes know other keys.
        NodeUnreachable: no node can say; the keys stay locked.
    """
    keys = await office.unlock(password)
    try:
        _, account = await details(office.nodes, office.profile.user().name)
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


def forget_login(office: Office) -> None:
    """Keep no login on this device; the nodes end it by themselves after a while."""
    office.profile.forget_tokens()


@dataclass(frozen=True)
class Strength:
    """How hard a password is to guess: ``level`` 0 is refused, 1 is weak, 2 fair, 3 good; ``missing`` characters."""

    level: int
    missing: int


def strength(password: str, name: str = "") -> Strength:
    """A rough figure: characters that do not repeat their neighbours, and how many different kinds there are."""
    missing = max(MIN_PASSWORD - len(password), 0)
    if missing:
        return Strength(0, missing)
    text = password.casefold().replace(name.casefold(), "") if len(name) > 2 else password
    steps = [ord(two) - ord(one) for one, two in zip(text, text[1:])]
    fresh = 1 + sum(step not in (0, 1, -1) for step in steps) if text else 0
    kinds = sum(size for form, size in _ALPHABETS if re.search(form, password))
    bits = min(fresh, 2 * len(set(text))) * math.log2(max(kinds, 2))
    return Strength(1 if bits < _FAIR_BITS else 2 if bits < _GOOD_BITS else 3, 0)


async def _with_key_file(work: Callable[[], _T]) -> _T:
    def alone() -> _T:
        with _KEY_FILE:
            return work()

    return await asyncio.to_thread(alone)


def _person(account: Compared) -> Person:
    newest = account.newest
    return Person(newest.user, newest.organisation, str(newest.role))
