"""Registration and login at both server nodes with the keys of a profile."""

from __future__ import annotations

import contextlib
import hmac
import re
from pathlib import Path

from common.crypto import domains
from common.crypto.rng import RandomSource
from common.deployment import Deployment
from common.documents import canonical, sign_document
from common.errors import AppError, BadInput, Conflict, NotLoggedIn, TokenExpired, UnknownCertificate
from common.net.files import write_atomic
from desktop_client.keystore import Cost, UserKeys, create_keys, open_keys
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.transport import Call

REGISTRATION_KIND = "registration"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


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
    profile: Profile, deployment: Deployment, name: str, password: str, rng: RandomSource, cost: Cost | None = None
) -> UserKeys:
    """Make the profile's keys, or open those of an earlier registration that was cut off.

    Raises:
        BadInput: not a user name, or too short a password.
        Conflict: the profile belongs to another user or deployment.
        WrongPassword: it holds keys already, locked by another password.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            "A user name has 1 to 64 lower-case letters, digits, dots, dashes or underscores; "
            "the first is a letter or digit."
        )
    profile.create()
    if not profile.keys_path.exists():
        keys = create_keys(profile.keys_path, password, rng, cost)
    else:
        _check_same(profile, deployment, name)
        keys = open_keys(profile.keys_path, password)
    body = canonical(deployment.body)
    write_atomic(profile.deployment_path, body)
    profile.save_user(UserRecord(name, keys.signing.verify_key, keys.sealing.public))
    return keys


async def register(nodes: Nodes, user: UserRecord, keys: UserKeys, code: str) -> None:
    """Introduce the user to A and B; a node that knows these keys under this name already is fine.

    Raises:
        AppError: a node refused; repeating the registration continues where it stopped.
    """
    body = {"name": user.name, "verify_key": user.verify_key, "seal_key": user.seal_key, "code": code}
    document = sign_document(REGISTRATION_KIND, body, keys.signing)

    async def introduce(node: NodeClient) -> None:
        try:
            await node.transport.json("POST", "/v1/users", Call(json={"document": document}, login=False))
        except Conflict as conflict:
            if not await _is_known(node, user, keys):
                raise conflict from None

    await nodes.both(introduce)


async def login(nodes: Nodes, profile: Profile, keys: UserKeys) -> None:
    """Answer the challenge of both nodes and keep the tokens in the profile."""
    user = profile.user().name
    tokens = await nodes.both(lambda node: sign_in(node, user, keys))
    profile.save_tokens(dict(zip(("a", "b"), tokens, strict=True)))


async def sign_in(node: IdentityClient, user: str, keys: UserKeys) -> str:
    """Log in at one node; its own key is part of what is signed, so no other node can use the answer."""
    nonce = await node.challenge(user)
    message = canonical({"node": node.node.verify_key, "user": user, "nonce": nonce})
    signature = keys.signing.sign(domains.LOGIN_V1, message)
    call = Call(json={"user": user, "nonce": nonce, "signature": signature.hex()}, login=False)
    token = text(await node.transport.json("POST", "/v1/auth/login", call), "token")
    node.transport.use_token(token)
    return token


async def logout(nodes: Nodes, profile: Profile) -> None:
    """End the login at both nodes; the profile forgets its tokens even if a node is away.

    A node that does not know the token any more has ended the login already.
    """
    profile.forget_tokens()

    async def end(node: NodeClient) -> None:
        with contextlib.suppress(NotLoggedIn, TokenExpired):
            await node.transport.json("POST", "/v1/auth/logout")

    await nodes.both(end)


async def _is_known(node: NodeClient, user: UserRecord, keys: UserKeys) -> bool:
    try:
        await sign_in(node, user.name, keys)
        await node.transport.json("POST", "/v1/auth/logout")
    except AppError:
        return False
    finally:
        node.transport.use_token(None)
    return True


def _check_same(profile: Profile, deployment: Deployment, name: str) -> None:
    if profile.deployment_path.exists() and profile.deployment().fingerprint != deployment.fingerprint:
        raise Conflict(f"The profile {profile.root} belongs to another deployment; choose another --profile.")
    if (profile.root / "user.json").exists() and profile.user().name != name:
        raise Conflict(f"The profile {profile.root} belongs to {profile.user().name}; choose another --profile.")
