"""Checks merkle_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.merkle_v1``. It follows the recursive definitions of RFC 6962, section 2.1.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).resolve().parents[1] / "merkle_v1.json"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962."""
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\x00" + entries[0])
    k = split(len(entries))
    return sha(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:]))


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), tree_hash(entries[k:])]
    return [*path(m - k, entries[k:]), tree_hash(entries[:k])]


def proof(m: int, entries: list[bytes]) -> list[bytes]:
    """PROOF of RFC 6962, and the empty proof from size 0."""
    return sub_proof(m, entries, True) if m else []


def sub_proof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962."""
    n = len(entries)
    if m == n:
        return [] if whole else [tree_hash(entries)]
    k = split(n)
    if m <= k:
        return [*sub_proof(m, entries[:k], whole), tree_hash(entries[k:])]
    return [*sub_proof(m - k, entries[k:], False), tree_hash(entries[:k])]


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def check_tree(vector: dict[str, Any]) -> None:
    entries = [bytes.fromhex(entry) for entry in vector["entries"]]
    assert vector["leaves"] == [sha(b"\x00" + entry).hex() for entry in entries]
    assert vector["roots"] == [tree_hash(entries[:n]).hex() for n in range(len(entries) + 1)]
    for case in vector["inclusion"]:
        assert case["proof"] == [h.hex() for h in path(case["index"], entries[: case["size"]])]
    for case in vector["consistency"]:
        assert case["proof"] == [h.hex() for h in proof(case["first"], entries[: case["second"]])]


def check_accumulated(vector: dict[str, Any]) -> None:
    entries = [i.to_bytes(4, "big") for i in range(vector["accumulated"]["size"])]
    total = hashlib.sha256()
    for n in range(len(entries) + 1):
        total.update(tree_hash(entries[:n]))
        for index in range(n):
            total.update(b"".join(path(index, entries[:n])))
        for m in range(n + 1):
            total.update(b"".join(proof(m, entries[:n])))
    assert vector["accumulated"]["sha256"] == total.hexdigest()


def check_checkpoint(vector: dict[str, Any]) -> None:
    case = vector["checkpoint"]
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"])).public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert raw.hex() == case["verify_key"]
    assert case["origin"] == "imguard-log/" + raw.hex()[:32]
    identifier = sha(case["origin"].encode() + b"\n\x01" + raw)[:4]
    assert identifier.hex() == case["key_id"]
    root = base64.b64encode(bytes.fromhex(vector["roots"][-1])).decode()
    assert case["text"] == f"{case['origin']}\n{len(vector['entries'])}\n{root}\n"
    text, signature = case["note"].split("\n\n")
    assert text + "\n" == case["text"] and signature.startswith(f"— {case['origin']} ")
    blob = base64.b64decode(signature.split(" ")[2])
    assert blob[:4] == identifier
    public.verify(blob[4:], case["text"].encode())


def check_event(vector: dict[str, Any]) -> None:
    case = vector["event"]
    entry = case["entry"].encode()
    assert sha(b"\x00" + entry).hex() == case["leaf"]
    document = json.loads(entry)
    check_signature(document, case["node_seed"])
    evidence = document["body"]["evidence"]
    check_signature(evidence, case["user_seed"])
    assert document["body"]["action"] == evidence["kind"]
    assert document["body"]["actor"] == "user:" + sha(bytes.fromhex(evidence["signer"])).hex()[:32]


def check_signature(document: dict[str, Any], seed: str) -> None:
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key()
    assert public == Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["signer"]))
    signed = {"kind": document["kind"], "body": document["body"]}
    message = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    tag = b"imguard/document/v1"
    public.verify(bytes.fromhex(document["signature"]), len(tag).to_bytes(2, "big") + tag + message)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_tree, check_accumulated, check_checkpoint, check_event):
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
