"""Makes crypto_v1.json from the product's own code: domain tags, derived keys, streams, signatures, step labels.

Run it: ``python -m tests.vectors.generate.crypto_v1 > tests/vectors/crypto_v1.json``;
``tests/vectors/verify/crypto_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from common.crypto import domains
from common.crypto.prg import Stream, derive_key, expand
from common.crypto.signing import SigningKey
from common.wire.framing import encode_header

SEED = bytes(range(32))
ACCUMULATED = 10_000
FRAMES = (("online", 0, 0), ("online", 1, 4096), ("bit-corrections", 70_000, 8), ("ot-corrections", 2**32 + 5, 2**30))


def tags() -> dict[str, str]:
    """Every domain tag by the name of its constant."""
    return {name: value for name, value in sorted(vars(domains).items()) if name.isupper()}


def vectors() -> dict[str, Any]:
    return {
        "about": "domain tags and derived keys, AES-128-CTR streams, domain-bound signatures, headers of wire-v1",
        "source": "tests/vectors/generate/crypto_v1.py",
        "check": "tests/vectors/verify/crypto_v1.py",
        "seed": SEED.hex(),
        "domains": {name: _domain(tag) for name, tag in tags().items()},
        "streams": [_stream(start) for start in (0, 1, 255, 2**64 - 1)],
        "expand_u16": [int(value) for value in expand(SEED, domains.PIXEL_STREAM_V1, 9, "<u2")],
        "signature": _signature(),
        "headers": [_frame(*frame) for frame in FRAMES],
        "accumulated": {"count": ACCUMULATED, "sha256": accumulated(ACCUMULATED)},
    }


def accumulated(count: int) -> str:
    """SHA-256 over the headers of so many frames whose steps, places and lengths follow from a counter."""
    total = hashlib.sha256()
    for number in range(count):
        total.update(encode_header(f"step-{number % 97}", number * 7919 % 2**33, number * 104_729 % 2**30))
    return total.hexdigest()


def _domain(tag: str) -> dict[str, str]:
    keys = derive_key(SEED, tag), derive_key(SEED, tag, b"1")
    return {"tag": tag, "key": keys[0].hex(), "key_with_context": keys[1].hex()}


def _frame(step: str, position: int, length: int) -> dict[str, Any]:
    header = encode_header(step, position, length)
    return {"step": step, "position": position, "length": length, "header": header.hex()}


def _stream(start: int) -> dict[str, Any]:
    key = derive_key(SEED, domains.PIXEL_STREAM_V1)
    return {"key": key.hex(), "start_block": str(start), "bytes": Stream(key, start).raw(40).tobytes().hex()}


def _signature() -> dict[str, str]:
    key = SigningKey.from_bytes(SEED)
    message = b"a message"
    signature = key.sign(domains.LOGIN_V2, message)
    return {"verify_key": key.verify_key, "message": message.hex(), "signature": signature.hex()}


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
