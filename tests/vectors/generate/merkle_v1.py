"""Makes merkle_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.merkle_v1 > tests/vectors/merkle_v1.json``;
``tests/vectors/verify/merkle_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.merkle.checkpoint import Checkpoint, key_id, origin_of, sign_checkpoint
from common.merkle.entry import check_event, user_actor
from common.merkle.proof import encode_proof, prove_consistency, prove_inclusion
from common.merkle.tree import MerkleTree, leaf_hash

REFERENCE_ENTRIES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
INCLUSION = ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (4, 5), (6, 7))
CONSISTENCY = ((1, 1), (1, 8), (6, 8), (2, 5), (3, 7), (4, 8))
ACCUMULATED_SIZE = 128


def accumulated(size: int) -> str:
    """SHA-256 over every root and every proof of the trees of up to ``size`` leaves (leaf i: 4 bytes big-endian)."""
    tree, total = MerkleTree(), hashlib.sha256()
    for index in range(size):
        tree.append(leaf_hash(index.to_bytes(4, "big")))
    for second in range(size + 1):
        total.update(tree.root(second))
        for index in range(second):
            total.update(b"".join(prove_inclusion(tree, index, second)))
        for first in range(second + 1):
            total.update(b"".join(prove_consistency(tree, first, second)))
    return total.hexdigest()


def vectors() -> dict[str, Any]:
    tree = MerkleTree()
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in REFERENCE_ENTRIES]
    for leaf in leaves:
        tree.append(leaf)
    return {
        "about": "RFC 6962 reference tree, signed checkpoint and event of audit-log-v1",
        "source": "tests/vectors/generate/merkle_v1.py",
        "check": "tests/vectors/verify/merkle_v1.py",
        "entries": list(REFERENCE_ENTRIES),
        "leaves": encode_proof(leaves),
        "roots": [tree.root(size).hex() for size in range(len(leaves) + 1)],
        "inclusion": [
            {"index": i, "size": n, "proof": encode_proof(prove_inclusion(tree, i, n))} for i, n in INCLUSION
        ],
        "consistency": [
            {"first": m, "second": n, "proof": encode_proof(prove_consistency(tree, m, n))} for m, n in CONSISTENCY
        ],
        "accumulated": {"size": ACCUMULATED_SIZE, "sha256": accumulated(ACCUMULATED_SIZE)},
        "checkpoint": _checkpoint(tree),
        "event": _event(),
    }


def _checkpoint(tree: MerkleTree) -> dict[str, Any]:
    key = SigningKey.from_bytes(bytes(range(32)))
    origin = origin_of(key.verify_key)
    checkpoint = Checkpoint(origin, tree.size, tree.root())
    return {
        "seed": key.to_bytes().hex(),
        "verify_key": key.verify_key,
        "origin": origin,
        "key_id": key_id(origin, key.verify_key).hex(),
        "text": checkpoint.text,
        "note": sign_checkpoint(checkpoint, key),
    }


def _event() -> dict[str, Any]:
    node, user = SigningKey.from_bytes(b"\x01" * 32), SigningKey.from_bytes(b"\x02" * 32)
    consent = sign_document("consent", {"project_hash": "ab" * 32, "dataset": "cd" * 32, "expires": None}, user)
    body = {
        "version": 1,
        "id": "00112233445566778899aabbccddeeff",
        "time": "2026-11-23T12:00:00Z",
        "actor": user_actor(user.verify_key),
        "action": "consent",
        "subject": {"project": "ab" * 32, "dataset": "cd" * 32},
        "evidence": consent,
    }
    event = check_event(sign_document("event", body, node))
    return {
        "node_seed": node.to_bytes().hex(),
        "user_seed": user.to_bytes().hex(),
        "entry": event.entry.decode(),
        "leaf": event.leaf.hex(),
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
