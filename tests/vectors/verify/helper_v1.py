"""Checks helper_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.helper_v1``. What the correlations must be is checked by the functions of
``triples_v3.py``, which know products and bits and nothing of how they were made.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.vectors.verify import triples_v3

VECTORS = Path(__file__).resolve().parents[1] / "helper_v1.json"
KINDS = {"OPEN": 1, "WELCOME": 2, "ASK": 3, "SEED": 4, "PIECE": 5, "ERROR": 6}


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def derived_stream(seed: bytes, index: int, size: int) -> bytes:
    tag = b"imguard/triple-result/v1\x00" + index.to_bytes(4, "little")
    key = hashlib.blake2b(tag, key=seed, digest_size=16).digest()
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(size))


def check_layout(vector: dict[str, Any]) -> None:
    """Of most kinds the party that was sent less so far gets the correction, B if both were sent the same."""
    sent = [0, 0]
    for index, request in enumerate(vector["plan"]):
        size, width = triples_v3.size_of(request), triples_v3.width_of(request)
        sizes = [(len(vector["derived"][p][index]) // 2, len(vector["stored"][p][index]) // 2) for p in (0, 1)]
        if request[0] == "random-ots":
            expected = [(2 * width * size, width * size)] * 2
        elif request[0] == "lookups":
            expected = [(width * size << int(request[3].split("/")[-1]), 0), (0, width * size)]
        elif request[0] == "digit-pads":
            digits = triples_v3.digits_of(request)
            given = [16 * size << digits[1 - party] if digits[1 - party] else 0 for party in (0, 1)]
            expected = [(given[party], 16 * size * (digits[party] > 0)) for party in (0, 1)]
        else:
            rows = {"mask": 0, "bit-triples": 2, "private-pairs": 2}.get(request[0], 1)
            corrected = 0 if sent[0] < sent[1] else 1
            expected = [(width * rows * size, 0)] * 2
            expected[corrected] = (0, width * rows * size)
        assert sizes == expected
        for party in (0, 1):
            sent[party] += sizes[party][1]


def check_derived(vector: dict[str, Any]) -> None:
    for seed, derived in zip(vector["seeds"], vector["derived"], strict=True):
        for index, part in enumerate(map(bytes.fromhex, derived)):
            assert part == derived_stream(bytes.fromhex(seed), index, len(part))


def check_results(vector: dict[str, Any]) -> None:
    """A result is what follows from the seed, then what is stored."""
    results = [
        [first + rest for first, rest in zip(vector["derived"][party], vector["stored"][party], strict=True)]
        for party in (0, 1)
    ]
    made = {**vector, "results": results}
    triples_v3.check_own(made)
    triples_v3.check_arithmetic(made)
    triples_v3.check_bits(made)
    triples_v3.check_choices(made)


def check_digest(vector: dict[str, Any]) -> None:
    assert vector["requests_digest"] == hashlib.sha256(canonical(vector["plan"])).hexdigest()


def check_messages(vector: dict[str, Any]) -> None:
    messages = {name: bytes.fromhex(vector["messages"][name]) for name in KINDS}
    bodies = {}
    for name, kind in KINDS.items():
        body = messages[name][8:]
        assert messages[name][:8] == b"IH" + bytes([1, kind]) + len(body).to_bytes(4, "little")
        bodies[name] = body
    opening, welcome = json.loads(bodies["OPEN"]), json.loads(bodies["WELCOME"])
    assert set(opening) == {"version", "job", "plan", "nonce", "challenge"} and opening["version"] == 1
    assert set(welcome["body"]) == {"challenge", "job", "certificate"}
    assert all(welcome["body"][name] == opening[name] for name in ("challenge", "job"))
    tag = b"imguard/document/v1"
    signed = len(tag).to_bytes(2, "big") + tag + canonical({"kind": "helper-welcome", "body": welcome["body"]})
    assert welcome["signer"] == vector["messages"]["verify_key"]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(welcome["signer"])).verify(
        bytes.fromhex(welcome["signature"]), signed
    )
    assert json.loads(bodies["ASK"]) == {"segment": 7, "requests": vector["plan"][:1]}
    assert bodies["SEED"].hex() == vector["seeds"][0]
    assert set(json.loads(bodies["ERROR"])) == {"code", "message", "advice", "details"}


CHECKS = (check_layout, check_derived, check_results, check_digest, check_messages)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
