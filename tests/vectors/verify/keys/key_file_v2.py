"""Checks key_file_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.keys.key_file_v2``. XSalsa20 and Poly1305 are written out here; Argon2id is
that of OpenSSL.
"""

from __future__ import annotations

import hashlib
import json
import struct
import unicodedata
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

VECTORS = Path(__file__).resolve().parents[2] / "key_file_v2.json"
MAGIC = {"keys-v1": b"imguard-keys-v1\n", "keys-v2": b"imguard-keys-v2\n", "move-v1": b"imguard-move-v1\n"}
CONSTANT = b"expand 32-byte k"


def rotate(value: int, count: int) -> int:
    value &= 0xFFFFFFFF
    return (value << count | value >> (32 - count)) & 0xFFFFFFFF


def quarter(x: list[int], a: int, b: int, c: int, d: int) -> None:
    x[b] ^= rotate(x[a] + x[d], 7)
    x[c] ^= rotate(x[b] + x[a], 9)
    x[d] ^= rotate(x[c] + x[b], 13)
    x[a] ^= rotate(x[d] + x[c], 18)


def double_rounds(x: list[int]) -> None:
    for _ in range(10):
        for column in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)):
            quarter(x, *column)
        for row in ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            quarter(x, *row)


def state(key: bytes, middle: bytes) -> list[int]:
    c, k, m = (struct.unpack("<4I", CONSTANT), struct.unpack("<8I", key), struct.unpack("<4I", middle))
    return [c[0], *k[:4], c[1], *m, c[2], *k[4:], c[3]]


def hsalsa(key: bytes, nonce: bytes) -> bytes:
    x = state(key, nonce)
    double_rounds(x)
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def xsalsa(key: bytes, nonce: bytes, length: int) -> bytes:
    inner, stream, block = hsalsa(key, nonce[:16]), b"", 0
    while len(stream) < length:
        start = state(inner, nonce[16:] + struct.pack("<Q", block))
        x = list(start)
        double_rounds(x)
        stream += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, start, strict=True)))
        block += 1
    return stream[:length]


def poly1305(key: bytes, message: bytes) -> bytes:
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for start in range(0, len(message), 16):
        piece = message[start : start + 16] + b"\x01"
        total = (total + int.from_bytes(piece, "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def open_file(raw: bytes, password: str) -> tuple[bytes, bytes]:
    """Magic and payload."""
    body, checksum = raw[:-32], raw[-32:]
    assert hashlib.sha256(body).digest() == checksum
    passes, memory = struct.unpack("<II", body[16:24])
    salt, nonce, tag, sealed = body[24:40], body[40:64], body[64:80], body[80:]
    text = unicodedata.normalize("NFKC", password).encode()
    key = Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=memory // 1024).derive(text)
    stream = xsalsa(key, nonce, 32 + len(sealed))
    assert poly1305(stream[:32], sealed) == tag
    return body[:16], bytes(a ^ b for a, b in zip(sealed, stream[32:], strict=True))


def check(value: dict[str, Any]) -> None:
    for name, raw in value["files"].items():
        magic, payload = open_file(bytes.fromhex(raw), value["password"])
        expected = value["payloads"][name]
        assert magic == MAGIC[name]
        if isinstance(expected, str):
            assert payload.hex() == expected
        else:
            assert payload.decode() == json.dumps(expected, sort_keys=True, separators=(",", ":"))


def main() -> None:
    check(json.loads(VECTORS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
