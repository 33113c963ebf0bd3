"""Settings of an own data set: read from both servers, checked, changed, and brought into step again.

A server's word is not enough to sign anything: the manifest must have the id that was asked for, and settings the
signature of the keys in it or of the user's present keys. Others are shown before they are signed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.documents import sign_document, verify_document
from common.errors import AppError, BadSignature, Conflict, Forbidden, NotFound
from common.sharing.manifest import verify_manifest
from common.sharing.settings import KIND, DatasetSettings, first_settings, parse_settings
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import document
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.datasets.overview import Sides, given, refusals, sides


@dataclass(frozen=True)
class Held:
    """The settings one server has: ``signed`` is None for those in the manifest; ``is_own`` if a known key signed."""

    settings: DatasetSettings
    signed: dict[str, Any] | None
    owner: str
    classes: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True)
class Outcome:
    """New settings, and what each server said to them: None where they are in force now."""

    settings: DatasetSettings
    answers: dict[str, AppError | None]

    @property
    def failure(self) -> AppError | None:
        """The first refusal, if any."""
        return next((answer for answer in self.answers.values() if answer is not None), None)


def read_held(found: Mapping[str, Any], dataset: str, key: str) -> Held:
    """What a server's answer about a data set says, checked; ``key`` is the user's present verify key.

    Raises:
        BadSignature, BadInput, BadManifest: the answer is not what the owner signed for this data set.
    """
    full, manifest = verify_manifest(document(found, "manifest"))
    if full != dataset:
        raise BadSignature("A server shows another data set than was asked for.")
    about, body = manifest.about, found["manifest"]["body"]
    signed = found.get("settings")
    if signed is None:
        is_own = about.owner_key == key
        return Held(first_settings(dataset, body), None, about.owner, about.classes, is_own)
    settings = parse_settings(verify_document(signed, KIND), dataset, len(about.classes), manifest.count)
    return Held(settings, signed, about.owner, about.classes, signed["signer"] in (about.owner_key, key))


async def read_both(nodes: Nodes, dataset: str, key: str) -> Sides[Held]:
    """The settings at both servers, or why one of them does not tell.

    Raises:
        AppError: of A if both failed.
    """

    async def at(node: NodeClient) -> Held:
        return read_held(await node.dataset(dataset), dataset, key)

    return await sides(nodes, at)


def newest(found: Sides[Held]) -> Held:
    """What an edit begins with: the highest version; of two with the same number, the later one."""
    return max(given(found).values(), key=lambda held: (held.settings.version, held.settings.time))


def in_step(found: Sides[Held]) -> bool:
    """Whether both servers answered and have the same settings."""
    both = given(found)
    return len(both) == 2 and both["a"].signed == both["b"].signed


async def change(nodes: Nodes, keys: UserKeys, base: Held, **changes: Any) -> Outcome:
    """Sign the next settings after ``base`` and give them to both servers.

    Raises:
        BadInput: a change that no server would accept.
    """
    settings = base.settings.after(base.settings.version + 1, now(), **changes)
    signed = sign_document(KIND, settings.body(), keys.signing)
    return await _send(nodes, settings, {"a": signed, "b": signed})


async def repair(nodes: Nodes, keys: UserKeys, dataset: str, found: Sides[Held]) -> Outcome:
    """Bring both servers to the newest settings; what one of them has already is carried over as it was signed.

    Raises:
        Conflict: one of them has deleted the data set, so it should be deleted at the other one, too.
        AppError: one of them cannot be asked.
    """
    for role, error in refusals(found).items():
        if isinstance(error, NotFound):
            raise Conflict(f"Server {role.upper()} has deleted this data set; delete it at the other one, too.")
        raise error
    best = newest(found)
    if in_step(found):
        return Outcome(best.settings, {"a": None, "b": None})
    behind = {role: held for role, held in given(found).items() if held.settings.version < best.settings.version}
    signed = best.signed
    if not behind or signed is None or signed["signer"] != keys.signing.verify_key:
        # Two of the same number, or keys that count no more: only a newer signature settles it.
        return await change(nodes, keys, best)
    outcome = await _send(nodes, best.settings, dict.fromkeys(behind, signed))
    return Outcome(outcome.settings, {"a": None, "b": None, **outcome.answers})


def require_owner(held: Held, user: str) -> None:
    """Raises:
    Forbidden: the data set belongs to somebody else.
    """
    if held.owner != user:
        raise Forbidden(f"This data set belongs to {held.owner}; only its owner can change it.")


def now() -> str:
    """This moment in the form documents use."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _send(nodes: Nodes, settings: DatasetSettings, documents: Mapping[str, dict[str, Any]]) -> Outcome:
    answers: dict[str, AppError | None] = {}
    for node in nodes.servers:
        role = node.node.role
        if role not in documents:
            continue
        try:
            await node.change_dataset(settings.dataset, documents[role])
            answers[role] = None
        except AppError as error:
            answers[role] = error
    return Outcome(settings, answers)
