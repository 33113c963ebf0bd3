"""Answers of servers about data sets, with real manifests that this user signed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.sharing.manifest import ChunkEntry, Description, SealedRef, build, dataset_id, sign_manifest
from desktop_client.keystore import UserKeys
from desktop_client.settings import Profile, UserRecord

SEALS = ("aa" * 32, "bb" * 32)


def make_keys() -> UserKeys:
    """Fresh keys; nothing is written."""
    rng = SystemRandom()
    return UserKeys(SigningKey.generate(rng), SealingKey.generate(rng), SigningKey.generate(rng))


def register(profile: Profile, keys: UserKeys, name: str = "alice") -> None:
    """Have the profile belong to this user."""
    profile.create()
    profile.save_user(UserRecord(name, keys.signing.verify_key, keys.sealing.public))


def shown(keys: UserKeys, name: str = "films", owner: str = "alice", **more: Any) -> dict[str, Any]:
    """What a server answers about one data set of 300 images; ``more`` replaces fields of the answer."""
    about = Description(
        name=name, shape=(20, 20, 1), bits=8, ring_bits=16, classes=("healthy", "ill"), owner=owner,
        owner_key=keys.signing.verify_key, created="2026-01-31T12:00:00Z",
        nonce=hashlib.sha256(name.encode()).hexdigest()[:32], visibility="private", shared_with=(), tags=("lungs",),
        description="Films of 2025", seal_keys=SEALS,
    )  # fmt: skip
    refs = [SealedRef(hashlib.sha256(letter).hexdigest(), size) for letter, size in ((b"a", 143), (b"b", 241_311))]
    body = build(about, (ChunkEntry(300, *refs),))
    base = {
        "id": dataset_id(body), "name": name, "owner": owner, "state": "usable", "enabled": True, "version": 0,
        "bytes": 143, "count": 300, "shape": [20, 20, 1], "bits": 8, "classes": ["healthy", "ill"],
        "visibility": "private", "shared_with": [], "tags": ["lungs"], "class_counts": None,
        "created": "2026-01-31T12:00:00Z", "description": "Films of 2025",
        "manifest": sign_manifest(body, keys.signing), "settings": None, "missing": [], "receipt": None,
        "peer_confirmed": True,
    }  # fmt: skip
    return {**base, **more}


def brief(answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The entry of the same data set in a list."""
    left = ("manifest", "settings", "missing", "receipt", "peer_confirmed", "description")
    return {name: value for name, value in answer.items() if name not in left} | more


def signed_settings(keys: UserKeys, dataset: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    """Settings of the data set above, signed by its owner."""
    body = {
        "dataset": dataset, "version": version, "visibility": "private", "shared_with": [], "tags": ["lungs"],
        "description": "Films of 2025", "class_counts": None, "enabled": True, "time": "2026-02-01T12:00:00Z",
        **changes,
    }  # fmt: skip
    return sign_document("dataset-settings", body, keys.signing)


def taking(taken: list[dict[str, Any]]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """An answer to ``change_dataset`` that keeps what was sent."""

    def take(dataset: str, document: dict[str, Any]) -> dict[str, Any]:
        taken.append(document)
        return {}

    return take
