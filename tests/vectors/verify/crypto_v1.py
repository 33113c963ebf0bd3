"""Checks crypto_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.crypto_v1``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).resolve().parents[1] / "crypto_v1.json"


def key_of(seed: bytes, tag: str, context: bytes = b"") -> bytes:
    return hashlib.blake2b(tag.encode() + b"\x00" + context, key=seed, digest_size=16).digest()


def stream(key: bytes, start: int, size: int) -> bytes:
    """Counter mode from single blocks: AES(start), AES(start + 1), ..., counters big-endian."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    blocks = [aes.update((start + number).to_bytes(16, "big")) for number in range(size // 16 + 1)]
    return b"".join(blocks)[:size]


def header(step: str, position: int, length: int) -> bytes:
    tag = hashlib.blake2b(b"imguard/step-label/v1/" + step.encode(), digest_size=4).digest()
    place = (position % 2**32).to_bytes(4, "little")
    return b"IG" + (1).to_bytes(2, "little") + place + tag + length.to_bytes(4, "little")


def check_domains(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(vector["seed"])
    assert vector["domains"]
    for case in vector["domains"].values():
        assert case["key"] == key_of(seed, case["tag"]).hex()
        assert case["key_with_context"] == key_of(seed, case["tag"], b"1").hex()


def check_streams(vector: dict[str, Any]) -> None:
    for case in vector["streams"]:
        assert case["bytes"] == stream(bytes.fromhex(case["key"]), int(case["start_block"]), 40).hex()
    raw = stream(key_of(bytes.fromhex(vector["seed"]), "imguard/share-stream/v1"), 0, 18)
    assert vector["expand_u16"] == [raw[at] + 256 * raw[at + 1] for at in range(0, 18, 2)]


def check_signature(vector: dict[str, Any]) -> None:
    case = vector["signature"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    assert case["verify_key"] == key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    domain = b"imguard/login/v2"
    framed = len(domain).to_bytes(2, "big") + domain + bytes.fromhex(case["message"])
    assert case["signature"] == key.sign(framed).hex()


def check_headers(vector: dict[str, Any]) -> None:
    for case in vector["headers"]:
        assert case["header"] == header(case["step"], case["position"], case["length"]).hex()
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["count"]):
        total.update(header(f"step-{number % 97}", number * 7919 % 2**33, number * 104_729 % 2**30))
    assert vector["accumulated"]["sha256"] == total.hexdigest()


CHECKS = (check_domains, check_streams, check_signature, check_headers)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
