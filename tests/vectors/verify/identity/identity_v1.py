"""Checks identity_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.identity.identity_v1``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).resolve().parents[2] / "identity_v1.json"
SIGNERS = {"invitation": 2, "registration": 3, "account": 2, "account-rotate": 3, "device": 4}


def text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def framed(domain: str, message: bytes) -> bytes:
    tag = domain.encode()
    return bytes(divmod(len(tag), 256)) + tag + message


def public(number: int) -> str:
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def sign(number: int, domain: str, message: bytes) -> str:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).sign(framed(domain, message)).hex()


def fingerprint(user: str, verify_key: str, seal_key: str) -> str:
    message = text({"user": user, "verify_key": verify_key, "seal_key": seal_key})
    number = int(hashlib.sha256(b"imguard/fingerprint/v1\x00" + message).hexdigest(), 16)
    groups = []
    for _ in range(6):
        number, group = divmod(number, 100_000)
        groups.append(f"{group:05d}")
    return " ".join(reversed(groups))


def check_fingerprints(vector: dict[str, Any]) -> None:
    for case in vector["fingerprints"]:
        assert case["fingerprint"] == fingerprint(case["user"], case["verify_key"], case["seal_key"])
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["count"]):
        verify_key, seal_key = f"{number * 7919:064x}", f"{number * 104_729:064x}"
        total.update(fingerprint(f"user-{number}", verify_key, seal_key).encode())
    assert vector["accumulated"]["sha256"] == total.hexdigest()


def check_login(vector: dict[str, Any]) -> None:
    case = vector["login"]
    statement = {"node": public(1), "user": case["user"], "device": public(5), "nonce": case["nonce"]}
    assert case["statement"].encode() == text(statement)
    assert case["signature"] == sign(5, "imguard/login/v2", text(statement))


def check_token(vector: dict[str, Any]) -> None:
    parts = ["imguard/token/v1", public(1), vector["token"]["token"]]
    assert vector["token"]["hash"] == hashlib.sha256("\0".join(parts).encode()).hexdigest()


def check_documents(vector: dict[str, Any]) -> None:
    assert [case["document"]["kind"] for case in vector["documents"]] == list(SIGNERS)
    for case in vector["documents"]:
        document = case["document"]
        signed = text({"kind": document["kind"], "body": document["body"]})
        assert document["signer"] == public(SIGNERS[document["kind"]])
        assert document["signature"] == sign(SIGNERS[document["kind"]], "imguard/document/v1", signed)
        assert case["digest"] == hashlib.sha256(b"imguard/digest/v1\x00" + text(document)).hexdigest()


def check_rotation(vector: dict[str, Any]) -> None:
    [document] = [case["document"] for case in vector["documents"] if case["document"]["kind"] == "account-rotate"]
    body = dict(document["body"])
    proof = bytes.fromhex(body.pop("proof"))
    new_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["verify_key"]))
    new_key.verify(proof, framed("imguard/account-rotate/v1", text(body)))


def check_codes(vector: dict[str, Any]) -> None:
    bodies = {case["document"]["kind"]: case["document"]["body"] for case in vector["documents"]}
    code = bodies["registration"]["code"]
    assert bodies["invitation"]["code_hash"] == hashlib.sha256(code.encode()).hexdigest()


CHECKS = (check_fingerprints, check_login, check_token, check_documents, check_rotation, check_codes)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
