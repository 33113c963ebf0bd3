"""Checks triples_v3.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.triples_v3``. Results of the OT protocol are checked by what they must be:
products of the two parties' own words.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VECTORS = Path(__file__).resolve().parents[1] / "triples_v3.json"
RING = 1 << 64
Words = list[int]


def own_words(seed: bytes, index: int, count: int) -> Words:
    tag = b"imguard/triple-mask/v1\x00" + index.to_bytes(4, "little")
    aes = Cipher(algorithms.AES(hashlib.blake2b(tag, key=seed, digest_size=16).digest()), modes.ECB()).encryptor()
    raw = b"".join(aes.update(number.to_bytes(16, "big")) for number in range(count // 2 + 1))
    return [int.from_bytes(raw[8 * at : 8 * at + 8], "little") for at in range(count)]


def numbers(words: list[str]) -> Words:
    return [int(word, 16) for word in words]


def size_of(request: list[Any]) -> int:
    total = 1
    for length in request[1]:
        total *= length
    return total


def words_of(bits: int) -> int:
    return -(-bits // 64)


def own_count(request: list[Any], party: int) -> int:
    size = size_of(request)
    counts = {
        "mask": size,
        "bit-triples": 3 * size,
        "private-and": size,
        "private-pairs": 3 * size,
        "private-product": words_of(size),
        "private-values": size,
        "random-ots": words_of(size),
        "lookups": size * party,
        "digit-pads": size * digits_of(request)[party],
    }
    return counts.get(request[0], 0)


def width_of(request: list[Any]) -> int:
    """Bytes of a result element: the last part of the option, but where the bits of an index follow."""
    parts = request[3].split("/")
    return int(parts[-2] if request[0] in ("lookups", "digit-pads") else parts[-1])


def digits_of(request: list[Any]) -> tuple[int, int]:
    """Bits of the indices of A and of B."""
    first, _, second = request[3].split("/")[-1].partition("-")
    return (int(first), int(second)) if second else (0, 0)


def check_own(vector: dict[str, Any]) -> None:
    for party, (seed, own) in enumerate(zip(vector["seeds"], vector["own"], strict=True)):
        for index, request in enumerate(vector["plan"]):
            expected = own_words(bytes.fromhex(seed), index, own_count(request, party))
            assert numbers(own[index]) == expected


def check_digest(vector: dict[str, Any]) -> None:
    lines = [json.dumps(request, separators=(",", ":"), sort_keys=True).encode() for request in vector["plan"]]
    once = hashlib.sha256(b"imguard/plan/v1" + b"".join(lines) + b";")
    assert vector["plan_digest"] == once.hexdigest()
    once.update(b"".join(lines[:3]) + b";")
    assert vector["two_segments_digest"] == once.hexdigest()


# --- what each kind must be --------------------------------------------------------------------------------------


class Halves:
    """Both parties' own words and results of one request, added or xored."""

    def __init__(self, vector: dict[str, Any], index: int) -> None:
        self.own = [numbers(party[index]) for party in vector["own"]]
        width = width_of(vector["plan"][index])
        self.results = [elements(bytes.fromhex(party[index]), width) for party in vector["results"]]

    def mask(self) -> Words:
        return [(a + b) % RING for a, b in zip(*self.own, strict=True)]

    def added(self) -> Words:
        return [(a + b) % RING for a, b in zip(*self.results, strict=True)]

    def xored(self) -> Words:
        return [a ^ b for a, b in zip(*self.results, strict=True)]


def elements(octets: bytes, width: int) -> Words:
    return [int.from_bytes(octets[at : at + width], "little") for at in range(0, len(octets), width)]


def bits(words: Words, count: int) -> Words:
    return [words[at // 64] >> at % 64 & 1 for at in range(count)]


def matrix(values: Words, columns: int) -> list[Words]:
    return [values[at : at + columns] for at in range(0, len(values), columns)]


def check_arithmetic(vector: dict[str, Any]) -> None:
    plan = vector["plan"]
    for index, request in enumerate(plan):
        kind, shape, masks, option = request
        if kind not in ("product", "square", "matmul"):
            continue
        values = [Halves(vector, mask).mask() for mask in masks]
        ring = 1 << 8 * width_of(request)
        found = Halves(vector, index).added()
        if kind == "matmul":
            codes = option.split("/")
            first, second = (view(v, plan[m][1], code) for v, m, code in zip(values, masks, codes, strict=False))
            columns = transposed(second)
            expected = [sum(a * b for a, b in zip(row, column, strict=True)) for row in first for column in columns]
            if codes[2].startswith("f"):
                expected = folded(expected, shape, *(int(number) for number in re.findall("[0-9]+", codes[2])))
        elif kind == "product":
            first, second = (matrix(v, plan[m][1][1]) for v, m in zip(values, masks, strict=True))
            expected = [a * row_b[0] for row_a, row_b in zip(first, second, strict=True) for a in row_a]
        else:
            expected = [a * a for a in values[0]]
        assert len(found) == size_of(request)
        assert [value % ring for value in found] == [value % ring for value in expected]


def view(values: Words, shape: list[int], code: str) -> list[Words]:
    """A matrix of a tensor's entries: channels ``cA-B``, windows ``wHxWsSpP`` of [b, h, w, c], ``t`` transposed."""
    parts = [] if code == "n" else code.split(",")
    rows = matrix(values, shape[-1])
    low, high = 0, shape[-1]
    for part in parts:
        if part.startswith("c"):
            low, high = (int(number) for number in part[1:].split("-"))
    rows = [row[low:high] for row in rows]
    for part in parts:
        if part.startswith("w"):
            rows = windows(rows, shape, *(int(number) for number in re.findall("[0-9]+", part)))
    return transposed(rows) if "t" in parts else rows


def windows(pixels: list[Words], shape: list[int], high: int, wide: int, stride: int, padding: int) -> list[Words]:
    batch, height, width, _ = shape
    empty = [0] * len(pixels[0])

    def pixel(image: int, row: int, column: int) -> Words:
        inside = 0 <= row < height and 0 <= column < width
        return pixels[(image * height + row) * width + column] if inside else empty

    return [
        [v for i in range(high) for j in range(wide) for v in pixel(image, top + i, left + j)]
        for image in range(batch)
        for top in range(-padding, height + padding - high + 1, stride)
        for left in range(-padding, width + padding - wide + 1, stride)
    ]


def folded(entries: Words, shape: list[int], high: int, wide: int, stride: int, padding: int) -> Words:
    """Images of this shape: every entry of a row is added where the window of that place had it."""
    batch, height, width, channels = shape
    image = [0] * (batch * height * width * channels)
    at = 0
    for number in range(batch):
        for top in range(-padding, height + padding - high + 1, stride):
            for left in range(-padding, width + padding - wide + 1, stride):
                for row in range(top, top + high):
                    for column in range(left, left + wide):
                        for channel in range(channels):
                            if 0 <= row < height and 0 <= column < width:
                                image[((number * height + row) * width + column) * channels + channel] += entries[at]
                            at += 1
    assert at == len(entries)
    return image


def transposed(table: list[Words]) -> list[Words]:
    return [list(column) for column in zip(*table)]


def check_bits(vector: dict[str, Any]) -> None:
    for index, request in enumerate(vector["plan"]):
        halves, size = Halves(vector, index), size_of(request)
        if request[0] == "bit-triples":
            a, b0, b1 = ([x ^ y for x, y in zip(*part)] for part in zip(*(matrix(own, size) for own in halves.own)))
            expected = [x & y for b in (b0, b1) for x, y in zip(a, b, strict=True)]
            assert halves.xored() == expected
        if request[0] == "private-and":
            assert halves.xored() == [x & y for x, y in zip(*halves.own, strict=True)]
        if request[0] == "private-pairs":
            p, q = (matrix(own, size) for own in halves.own)
            for at in range(size):
                generate = p[1][at] & q[1][at] ^ p[2][at] & q[0][at] ^ p[0][at] & q[2][at]
                propagate = p[1][at] & q[0][at] ^ p[0][at] & q[1][at]
                assert [halves.xored()[at], halves.xored()[size + at]] == [generate, propagate]
        if request[0] == "private-product":
            both = [x & y for x, y in zip(*(bits(own, size) for own in halves.own), strict=True)]
            assert [value % (1 << 8 * width_of(request)) for value in halves.added()] == both
        if request[0] == "private-values":
            rest = [(s - x * y) for s, x, y in zip(halves.added(), *halves.own, strict=True)]
            assert not any(value % (1 << 8 * width_of(request)) for value in rest)


def check_choices(vector: dict[str, Any]) -> None:
    for index, request in enumerate(vector["plan"]):
        halves, size = Halves(vector, index), size_of(request)
        if request[0] == "random-ots":
            for chooser, sender in ((0, 1), (1, 0)):
                pads = halves.results[sender][:size], halves.results[sender][size : 2 * size]
                choice = bits(halves.own[chooser], size)
                assert halves.results[chooser][2 * size :] == [pads[bit][at] for at, bit in enumerate(choice)]
        if request[0] == "lookups":
            entries = 1 << int(request[3].split("/")[-1])
            table = matrix(halves.results[0], entries)
            indices = [word % entries for word in halves.own[1]]
            assert halves.results[1] == [row[index] for row, index in zip(table, indices, strict=True)]
        if request[0] == "digit-pads":
            check_digits(halves, digits_of(request), size)


def check_digits(halves: Halves, digits: tuple[int, int], size: int) -> None:
    """Each party's last two rows are the rows of the other's pads, at its index, bit by bit."""
    for chooser, depth in enumerate(digits):
        sender = 1 - chooser
        if not depth:
            assert len(halves.results[chooser]) == 2 * size << digits[sender]
            continue
        index, pads = (bits(rows, 64 * len(rows)) for rows in (halves.own[chooser], halves.results[sender]))
        chosen, row = bits(halves.results[chooser][-2 * size :], 2 * 64 * size), 64 * size
        for at in range(row):
            place = sum(index[bit * row + at] << bit for bit in range(depth))
            assert [chosen[at], chosen[row + at]] == [pads[(2 * place + m) * row + at] for m in (0, 1)]


# --- one product, the file ---------------------------------------------------------------------------------------


def check_gilboa(vector: dict[str, Any]) -> None:
    for case in vector["gilboa"]:
        count, choice, values = case["bits"], int(case["choice"], 16), numbers(case["values"])
        sent, received, message = [0] * len(values), [0] * len(values), b""
        for place in range(count):
            size = count // 8 - place // 8
            pads = [planes(bytes.fromhex(case[name][place]), len(values), size) for name in ("pads0", "pads1")]
            corrections = [(a + v - b) % (1 << 8 * size) for a, b, v in zip(*pads, values, strict=True)]
            message += bytes(c >> 8 * byte & 255 for byte in range(size) for c in corrections)
            for at, (pad0, pad1, correction) in enumerate(zip(*pads, corrections, strict=True)):
                sent[at] -= pad0 << place
                received[at] += (pad1 + correction if choice >> place & 1 else pad0) << place
        assert case["corrections"] == message.hex()
        for at, value in enumerate(values):
            assert (int(case["sender_shares"][at], 16) - sent[at]) % (1 << count) == 0
            assert (int(case["receiver_shares"][at], 16) - received[at]) % (1 << count) == 0
            assert (sent[at] + received[at] - value * choice) % (1 << count) == 0


def planes(pad: bytes, count: int, size: int) -> Words:
    """``count`` numbers of ``size`` bytes: first the lowest byte of each, then the second of each, and so on."""
    return [sum(pad[byte * count + at] << 8 * byte for byte in range(size)) for at in range(count)]


def check_segment_file(vector: dict[str, Any]) -> None:
    case = vector["segment_file"]
    name = {key: case[key] for key in ("nonce", "plan", "segment", "source")} | {"version": 3}
    body = json.dumps(name, separators=(",", ":"), sort_keys=True).encode()
    block = (b"IGCS" + len(body).to_bytes(4, "little") + body).ljust(480, b"\x00")
    seed = bytes.fromhex(vector["seeds"][0])
    stored = b"".join(bytes.fromhex(part) for part in vector["results"][0])
    key = hashlib.blake2b(b"imguard/segment-tag/v2\x00", key=seed, digest_size=16).digest()
    tag = AESGCM(key).encrypt(bytes(12), b"", block + stored)
    assert case["content"] == (block + seed + stored + tag).hex()


CHECKS = (
    check_own,
    check_digest,
    check_arithmetic,
    check_bits,
    check_choices,
    check_gilboa,
    check_segment_file,
)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
