"""Checks share_bundle_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.share_bundle_v1``. Whole numbers and bytes only; AES one block at a time.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.public import PrivateKey, SealedBox

VECTORS = Path(__file__).resolve().parents[1] / "share_bundle_v1.json"
RING_BITS = {8: 16, 12: 16, 16: 32}


def little(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def stream_key(seed: bytes) -> bytes:
    return hashlib.blake2b(b"imguard/share-stream/v1\x00", key=seed, digest_size=16).digest()


def stream(seed: bytes, n: int, ring_bits: int) -> list[int]:
    """AES-128 of the block numbers 0, 1, 2, ..., cut into little-endian ring elements."""
    aes = Cipher(algorithms.AES(stream_key(seed)), modes.ECB()).encryptor()
    size = ring_bits // 8
    raw = b"".join(aes.update(block.to_bytes(16, "big")) for block in range(-(-n * size // 16)))
    return [int.from_bytes(raw[i * size : (i + 1) * size], "little") for i in range(n)]


def header(case: dict[str, Any], party: int) -> bytes:
    height, width, channels = case["shape"]
    kind = 1 if case["index"] % 2 == party else 2
    return b"".join(
        (
            b"IGCH", little(1, 2), little(kind, 1), little(party, 1), little(case["ring_bits"], 1),
            little(channels, 1), little(case["classes"], 2), little(case["index"], 4), little(case["count"], 4),
            little(height, 2), little(width, 2), bytes.fromhex(case["nonce"]),
        )
    )  # fmt: skip


def plain_chunks(case: dict[str, Any]) -> tuple[bytes, bytes]:
    """Both plaintext chunks from seed and values."""
    values = case["pixels"] + case["labels"]
    seed, modulus = bytes.fromhex(case["seed"]), 2 ** case["ring_bits"]
    mask = stream(seed, len(values), case["ring_bits"])
    data = b"".join(little((v - m) % modulus, case["ring_bits"] // 8) for v, m in zip(values, mask, strict=True))
    seed_party = case["index"] % 2
    first, second = (header(case, party) + (seed if party == seed_party else data) for party in (0, 1))
    return first, second


def check_chunks(vector: dict[str, Any]) -> None:
    for case in vector["chunks"]:
        plain_a, plain_b = plain_chunks(case)
        assert case["plain_a"] == plain_a.hex() and case["plain_b"] == plain_b.hex()
        assert case["header_a"] == plain_a[:40].hex() and case["header_b"] == plain_b[:40].hex()
        assert case["stream_key"] == stream_key(bytes.fromhex(case["seed"])).hex()
        total = len(case["pixels"]) + len(case["labels"])
        assert case["stream"] == stream(bytes.fromhex(case["seed"]), total, case["ring_bits"])
        assert case["ring_bits"] == RING_BITS[case["bits"]]
        assert max(case["pixels"]) == 2 ** case["bits"] - 1 < 2 ** (case["ring_bits"] - 1)
        assert total == case["count"] * (case["shape"][0] * case["shape"][1] * case["shape"][2] + case["classes"])


def check_sealed(vector: dict[str, Any]) -> None:
    case = vector["sealed"]
    sealed, plain = bytes.fromhex(case["sealed"]), bytes.fromhex(case["plain"])
    tag = b"imguard/chunk-seal/v1"
    assert bytes.fromhex(case["framed"]) == len(tag).to_bytes(2, "big") + tag + plain
    assert SealedBox(PrivateKey(bytes.fromhex(case["secret"]))).decrypt(sealed) == bytes.fromhex(case["framed"])
    assert sealed[:32].hex() == case["one_time_public"]
    both = bytes.fromhex(case["one_time_public"] + case["public"])
    assert hashlib.blake2b(both, digest_size=24).hexdigest() == case["nonce"]
    assert hashlib.sha256(sealed).hexdigest() == case["sha256"]


def check_bundle(vector: dict[str, Any]) -> None:
    case = vector["bundle"]
    chunks = [bytes.fromhex(chunk) for chunk in case["chunks"]]
    start = b"IGBUNDLE" + little(1, 2) + little("ab".index(case["party"]), 1) + b"\x00" + little(len(chunks), 4)
    body = b"".join(little(len(chunk), 4) + chunk for chunk in chunks)
    assert case["file"] == (start + bytes.fromhex(case["nonce"]) + body).hex()


def check_manifest(vector: dict[str, Any]) -> None:
    case = vector["manifest"]
    document, body = case["document"], case["document"]["body"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["owner_secret"]))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    assert document["signer"] == body["owner_key"] == public and document["kind"] == "manifest"
    tag = b"imguard/document/v1"
    message = len(tag).to_bytes(2, "big") + tag + compact_json({"kind": "manifest", "body": body})
    key.public_key().verify(bytes.fromhex(document["signature"]), message)
    assert case["dataset_id"] == hashlib.sha256(b"imguard/digest/v1\x00" + compact_json(body)).hexdigest()
    per_image = (body["shape"][0] * body["shape"][1] * body["shape"][2] + len(body["classes"])) * body["ring_bits"] // 8
    per_chunk = 4 * 1024 * 1024 // per_image
    assert body["count"] == sum(chunk["count"] for chunk in body["chunks"])
    for index, chunk in enumerate(body["chunks"]):
        assert chunk["count"] == min(per_chunk, body["count"] - index * per_chunk)
        # 48 bytes of sealed box, 2 + 21 of the seal's purpose, 40 of header.
        sizes = {index % 2: 111 + 32, 1 - index % 2: 111 + chunk["count"] * per_image}
        assert [chunk["a"]["size"], chunk["b"]["size"]] == [sizes[0], sizes[1]]


def compact_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_accumulated(vector: dict[str, Any]) -> None:
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["cases"]):
        for plain in plain_chunks(random_case(number)):
            total.update(plain)
    assert vector["accumulated"]["sha256"] == total.hexdigest()


def random_case(number: int) -> dict[str, Any]:
    """A small case: every token is SHAKE-256 of a name and a counter."""
    pick, seed, nonce = token(f"shape-{number}", 1, 5), token(f"shape-{number}", 2, 32), token(f"shape-{number}", 3, 16)
    bits, shape = (8, 12, 16)[number % 3], [1 + pick[0] % 4, 1 + pick[1] % 4, (1, 3)[pick[2] % 2]]
    classes, count = 1 + pick[3] % 4, 1 + pick[4] % 3
    size = count * shape[0] * shape[1] * shape[2]
    raw = token(f"case-{number}", 1, 2 * size)
    pixels = [int.from_bytes(raw[2 * i : 2 * i + 2], "little") % 2**bits for i in range(size)]
    pixels[0] = 0
    pixels[-1] = 2**bits - 1
    chosen = [byte % classes for byte in token(f"case-{number}", 2, count)]
    return {
        "pixels": pixels, "labels": [int(column == choice) for choice in chosen for column in range(classes)],
        "ring_bits": RING_BITS[bits], "shape": shape, "classes": classes, "count": count,
        "index": number % 65_536, "seed": seed.hex(), "nonce": nonce.hex(),
    }  # fmt: skip


def token(name: str, counter: int, size: int) -> bytes:
    return hashlib.shake_256(name.encode() + b"|" + little(counter, 8)).digest(size)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_chunks, check_sealed, check_bundle, check_manifest, check_accumulated):
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
