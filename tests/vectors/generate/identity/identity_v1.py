"""Makes identity_v1.json from the product's own code: fingerprints, logins, token hashes, rotations and documents.

Run it: ``python -m tests.vectors.generate.identity.identity_v1 > tests/vectors/identity_v1.json``;
``tests/vectors/verify/identity/identity_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from common.accounts.bootstrap import Bootstrap
from common.accounts.forms import open_document, rotation_proof
from common.accounts.logins import hash_of_token, login_statement
from common.accounts.model import fingerprint
from common.accounts.store import Desk
from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import digest, sign_document
from tests.helpers.accounts.memory import MemoryStorage

NODE, ADMINISTRATOR, OLD, NEW, DEVICE = (SigningKey.from_bytes(bytes([number]) * 32) for number in range(1, 6))
SEALING = SealingKey.from_bytes(b"\x06" * 32)
TIME = "2026-11-23T12:00:00Z"
CODE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
TOKEN, NONCE = "ab" * 32, "cd" * 32
ACCUMULATED = 10_000


def vectors() -> dict[str, Any]:
    return {
        "about": "fingerprints, login statements, token hashes, rotation proofs and one document of each kind",
        "source": "tests/vectors/generate/identity/identity_v1.py",
        "check": "tests/vectors/verify/identity/identity_v1.py",
        "seeds": {"node": 1, "administrator": 2, "old": 3, "new": 4, "device": 5, "sealing": 6},
        "fingerprints": [_fingerprint("alice", 0), _fingerprint("a", 1), _fingerprint("x" * 64, 2)],
        "login": _login(),
        "token": {"token": TOKEN, "hash": _token_hash()},
        "documents": [{"document": document, "digest": digest(document)} for document in _documents()],
        "accumulated": {"count": ACCUMULATED, "sha256": accumulated(ACCUMULATED)},
    }


def accumulated(count: int) -> str:
    """SHA-256 over the fingerprints of so many names and keys that follow from a counter."""
    total = hashlib.sha256()
    for number in range(count):
        total.update(fingerprint(f"user-{number}", f"{number * 7919:064x}", f"{number * 104_729:064x}").encode())
    return total.hexdigest()


def _fingerprint(user: str, number: int) -> dict[str, str]:
    keys = hashlib.sha256(bytes([number])).hexdigest(), hashlib.sha256(bytes([number, 1])).hexdigest()
    return {"user": user, "verify_key": keys[0], "seal_key": keys[1], "fingerprint": fingerprint(user, *keys)}


def _login() -> dict[str, str]:
    statement = login_statement(NODE.verify_key, "alice", DEVICE.verify_key, NONCE)
    signature = DEVICE.sign(domains.LOGIN_V2, statement).hex()
    return {"user": "alice", "nonce": NONCE, "statement": statement.decode(), "signature": signature}


def _token_hash() -> str:
    async def record(action: object, subject: object, author: object = None) -> None:
        return None

    return hash_of_token(Desk(MemoryStorage(), NODE.verify_key, Bootstrap(Path()), record), TOKEN)


def _documents() -> list[dict[str, Any]]:
    old = {"verify_key": OLD.verify_key, "seal_key": SEALING.public}
    named = {"user": "alice", "organisation": "Klinikum Köln – 北京"}
    code_hash = hashlib.sha256(CODE.encode()).hexdigest()
    device = {"name": "desk", "key": DEVICE.verify_key}
    decided = {"role": "user", "state": "active", **old, "version": 1, "time": TIME, "reason": "compared by telephone"}
    rotated = {"user": "alice", "verify_key": NEW.verify_key, "seal_key": SEALING.public, "version": 2, "time": TIME}
    bodies: tuple[tuple[str, dict[str, Any], SigningKey], ...] = (
        ("invitation", {**named, "role": "user", "code_hash": code_hash, "expires": TIME}, ADMINISTRATOR),
        ("registration", {**named, **old, "device": device, "code": CODE}, OLD),
        ("account", {**named, **decided}, ADMINISTRATOR),
        ("account-rotate", {**rotated, "proof": rotation_proof(rotated, NEW)}, OLD),
        ("device", {"user": "alice", **device, "state": "revoked", "time": TIME}, NEW),
    )
    documents = [sign_document(kind, body, key) for kind, body, key in bodies]
    for document in documents:
        open_document(document, document["kind"])
    return documents


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
