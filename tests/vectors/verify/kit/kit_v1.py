"""Checks kit_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.kit.kit_v1``. The arithmetic of P-256 is written out here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[2] / "kit_v1.json"
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    if left[0] == right[0] and (left[1] + right[1]) % P == 0:
        return None
    if left == right:
        slope = (3 * left[0] ** 2 - 3) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope**2 - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def read_der(signature: bytes) -> tuple[int, int]:
    """Both numbers of ``SEQUENCE { INTEGER, INTEGER }``."""
    assert signature[0] == 0x30 and signature[1] == len(signature) - 2
    assert signature[2] == 2
    middle = 4 + signature[3]
    assert signature[middle] == 2 and middle + 2 + signature[middle + 1] == len(signature)
    return int.from_bytes(signature[4:middle]), int.from_bytes(signature[middle + 2 :])


def is_signed(key: Point, message: bytes, signature: bytes) -> bool:
    r, s = read_der(signature)
    assert 0 < r < N and 0 < s < N
    inverse = pow(s, -1, N)
    hashed = int.from_bytes(hashlib.sha256(message).digest())
    found = add(times(hashed * inverse % N, G), times(r * inverse % N, key))
    return found is not None and found[0] % N == r


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check(value: dict[str, Any]) -> None:
    key = (int(value["authority"]["x"], 16), int(value["authority"]["y"], 16))
    description = json.loads(value["files"]["deployment.json"])
    fingerprint = hashlib.sha256(b"imguard/digest/v1\x00" + canonical(description)).hexdigest()
    assert fingerprint == value["fingerprint"]
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in value["files"].items()}
    for kit in value["kits"]:
        body = dict(kit["kit.json"])
        signature = bytes.fromhex(body.pop("signature"))
        assert set(body) == {"version", "deployment", "recipient", "serial", "issued", "files"}
        assert body["version"] == 1 and body["deployment"] == fingerprint and body["files"] == hashes
        message = b"imguard/kit/v1\x00" + canonical(body)
        assert message.hex() == kit["signed"]
        assert is_signed(key, message, signature)
        assert not is_signed(key, message + b"x", signature)


def main() -> None:
    check(json.loads(VECTORS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
