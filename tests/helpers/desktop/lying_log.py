"""A log node in memory that can lie, and a profile that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.documents import canonical, sign_document
from common.merkle.checkpoint import Checkpoint, origin_of, sign_checkpoint
from common.merkle.proof import encode_proof, prove_consistency
from common.merkle.tree import MerkleTree, leaf_hash
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.client import LogClient
from tests.helpers.desktop.fake_nodes import make_deployment

ALICE = SigningKey.generate(SystemRandom())


class LyingLog(LogClient):
    """``short`` rows of each answer are held back, ``claims`` is the size it signs for, ``says`` a note it gives."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self.rows: list[dict[str, Any]] = []
        self.short = 0
        self.claims: int | None = None
        self.says = ""
        self.asked: list[tuple[int, int]] = []

    def tree(self) -> MerkleTree:
        tree = MerkleTree()
        for row in self.rows:
            tree.append(leaf_hash(canonical(row)))
        return tree

    def note(self, size: int | None = None) -> str:
        tree = self.tree()
        size = tree.size if size is None else size
        root = tree.root(min(size, tree.size))
        return sign_checkpoint(Checkpoint(origin_of(self.key.verify_key), size, root), self.key)

    async def checkpoint(self) -> str:
        return self.says or self.note(self.claims)

    async def entries(self, start: int, end: int) -> list[bytes]:
        self.asked.append((start, end))
        return [canonical(row) for row in self.rows[start : end - self.short]]

    async def consistency(self, first: int, second: int) -> object:
        return encode_proof(prove_consistency(self.tree(), first, second))


class LogPlace:
    """A profile of alice, the nodes' keys and a log with some rows of both servers in turn."""

    def __init__(self, folder: Path, rows: int = 0) -> None:
        self.identities = make_deployment(folder, {"a": 1, "b": 2, "log": 3})
        self.deployment = self.identities["a"].deployment
        self.profile = Profile(folder / "profile")
        self.profile.create()
        self.profile.deployment_path.write_bytes(canonical(self.deployment.body))
        self.profile.save_user(UserRecord("alice", ALICE.verify_key, "22" * 32))
        self.log = LyingLog(self.identities["log"].signing)
        self.add(rows)

    def add(self, count: int, actor: str | None = None, action: str = "job-stage", **subject: Any) -> None:
        """Rows without evidence; each one a minute after the one before."""
        for _ in range(count):
            number = len(self.log.rows)
            role = "ab"[number % 2]
            body = {
                "version": 1,
                "id": f"{number:032x}",
                "time": f"2026-01-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z",
                "actor": actor or f"node:{role}",
                "action": action,
                "subject": subject or {"job": f"{number % 3:032x}", "stage": "train"},
            }
            self.log.rows.append(sign_document("event", body, self.identities[role].signing))
