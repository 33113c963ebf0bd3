"""Checks hide_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.hide_v1``. Whole numbers and bytes only; AES one block at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

VECTORS = Path(__file__).resolve().parents[1] / "hide_v1.json"
FRACTION_BITS = 16
RING = 1 << 64
Rows = list[list[int]]


def stream_key(seed: bytes, domain: bytes, context: bytes) -> bytes:
    return hashlib.blake2b(domain + b"\x00" + context, key=seed, digest_size=16).digest()


def words(key: bytes) -> Iterator[int]:
    """64-bit little-endian words of AES-128 of the block numbers 0, 1, 2, ..."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    block = 0
    while True:
        raw = aes.update(block.to_bytes(16, "big"))
        yield int.from_bytes(raw[:8], "little")
        yield int.from_bytes(raw[8:], "little")
        block += 1


def take(source: Iterator[int], count: int) -> list[int]:
    return [next(source) for _ in range(count)]


def permutation(source: Iterator[int], count: int) -> list[int]:
    keys = take(source, count)
    return sorted(range(count), key=lambda place: (keys[place], place))


def plan(seed: bytes, epoch: int, count: int, k: int) -> tuple[Rows, Rows]:
    """Sources and weights, row by row."""
    source = words(stream_key(seed, b"imguard/mix-plan/v1", epoch.to_bytes(4, "little")))
    partners = [permutation(source, count) for _ in range(k - 1)]
    sources = [[row] + [column[row] for column in partners] for row in range(count)]
    if k == 1:
        return sources, [[256]] * count
    weights: Rows = [[] for _ in range(count)]
    waiting = list(range(count))
    while waiting:
        refused = []
        drawn = [sorted(word % 257 for word in take(source, k + 1)) for _ in waiting]
        for row, cuts in zip(waiting, drawn, strict=True):
            ends = [0, *cuts[2:], 256]
            gaps = [ends[i + 1] - ends[i] for i in range(k)]
            if max(gaps) <= 166:
                weights[row] = gaps
            else:
                refused.append(row)
        waiting = refused
    return sources, weights


def check_toss(vector: dict[str, Any]) -> None:
    case = vector["toss"]
    parts = sorted([bytes.fromhex(case["a"]), bytes.fromhex(case["b"])])
    assert hashlib.sha256(b"imguard/joint-toss/v1" + parts[0] + parts[1]).hexdigest() == case["seed"]


def check_plans(vector: dict[str, Any]) -> None:
    for case in vector["plans"]:
        seed = bytes.fromhex(case["seed"])
        key = stream_key(seed, b"imguard/mix-plan/v1", case["epoch"].to_bytes(4, "little"))
        assert key.hex() == case["stream_key"]
        assert plan(seed, case["epoch"], case["count"], case["k"]) == (case["sources"], case["weights"])


def check_held_back(vector: dict[str, Any]) -> None:
    for case in vector["held_back"]:
        held_back: list[int] = []
        start = 0
        for count in case["counts"]:
            share = min(case["validation"] * count // sum(case["counts"]), count // 5)
            held_back += range(start, start + share)
            start += count
        assert held_back == case["held_back"]
        assert [row for row in range(start) if row not in held_back] == case["training"]


def check_mixtures(vector: dict[str, Any]) -> None:
    for case in vector["mixtures"]:
        top = (1 << case["depth"]) - 1
        values = [[2 * p - top if case["scale"] == "signed" else p for p in image] for image in case["images"]]
        sources, weights = plan(bytes.fromhex(case["seed"]), 0, len(values), 4)
        assert weighted(values, sources, weights) == case["numerators"]
        labels = weighted(case["labels"], sources, weights)
        fixed = [[label << (FRACTION_BITS - 8) for label in row] for row in labels]
        assert fixed == case["labels_fixed_point"]


def weighted(rows: Rows, sources: Rows, weights: Rows) -> Rows:
    return [
        [sum(w * rows[s][place] for s, w in zip(who, how, strict=True)) for place in range(len(rows[0]))]
        for who, how in zip(sources, weights, strict=True)
    ]


def check_flip(vector: dict[str, Any]) -> None:
    """Every message and result, and that the sum is the value times both signs."""
    a, b = vector["flip"]["a"], vector["flip"]["b"]
    for i in range(len(a["share"])):
        first, second = a["share"][i], b["share"][i]
        for receiver, sender in ((a, b), (b, a)):
            own, other = (first, second) if receiver is a else (second, first)
            bit = receiver["signs"][i]
            assert receiver["chosen"][i] == sender["pad1" if bit else "pad0"][i]
            message = (-2 * other + sender["pad0"][i] - sender["pad1"][i]) % RING
            assert message == receiver["received"][i] % RING
            own = (1 - 2 * bit) * own + receiver["chosen"][i] + bit * message
            other = other - sender["pad0"][i]
            first, second = (own, other) if receiver is a else (other, own)
        assert (first - a["result"][i]) % RING == 0 and (second - b["result"][i]) % RING == 0
        sign = (1 - 2 * a["signs"][i]) * (1 - 2 * b["signs"][i])
        assert (first + second - sign * (a["share"][i] + b["share"][i])) % RING == 0


def check_accumulated(vector: dict[str, Any]) -> None:
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["cases"]):
        seed, k = hashlib.sha256(number.to_bytes(4, "little")).digest(), (1, 2, 4, 6)[number % 4]
        for table in plan(seed, number % 7, 1 + number % 11, k):
            total.update(b"".join(value.to_bytes(8, "little") for row in table for value in row))
    assert total.hexdigest() == vector["accumulated"]["sha256"]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_toss, check_plans, check_held_back, check_mixtures, check_flip, check_accumulated):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
