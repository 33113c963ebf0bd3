"""Checks answer_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.asking.answer_v1``.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.public import PrivateKey, SealedBox

VECTORS = Path(__file__).resolve().parents[2] / "answer_v1.json"
DOCUMENT, STORAGE, TAG = b"imguard/document/v1", b"imguard/storage/v1", b"imguard/answer-seal/v1"
FIELDS = {
    "test-start": {"project_hash", "training", "dataset", "nonce"},
    "model-forget": {"job", "time"},
}
HEADER = {"version", "party", "test", "training", "project_hash", "dataset", "classes", "count", "fraction_bits"}


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_documents(vector: dict[str, Any]) -> None:
    for document in vector["documents"]:
        assert set(document["body"]) == FIELDS[document["kind"]]
        message = canonical({"kind": document["kind"], "body": document["body"]})
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["signer"]))
        key.verify(bytes.fromhex(document["signature"]), len(DOCUMENT).to_bytes(2, "big") + DOCUMENT + message)


def check_kept(vector: dict[str, Any]) -> None:
    """The key of the file opens with the storage key, the file with its key; what comes out is a whole checkpoint."""
    kept = {name: bytes.fromhex(value) for name, value in vector["kept"].items()}
    job = vector["documents"][0]["body"]["training"].encode()
    wrapped, rest = kept["file"][:60], kept["file"][60:]
    key = AESGCM(kept["storage_key"]).decrypt(wrapped[:12], wrapped[12:], b"\x00".join((STORAGE, job, b"key")))
    plain = AESGCM(key).decrypt(rest[:12], rest[12:], b"\x00".join((STORAGE, job, b"weights")))
    assert plain == kept["plain"]
    assert hashlib.sha256(plain[:-32]).digest() == plain[-32:]
    header = json.loads(plain[4 : 4 + int.from_bytes(plain[:4], "little")])
    assert header["job"].encode() == job and {tensor["group"] for tensor in header["tensors"]} == {"weights"}


def stream(key: bytes, count: int) -> list[int]:
    """Words of AES-128 of the block numbers 0, 1, 2, ..."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    raw = b"".join(aes.update(block.to_bytes(16, "big")) for block in range((count + 1) // 2))
    return list(struct.unpack(f"<{count}Q", raw[: 8 * count]))


def check_shares(vector: dict[str, Any]) -> None:
    """A adds and B takes away the same words: logits first, then labels."""
    toss = bytes.fromhex(vector["toss"])
    key = hashlib.blake2b(b"imguard/answer-split/v1\x00", key=toss, digest_size=16).digest()
    noise = stream(key, 18)
    for party, sign in (("a", 1), ("b", -1)):
        before = [cell for part in vector["before"]["ab".index(party)] for row in part for cell in row]
        raw = bytes.fromhex(vector[f"plain_{party}"])
        size = int.from_bytes(raw[:4], "little")
        found = struct.unpack("<18Q", raw[4 + size :])
        wanted = [(cell + sign * word) % 2**64 for cell, word in zip(before, noise, strict=True)]
        assert list(found) == wanted


def check_seals(vector: dict[str, Any]) -> None:
    box = SealedBox(PrivateKey(bytes.fromhex(vector["asker_secret"])))
    for party in "ab":
        framed = box.decrypt(bytes.fromhex(vector[f"sealed_{party}"]))
        assert framed == len(TAG).to_bytes(2, "big") + TAG + bytes.fromhex(vector[f"plain_{party}"])


def check_answer(vector: dict[str, Any]) -> None:
    """Both headers but for the party alike, and the sum of the shares."""
    headers, cells = [], []
    for party in "ab":
        raw = bytes.fromhex(vector[f"plain_{party}"])
        size = int.from_bytes(raw[:4], "little")
        header = json.loads(raw[4 : 4 + size])
        assert canonical(header) == raw[4 : 4 + size] and set(header) == HEADER
        assert header.pop("party") == party and header["version"] == 1
        headers.append(header)
        cells.append(struct.unpack("<18Q", raw[4 + size :]))
    assert headers[0] == headers[1]
    total = [(first + second) % 2**64 for first, second in zip(*cells, strict=True)]
    signed = [value - 2**64 if value >> 63 else value for value in total]
    assert [value / 65536 for value in signed[:9]] == [value for row in vector["logits"] for value in row]
    rows = [signed[9 + 3 * row : 12 + 3 * row] for row in range(3)]
    assert all(sorted(row) == [0, 0, 1] for row in rows)
    assert [row.index(1) for row in rows] == vector["labels"]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_documents, check_kept, check_shares, check_seals, check_answer):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
