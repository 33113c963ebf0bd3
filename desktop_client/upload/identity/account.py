"""Registration and login at all three nodes with the keys of a profile."""

from __future__ import annotations

import contextlib
import hmac
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.accounts.forms import DEVICE, DEVICE_NAME, FORMS, ORGANISATION, REGISTRATION, USER
from common.accounts.model import DeviceState
from common.crypto import domains
from common.crypto.rng import RandomSource
from common.crypto.signing import SigningKey
from common.deployment import Deployment
from common.documents import canonical, sign_document
from common.errors import (
    AppError,
    Conflict,
    DeviceUnknown,
    Forbidden,
    KeysReplaced,
    NodeBehind,
    NotLoggedIn,
    TokenExpired,
    UnknownCertificate,
    UsageError,
)
from common.net.files import write_atomic
from desktop_client.keystore import Cost, UserKeys, create_keys, open_keys
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.client import Document, IdentityClient
from desktop_client.upload.identity.clock import now_text, with_clock
from desktop_client.upload.identity.outcomes import LABELS, Outcomes, ask, at, sentence
from desktop_client.upload.identity.survey import Compared, details

_MAX_DEVICE_NAME: Final = 64


@dataclass(frozen=True)
class Person:
    """Who registers, and how this device is called; None stands for the name of the machine."""

    name: str
    organisation: str
    device: str | None = None


@dataclass(frozen=True)
class LoggedIn:
    """A login at all nodes: where this device had to be introduced first, and what the nodes know of the account."""

    introduced: tuple[str, ...]
    account: Compared


def find_deployment(kit: Path) -> Deployment:
    """The description in a ``deployment.json`` or in a kit folder.

    Raises:
        ConfigError: unreadable or not a deployment description.
    """
    return Deployment.load(kit / "deployment.json" if kit.is_dir() else kit)


def check_fingerprint(deployment: Deployment, expected: str) -> None:
    """Compare with what the operator told on another way.

    Raises:
        UnknownCertificate: this is another deployment.
    """
    given = expected.replace(":", "").replace(" ", "").lower()
    if not hmac.compare_digest(given.encode(), deployment.fingerprint.encode()):
        raise UnknownCertificate("The fingerprint of this deployment is another one than you expected.")


def prepare_profile(
    profile: Profile,
    deployment: Deployment,
    person: Person,
    password: str,
    rng: RandomSource,
    cost: Cost | None = None,
) -> UserKeys:
    """Make the profile's keys, or open those of an earlier registration that was cut off.

    Raises:
        BadInput: not a user name, an organisation or a device name; or too short a password.
        Conflict: the profile belongs to another user or deployment.
        WrongPassword: it holds keys already, locked by another password.
    """
    _check_person(person)
    profile.create()
    if profile.keys_path.exists():
        _check_same(profile, deployment, person.name)
        keys = open_keys(profile.keys_path, password)
    else:
        keys = create_keys(profile.keys_path, password, rng, cost)
    write_atomic(profile.deployment_path, canonical(deployment.body))
    known = profile.user() if (profile.root / "user.json").exists() else None
    device = person.device or (known.device if known and known.device else device_name())
    profile.save_user(user_record(person.name, person.organisation, device, keys, known))
    return keys


def set_aside(profile: Profile) -> Path | None:
    """Keep keys whose password is lost under another name, so that the profile can get new ones; None without keys.

    Login tokens go too; receipts and what was seen of the log stay.
    """
    profile.forget_tokens()
    if not profile.keys_path.exists():
        return None
    number = 1
    while (beside := profile.root / f"keys-{number}.enc").exists():
        number += 1
    profile.keys_path.rename(beside)
    return beside


async def register(nodes: Nodes, user: UserRecord, keys: UserKeys, codes: str | Mapping[str, str]) -> Outcomes[str]:
    """Introduce the user to all three nodes; the state of the account at each.

    ``codes`` is the code of an invitation, or the bootstrap token of each node by role. Repeating it changes nothing,
    so a registration that did not reach every node is completed by doing it again.
    """

    async def introduce(node: IdentityClient) -> str:
        code = codes if isinstance(codes, str) else codes[node.node.role]
        return await node.register(_registration(user, keys, code))

    chosen = [node for node in nodes.everyone if isinstance(codes, str) or node.node.role in codes]
    return await ask(chosen, introduce)


async def login(nodes: Nodes, profile: Profile, keys: UserKeys) -> LoggedIn:
    """Answer the challenge of all nodes, keep the tokens in the profile, and see whether they agree on the account.

    A node that was away when this device was added gets to know it now. Tokens of nodes where the login went well are
    kept even if another one refused or is away.

    Raises:
        NotApproved, AccountDisabled: what the nodes say about the account.
        DeviceUnknown: no node knows this device.
        NodeBehind: a node does not know the account, or has other keys of it than this device.
        KeysReplaced, KeysDiffer, Conflict: see :func:`check_keys`.
        NodeUnreachable: of a node that is away.
    """
    user = profile.user()
    outcomes = await ask(nodes.everyone, lambda node: sign_in(node, user.name, keys))
    unknown = [node for node in nodes.everyone if isinstance(outcomes.failed.get(node.node.role), NotLoggedIn)]
    introduced: tuple[str, ...] = ()
    if outcomes.found and unknown:
        outcomes = _merged(outcomes, await _introduce(unknown, user, keys))
        introduced = tuple(node.node.role for node in unknown if node.node.role in outcomes.found)
    if outcomes.found:
        profile.save_tokens({**profile.tokens(), **outcomes.found})
    elif all(isinstance(error, NotLoggedIn) for error in outcomes.failed.values()):
        raise DeviceUnknown(f"No node knows this device as one of {user.name}.")
    outcomes.complete("You are logged in at", "Log in again when that is mended.")
    _, account = await details(nodes, user.name)
    check_keys(account, keys)
    return LoggedIn(introduced, account)


def check_keys(account: Compared, keys: UserKeys) -> None:
    """Whether the nodes have the account keys of this device.

    Raises:
        KeysDiffer: nodes with the same version show different keys.
        Conflict: a rotation has not reached every node.
        NodeBehind: some node still has, or never had, the keys of this device.
        KeysReplaced: all nodes have other keys.
    """
    mine = keys.signing.verify_key, keys.sealing.public
    other = [role for role, row in account.known.items() if row.keys != mine]
    if keys.prepared is not None:
        raise Conflict("A rotation of your keys has not reached every node; run `imguard keys rotate` again.")
    if account.contradiction is not None:
        raise account.contradiction
    if not other:
        return
    if account.newest.keys == mine:
        raise NodeBehind(f"{sentence(at(other))} has older keys of {account.user}.", user=account.user)
    raise KeysReplaced(f"{sentence(at(other))} has newer keys of {account.user} than this device.")


async def sign_in(node: IdentityClient, user: str, keys: UserKeys) -> str:
    """Log in at one node; its own key is part of what is signed, so no other node can use the answer."""
    return await sign_in_with(node, user, keys.login)


async def sign_in_with(node: IdentityClient, user: str, login: SigningKey) -> str:
    """As :func:`sign_in`, with the login key alone."""
    nonce = await node.challenge(user)
    statement = {"node": node.node.verify_key, "user": user, "device": login.verify_key, "nonce": nonce}
    return await node.login(statement, login.sign(domains.LOGIN_V2, canonical(statement)))


async def logout(nodes: Nodes, profile: Profile, everywhere: bool = False) -> None:
    """End the login at all nodes, with ``everywhere`` those of all devices.

    The profile forgets its tokens even if a node is away. A node that does not know the token any more has ended the
    login already.

    Raises:
        NodeUnreachable: a node is away; a login there ends by itself after a while.
    """

    async def end(node: IdentityClient) -> None:
        if everywhere:
            await node.logout_all()
            return
        with contextlib.suppress(NotLoggedIn, TokenExpired):
            await node.logout()

    outcomes = await ask(nodes.everyone, end)
    profile.forget_tokens()
    outcomes.complete("You are logged out at", "A login there ends by itself after a while.")


def user_record(
    name: str, organisation: str, device: str, keys: UserKeys, before: UserRecord | None = None
) -> UserRecord:
    """What a profile keeps readable about its user; with ``before``, verify keys that were replaced as well."""
    verify_key, former = keys.signing.verify_key, before.former if before else ()
    if before is not None and before.verify_key not in (verify_key, *former):
        former = (before.verify_key, *former)
    return UserRecord(name, verify_key, keys.sealing.public, organisation, device, keys.login.verify_key, former)


def device_document(user: str, name: str, key: str, state: DeviceState, keys: UserKeys) -> Document:
    """The user's word about one of the own login keys."""
    body = {"user": user, "name": name, "key": key, "state": str(state), "time": now_text()}
    FORMS[DEVICE].check(body)
    return sign_document(DEVICE, body, keys.signing)


def device_name() -> str:
    """The name of this machine as the name of a device."""
    found = re.sub(r"[^A-Za-z0-9._-]", "", platform.node())[:_MAX_DEVICE_NAME]
    return found or "this-device"


def parse_tokens(given: Sequence[str]) -> dict[str, str]:
    """Bootstrap tokens by role from ``a=TOKEN``, ``b=TOKEN`` and ``log=TOKEN``.

    Raises:
        UsageError: another form, or a node is named twice.
    """
    tokens: dict[str, str] = {}
    for one in given:
        role, _, token = one.strip().partition("=")
        if role not in LABELS or not token or role in tokens:
            raise UsageError("Give --bootstrap a=TOKEN, --bootstrap b=TOKEN and --bootstrap log=TOKEN, each once.")
        tokens[role] = token
    return tokens


async def _introduce(unknown: Sequence[IdentityClient], user: UserRecord, keys: UserKeys) -> Outcomes[str]:
    document = device_document(user.name, user.device or device_name(), keys.login.verify_key, DeviceState.ACTIVE, keys)

    async def introduce(node: IdentityClient) -> str:
        try:
            await with_clock(node.change_device(user.name, document))
        except Forbidden as error:
            raise NodeBehind(f"It does not know {user.name} with the keys of this device.", user=user.name) from error
        return await sign_in(node, user.name, keys)

    return await ask(unknown, introduce)


def _merged(first: Outcomes[str], second: Outcomes[str]) -> Outcomes[str]:
    found = first.found | second.found
    failed: dict[str, AppError] = {**first.failed, **second.failed}
    return Outcomes(found, {role: error for role, error in failed.items() if role not in found})


def _registration(user: UserRecord, keys: UserKeys, code: str) -> Document:
    body = {
        "user": user.name,
        "organisation": user.organisation,
        "verify_key": user.verify_key,
        "seal_key": user.seal_key,
        "device": {"name": user.device, "key": keys.login.verify_key},
        "code": code,
    }
    FORMS[REGISTRATION].check(body)
    return sign_document(REGISTRATION, body, keys.signing)


def _check_person(person: Person) -> None:
    USER.check(person.name, "The user name")
    ORGANISATION.check(person.organisation, "The organisation")
    if person.device is not None:
        DEVICE_NAME.check(person.device, "The name of the device")


def _check_same(profile: Profile, deployment: Deployment, name: str) -> None:
    if profile.deployment_path.exists() and profile.deployment().fingerprint != deployment.fingerprint:
        raise Conflict(f"The profile {profile.root} belongs to another deployment; choose another --profile.")
    if (profile.root / "user.json").exists() and profile.user().name != name:
        raise Conflict(f"The profile {profile.root} belongs to {profile.user().name}; choose another --profile.")
