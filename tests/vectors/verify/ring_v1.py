"""Checks ring_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.ring_v1``. It plays both parties with whole numbers of Python.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "ring_v1.json"
RING = 1 << 64
Numbers = list[int]


def numbers(values: list[str]) -> Numbers:
    return [int(value) for value in values]


def bits(words: Numbers, count: int) -> Numbers:
    return [words[at // 64] >> at % 64 & 1 for at in range(count)]


def wrap_shares(case: dict[str, Any], tops: list[Numbers]) -> list[Numbers]:
    """Shares of (top of party 0) or (top of party 1); checks the one message of each party."""
    count = len(tops[0])
    own = [bits(numbers(party["correlation"]["own"]), count) for party in case["parties"]]
    products = [numbers(party["correlation"]["product"]) for party in case["parties"]]
    opened = [[top ^ bit for top, bit in zip(tops[party], own[party], strict=True)] for party in range(2)]
    for party in range(2):
        (sent,) = case["parties"][party]["sent"]
        assert sent["step"] == "swap-bits"
        body = bytes.fromhex(sent["body"])
        words = [int.from_bytes(body[at : at + 8], "little") for at in range(0, len(body), 8)]
        assert bits(words, count) == opened[party]
    shares: list[Numbers] = [[], []]
    for at in range(count):
        d, e = opened[0][at], opened[1][at]
        both = [(1 - 2 * d) * (1 - 2 * e) * products[party][at] for party in range(2)]
        both[0] += e * (1 - 2 * d) * own[0][at]
        both[1] += d * (1 - 2 * e) * own[1][at] + d * e
        assert (sum(both) - tops[0][at] * tops[1][at]) % RING == 0
        for party in range(2):
            shares[party].append(tops[party][at] - both[party])
    return shares


def check_truncate(vector: dict[str, Any]) -> None:
    for case in vector["truncate"]:
        shift, plain = case["shift"], numbers(case["plain"])
        inputs = [numbers(party["inputs"][0]) for party in case["parties"]]
        moved = [[(x + (1 << 62) * (1 - party)) % RING for x in inputs[party]] for party in range(2)]
        wraps = wrap_shares(case, [[x >> 63 for x in part] for part in moved])
        results = []
        for party in range(2):
            high = [x >> shift for x in moved[party]]
            share = [h - (w << (64 - shift)) for h, w in zip(high, wraps[party], strict=True)]
            if party == 0:
                share = [value + 1 - (1 << (62 - shift)) for value in share]
            results.append([value % RING for value in share])
            assert numbers(case["parties"][party]["result"]) == results[party]
        for x, first, second in zip(plain, *results, strict=True):
            assert (first + second - (x >> shift)) % RING in (0, 1)


def check_lift(vector: dict[str, Any]) -> None:
    case = vector["lift"]
    ring_bits = case["ring_bits"]
    inputs = [numbers(party["inputs"][0]) for party in case["parties"]]
    wraps = wrap_shares(case, [[x >> (ring_bits - 1) for x in part] for part in inputs])
    results = [
        [(x - (w << ring_bits)) % RING for x, w in zip(inputs[party], wraps[party], strict=True)] for party in range(2)
    ]
    for party in range(2):
        assert numbers(case["parties"][party]["result"]) == results[party]
    assert [(a + b) % RING for a, b in zip(*results, strict=True)] == numbers(case["plain"])


def check_select(vector: dict[str, Any]) -> None:
    case = vector["select"]
    plain, parties = numbers(case["plain"]), case["parties"]
    count = len(plain)
    words = [numbers(party["inputs"][0]) for party in parties]
    bit = bits([a ^ b for a, b in zip(*words, strict=True)], count)
    taken = [{name: numbers(part) for name, part in party["correlation"].items()} for party in parties]
    mask = [(a + b) % RING for a, b in zip(taken[0]["mask"], taken[1]["mask"], strict=True)]
    hidden = bits([a ^ b for a, b in zip(taken[0]["bit"], taken[1]["bit"], strict=True)], count)
    results = [numbers(party["result"]) for party in parties]
    for at in range(count):
        e, moved = bit[at] ^ hidden[at], (plain[at] - mask[at]) % RING
        for party in range(2):
            part = taken[party]
            share = e * part["mask"][at]
            share += (1 - 2 * e) * (part["product"][at] + part["arithmetic"][at] * moved)
            share += e * moved if party == 0 else 0
            assert (share - results[party][at]) % RING == 0
        assert (results[0][at] + results[1][at] - bit[at] * plain[at]) % RING == 0


def check_sign(vector: dict[str, Any]) -> None:
    case = vector["is_negative"]
    plain = numbers(case["plain"])
    inputs = [numbers(part) for part in case["inputs"]]
    assert [(a + b - x) % RING for a, b, x in zip(*inputs, plain, strict=True)] == [0] * len(plain)
    results = [numbers(part) for part in case["results"]]
    found = bits([a ^ b for a, b in zip(*results, strict=True)], len(plain))
    assert found == [int(x < 0) for x in plain]


def check_accumulated(vector: dict[str, Any]) -> None:
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["count"]):
        value = number * 922_337_203_685_477 - 2**62
        first = (number * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % RING
        second = (value - first) % RING
        lost = ((first + 2**62) % RING % 65536 + second % 65536) >> 16
        total.update((((value >> 16) + 1 - lost) % RING).to_bytes(8, "little"))
    assert vector["accumulated"]["sha256"] == total.hexdigest()


CHECKS = (check_truncate, check_lift, check_select, check_sign, check_accumulated)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
