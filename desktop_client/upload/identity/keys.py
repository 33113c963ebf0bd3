"""Account keys over their life: rotation at all nodes that survives any interruption, and moving to another device."""

from __future__ import annotations

from dataclasses import dataclass

from common.accounts.forms import FORMS, ROTATION, rotation_proof
from common.crypto.rng import RandomSource
from common.deployment import Deployment
from common.documents import canonical, sign_document
from common.errors import Conflict
from common.net.files import write_atomic
from desktop_client.keystore import Cost, KeyPair, Moved, UserKeys, open_keys, save_keys
from desktop_client.settings import Profile
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.account import check_keys, device_name, user_record
from desktop_client.upload.identity.client import Document
from desktop_client.upload.identity.clock import now_text, with_clock
from desktop_client.upload.identity.outcomes import ask
from desktop_client.upload.identity.repair import carry
from desktop_client.upload.identity.survey import Compared, details


@dataclass(frozen=True, repr=False)
class Locker:
    """Where the keys of a profile are written, and with which password."""

    profile: Profile
    password: str
    rng: RandomSource
    cost: Cost | None = None

    def save(self, keys: UserKeys) -> UserKeys:
        save_keys(self.profile.keys_path, keys, self.password, self.rng, self.cost)
        return keys


async def rotate(nodes: Nodes, locker: Locker, keys: UserKeys) -> UserKeys:
    """Replace the account keys at all nodes by fresh ones, and finish a rotation that was cut off.

    The new keys are on disk before any node hears of them, and the old ones stay in force here until every node has
    the new ones. Every login of the user ends.

    Raises:
        NodeUnreachable: a node is away; run it again when it is back.
        NodeBehind, KeysDiffer, KeysReplaced: the nodes must agree on the account first.
    """
    user = locker.profile.user().name
    compared = await _everywhere(nodes, user)
    if keys.prepared is None or not _has_begun(compared, keys.prepared):
        check_keys(compared, UserKeys(keys.signing, keys.sealing, keys.login))
        compared.require_step()
        keys = locker.save(keys.prepare(locker.rng))
        document = _rotation(user, compared.newest.version + 1, keys)
        outcomes = await ask(nodes.everyone, lambda node: with_clock(node.rotate(user, document)))
        outcomes.complete("The new keys are known to", "Run `imguard keys rotate` again to finish.")
    elif compared.behind:
        report = await carry(nodes, keys, [user])
        if report.stuck:
            raise Conflict(" ".join(report.stuck))
    keys = locker.save(keys.rotated())
    record = locker.profile.user()
    locker.profile.save_user(user_record(user, record.organisation, record.device, keys, record))
    return keys


def moved_from(profile: Profile, keys: UserKeys) -> Moved:
    """What another device needs.

    Raises:
        Conflict: a rotation is not complete, so other keys will be needed in a moment.
    """
    if keys.prepared is not None:
        raise Conflict("A rotation of your keys has not reached every node; run `imguard keys rotate` again first.")
    account = KeyPair(keys.signing, keys.sealing)
    return Moved(profile.user().name, profile.deployment().body, account, keys.retired)


def take_over(locker: Locker, moved: Moved, device: str | None = None) -> UserKeys:
    """Put moved keys into a profile: a new one gets a login key of its own, one of the same user keeps the one it has.

    Raises:
        Conflict: the profile belongs to somebody else or to another deployment.
        ConfigError: the description of the deployment is not valid.
        WrongPassword: the profile's own keys are locked by another password.
    """
    profile, deployment = locker.profile, Deployment.from_json(moved.deployment)
    profile.create()
    has_user = (profile.root / "user.json").exists()
    known = profile.user() if has_user else None
    if known is not None and known.name != moved.user:
        raise Conflict(f"The profile {profile.root} belongs to {known.name}; choose another --profile.")
    if profile.deployment_path.exists() and profile.deployment().fingerprint != deployment.fingerprint:
        raise Conflict(f"The profile {profile.root} belongs to another deployment; choose another --profile.")
    if profile.keys_path.exists():
        keys = open_keys(profile.keys_path, locker.password).with_account(moved.account, moved.retired)
    else:
        keys = moved.on_new_device(locker.rng)
    locker.save(keys)
    write_atomic(profile.deployment_path, canonical(deployment.body))
    name = device or (known.device if known and known.device else device_name())
    organisation = known.organisation if known else ""
    profile.save_user(user_record(moved.user, organisation, name, keys, known))
    return keys


def _rotation(user: str, version: int, keys: UserKeys) -> Document:
    prepared = keys.prepared
    if prepared is None:
        raise Conflict("No keys are prepared.")
    body = {
        "user": user,
        "verify_key": prepared.signing.verify_key,
        "seal_key": prepared.sealing.public,
        "version": version,
        "time": now_text(),
    }
    body["proof"] = rotation_proof(body, prepared.signing)
    FORMS[ROTATION].check(body)
    return sign_document(ROTATION, body, keys.signing)


def _has_begun(compared: Compared, prepared: KeyPair) -> bool:
    """Whether a node has the new keys already, so that the document of then must be used."""
    wanted = prepared.signing.verify_key, prepared.sealing.public
    return any(row.keys == wanted for row in compared.known.values())


async def _everywhere(nodes: Nodes, user: str) -> Compared:
    outcomes, compared = await details(nodes, user)
    outcomes.complete("Asked were", "Keys change at all nodes or at none.")
    return compared
