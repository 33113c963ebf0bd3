"""Checks ring_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.ring_v2``. It plays both parties with whole numbers of Python.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "ring_v2.json"
RING = 1 << 64
Numbers = list[int]


def numbers(values: list[str]) -> Numbers:
    return [int(value) for value in values]


def bits(words: Numbers, count: int) -> Numbers:
    return [words[at // 64] >> at % 64 & 1 for at in range(count)]


def words_of(body: str) -> Numbers:
    octets = bytes.fromhex(body)
    return [int.from_bytes(octets[at : at + 8], "little") for at in range(0, len(octets), 8)]


def sent_words(party: dict[str, Any]) -> Numbers:
    (sent,) = party["sent"]
    assert sent["step"] == "online"
    return words_of(sent["body"])


def wrap_shares(case: dict[str, Any], tops: list[Numbers]) -> list[Numbers]:
    """Shares of (top of party 0) or (top of party 1); checks the one message of each party."""
    count = len(tops[0])
    own = [bits(numbers(party["correlation"]["own"]), count) for party in case["parties"]]
    products = [numbers(party["correlation"]["product"]) for party in case["parties"]]
    opened = [[top ^ bit for top, bit in zip(tops[party], own[party], strict=True)] for party in range(2)]
    for party in range(2):
        assert bits(sent_words(case["parties"][party]), count) == opened[party]
    shares: list[Numbers] = [[], []]
    for at in range(count):
        d, e = opened[0][at], opened[1][at]
        terms = [tops[0][at] & (1 - e), tops[1][at] ^ (d & own[1][at])]
        found = [terms[party] - (1 - 2 * (d ^ e)) * products[party][at] for party in range(2)]
        assert (sum(found) - (tops[0][at] | tops[1][at])) % RING == 0
        for party in range(2):
            shares[party].append(found[party])
    return shares


def check_truncate(vector: dict[str, Any]) -> None:
    for case in vector["truncate"]:
        shift, plain = case["shift"], numbers(case["plain"])
        inputs = [numbers(party["inputs"][0]) for party in case["parties"]]
        moved = [[(x + (1 << 62) * (1 - party)) % RING for x in inputs[party]] for party in range(2)]
        wraps = wrap_shares(case, [[x >> 63 for x in part] for part in moved])
        results = []
        for party in range(2):
            # Party 0 rounds up, party 1 down.
            high = [-(-x >> shift) if party == 0 else x >> shift for x in moved[party]]
            share = [h - (w << (64 - shift)) for h, w in zip(high, wraps[party], strict=True)]
            if party == 0:
                share = [value - (1 << (62 - shift)) for value in share]
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
    """Each cross term by itself: a bit of one party times a value of the other."""
    case = vector["select"]
    plain, parties = numbers(case["plain"]), case["parties"]
    count = len(plain)
    own = [bits(numbers(party["inputs"][0]), count) for party in parties]
    x = [numbers(party["inputs"][1]) for party in parties]
    pads = [{name: numbers(party["correlation"][name]) for name in ("chosen", "pad0", "pad1")} for party in parties]
    choice = [bits(numbers(party["correlation"]["own"]), count) for party in parties]
    results = [numbers(party["result"]) for party in parties]
    sent = [sent_words(party) for party in parties]
    for at in range(count):
        total = 0
        for me, peer in ((0, 1), (1, 0)):
            value = x[me][at] * (1 - 2 * own[me][at])
            difference = pads[me]["pad1"][at] - pads[me]["pad0"][at]
            assert sent[me][-count + at] == (value - difference) % RING
            e = own[me][at] ^ choice[me][at]
            assert bits(sent[me], count)[at] == e
            assert pads[me]["chosen"][at] == pads[peer]["pad1" if choice[me][at] else "pad0"][at]
            their_e = own[peer][at] ^ choice[peer][at]
            share = own[me][at] * x[me][at] + their_e * value - (1 - 2 * their_e) * pads[me]["pad0"][at]
            share += (1 - 2 * e) * (choice[me][at] * sent[peer][-count + at] + pads[me]["chosen"][at])
            assert (share - results[me][at]) % RING == 0
            total += share
        assert (total - (own[0][at] ^ own[1][at]) * plain[at]) % RING == 0


def check_digit(vector: dict[str, Any]) -> None:
    """P1 tells its digit xor its index; P0 sends its table turned by that, without the first entry, under pads."""
    case = vector["digit"]
    plain = numbers(case["plain"])
    first, second = case["parties"]
    rows = [bits_of_rows(party["inputs"][0], 4, len(plain)) for party in (first, second)]
    index = bits_of_rows(second["correlation"]["index"], 4, len(plain))
    pads, chosen = numbers(first["correlation"]["pads"]), numbers(second["correlation"]["chosen"])
    assert [len(words_of(message["body"])) for message in first["sent"]] == [0, 15]
    told, table = words_of(second["sent"][0]["body"]), words_of(first["sent"][1]["body"])
    results = [numbers(party["result"])[0] for party in (first, second)]
    for at, carry in enumerate(plain):
        moved = sum((word >> at & 1) << place for place, word in enumerate(told))
        assert moved == rows[1][at] ^ index[at]
        hidden = [int(rows[0][at] + (entry ^ moved) >= 16) ^ pads[2 * entry + 1] >> at & 1 for entry in range(16)]
        assert [word >> at & 1 for word in table] == [bit ^ hidden[0] for bit in hidden[1:]]
        opened = (hidden[index[at]] ^ hidden[0]) ^ chosen[1] >> at & 1
        assert [result >> at & 1 for result in results] == [hidden[0], opened]
        assert hidden[0] ^ opened == carry


def bits_of_rows(words: list[str], depth: int, count: int) -> Numbers:
    """Numbers whose bits stand in rows of one word each."""
    return [sum((int(words[place]) >> at & 1) << place for place in range(depth)) for at in range(count)]


def check_signs(vector: dict[str, Any]) -> None:
    for name in ("is_negative", "is_negative_by_digits"):
        check_sign(vector[name])


def check_sign(case: dict[str, Any]) -> None:
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
        high = -(-((first + 2**62) % RING) >> 16) + (second >> 16) - 2**46
        wrap = ((first + 2**62) % RING + second) >> 64
        total.update(((high - (wrap << 48)) % RING).to_bytes(8, "little"))
    assert vector["accumulated"]["sha256"] == total.hexdigest()


CHECKS = (check_truncate, check_lift, check_select, check_digit, check_signs, check_accumulated)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
