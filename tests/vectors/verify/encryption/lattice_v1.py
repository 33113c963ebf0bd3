"""Checks lattice_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.encryption.lattice_v1``. Polynomials are multiplied by their values, sums are
put together modulo Q, and replies are rounded as exact fractions.
"""

from __future__ import annotations

import hashlib
import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from tests.vectors.verify.encryption.polynomials import (
    PLAIN,
    PRIMES,
    N,
    Numbers,
    Q,
    Secrets,
    all_values,
    centred,
    coefficients,
    lifted,
    packed,
    uniform,
    values,
)

VECTORS = Path(__file__).resolve().parents[2] / "lattice_v1.json"
FRACTION = 156


def fits(expected: dict[str, Any], data: bytes) -> bool:
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    return (expected["size"], expected["sha256"], expected["begins"]) == (size, digest, data[:16].hex())


def row_bytes(rows: list[Numbers]) -> bytes:
    return b"".join(int(x).to_bytes(8, "little") for row in rows for x in row)


def check_uniform(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(vector["uniform"]["seed"])
    for found in vector["uniform"]["polynomials"]:
        assert fits(found, row_bytes(uniform(seed, found["index"])))
    assert fits(vector["packed"], packed(uniform(seed, 1)))


def check_transform(vector: dict[str, Any]) -> None:
    assert [found["prime"] for found in vector["transform"]] == [*PRIMES, *PLAIN]
    for found in vector["transform"]:
        p = found["prime"]
        f = np.array([(j**3 + 1) % p for j in range(N)], object)
        v = values(f, p)
        assert fits(found, row_bytes([v]))
        assert (coefficients(v, p) == f).all()


# --- tiles ---------------------------------------------------------------------------------------------------------


def parts(total: int, size: int) -> int:
    return -(-total // size)


def price(m: int, k: int, n: int, bits: int, tile: tuple[int, int, int]) -> int:
    """Section 4 of the spec."""
    rows, columns = parts(m, tile[0]), parts(n, tile[2])
    inner = parts(k, tile[1])
    first, second = (bits + 15) // 8, (bits + 23) // 8
    size = rows * inner * 204800 + columns * N * second + rows * columns * first * tile[0] * tile[2]
    work = (rows * inner + inner * columns) * 4 * 27000 + rows * inner * 60000
    work += inner * columns * (rows + 1) * 4 * 2500 + rows * columns * 6 * 27000
    return 12 * size + work + columns * 264000 + 10 * m * n


def chosen(m: int, k: int, n: int, bits: int) -> tuple[int, tuple[int, int, int]] | None:
    found: tuple[int, int, tuple[int, int, int]] | None = None
    for flipped, (a, b) in enumerate(((m, n), (n, m))):
        for rows in sorted({parts(a, c) for c in range(1, min(a, 16) + 1)}):
            for columns in sorted({parts(b, c) for c in range(1, b + 1)}):
                if rows * columns > N:
                    continue
                tiles = parts(k, min(k, N // (rows * columns)))
                if tiles * parts(a, rows) > 512:
                    continue
                tile = rows, parts(k, tiles), columns
                total = price(a, k, b, bits, tile)
                if found is None or total < found[0]:
                    found = total, flipped, tile
    return None if found is None else found[1:]


def cut(m: slice, k: slice, n: int, bits: int) -> list[list[int]]:
    rows, inner = m.stop - m.start, k.stop - k.start
    found = chosen(rows, inner, n, bits)
    if found:
        return [[m.start, m.stop, k.start, k.stop, found[0], *found[1]]]
    whole = k if inner >= rows else m
    middle = (whole.start + whole.stop + 1) // 2
    halves = slice(whole.start, middle), slice(middle, whole.stop)
    both = [(m, half) if inner >= rows else (half, k) for half in halves]
    return [piece for a, b in both for piece in cut(a, b, n, bits)]


def check_tiles(vector: dict[str, Any]) -> None:
    for found in vector["tiles"]:
        m, k, n, bits = found["shape"]
        assert found["pieces"] == cut(slice(0, m), slice(0, k), n, bits)


# --- both sides ----------------------------------------------------------------------------------------------------


def token(name: str, count: int) -> bytes:
    return hashlib.shake_256(f"lattice_v1 session {name}|".encode() + count.to_bytes(8, "little")).digest(32)


class Owner:
    """Encrypts under one secret and checks what it sends."""

    def __init__(self, name: str) -> None:
        self.seed, self.draws, self.next = token(name, 1), Secrets(token(name, 2)), 1
        error = self.draws.error()[0]
        self.secret = self.draws.ternary()
        self.turned = all_values(self.secret)
        self.public = self._hide(all_values(error), 0)

    def _hide(self, rows: list[Numbers], index: int) -> list[Numbers]:
        triples = zip(rows, uniform(self.seed, index), self.turned, PRIMES, strict=True)
        return [(row - a * s) % p for row, a, s, p in triples]

    def encrypt(self, message: Numbers, t: int) -> list[Numbers]:
        error, words = self.draws.error()
        rounding = [t * (2 * (word >> 42) + 1) >> 23 for word in words]
        scaled = np.array([(Q * int(m) + r) // t for m, r in zip(message, rounding, strict=True)], object)
        self.next += 1
        return self._hide(all_values(scaled + error), self.next - 1)

    def decrypt(self, c0: list[int], c1: list[int], places: list[int], t: int) -> list[int]:
        first, second = widths(t)
        product = negacyclic(np.array(c1, object), self.secret)
        full = 1 << 8 * second
        phases = [int(product[place]) + (c << 8 * (second - first)) for place, c in zip(places, c0, strict=True)]
        return [(t * (phase % full) + full // 2) // full % t for phase in phases]


def negacyclic(a: Numbers, s: Numbers) -> Numbers:
    """a times a ternary s over the whole numbers, from the values modulo Q."""
    rows = [x * y % p for x, y, p in zip(all_values(a), all_values(s), PRIMES, strict=True)]
    return np.array([int(x) - Q if 2 * int(x) > Q else int(x) for x in lifted(rows)], object)


def widths(t: int) -> tuple[int, int]:
    bits = (t - 1).bit_length()
    return (bits + 15) // 8, (bits + 23) // 8


def nearest(numerator: int, denominator: int, width: int) -> int:
    """The nearest multiple of 2^(-8 width) to a fraction, modulo one."""
    scale = 1 << 8 * width
    return (2 * numerator * scale + denominator) // (2 * denominator) % scale


class Evaluator:
    """Answers one ciphertext of one row."""

    def __init__(self, name: str, owner: Owner) -> None:
        self.draws, self.owner = Secrets(token(name, 3)), owner

    def reply(
        self, request: list[Numbers], index: int, plain: Numbers, masks: list[int], places: list[int], t: int
    ) -> tuple[list[int], list[int]]:
        factor, chooser = all_values(centred(plain, t)), all_values(self.draws.ternary())
        halves = []
        for one, public in (
            (uniform(self.owner.seed, index), uniform(self.owner.seed, 0)),
            (request, self.owner.public),
        ):
            five = zip(one, factor, public, chooser, PRIMES, strict=True)
            halves.append(lifted([(c * u + b * v) % p for c, u, b, v, p in five]))
        error = self.draws.error()[0]
        first, second = widths(t)
        c1 = [nearest(int(x), Q, second) for x in halves[0] + error]
        flooding = self._flooding(len(places), t)
        c0 = []
        for place, mask, flood in zip(places, masks, flooding, strict=True):
            # x / Q + mask / t + flood / 2^156
            numerator = int(halves[1][place]) * t * 2**FRACTION + mask * Q * 2**FRACTION + flood * Q * t
            c0.append(nearest(numerator, Q * t * 2**FRACTION, first))
        return c0, c1

    def _flooding(self, count: int, t: int) -> list[int]:
        bits = min(104, 154 - (t - 1).bit_length())
        total = [0] * count
        for _ in range(2):
            words = self.draws.words(2 * count)
            for j in range(count):
                number = (words[j] >> 12) + (words[count + j] >> 116 - bits << 52)
                total[j] += number - 2 ** (bits - 1)
        return total


def planes(numbers: list[int], width: int) -> bytes:
    return bytes(number >> 8 * b & 255 for b in range(width) for number in numbers)


def one_way(sent: list[list[dict[str, Any]]], step: str, sender: int) -> list[dict[str, Any]]:
    return [message for message in sent[sender] if message["step"] == step]


def check_matrix(vector: dict[str, Any]) -> None:
    """A encrypts, B answers, and then the other way round; all that is sent and the shares are as they should be."""
    found = vector["matrix"]
    m, k, n, bits = found["shape"]
    t = 1 << bits
    places = [(index + 1) * k - 1 for index in range(m * n)]
    totals = []
    for sender, (name, other) in enumerate((("a", "b"), ("b", "a"))):
        left = np.array(found["left"][sender], object) % t
        right = np.array(found["right"][1 - sender], object) % t
        encrypted, plain = np.zeros(N, object), np.zeros(N, object)
        for i in range(m):
            for j in range(k):
                encrypted[i * k * n + k - 1 - j] = left[i, j]
        for j in range(k):
            for column in range(n):
                plain[column * k + j] = right[j, column]
        owner = Owner(name)
        evaluator = Evaluator(other, owner)
        request = owner.encrypt(encrypted, t)
        masks = [word >> 64 - bits for word in evaluator.draws.words(m * n)]
        c0, c1 = evaluator.reply(request, 1, plain, masks, places, t)
        assert fits(one_way(found["sent"], "lattice-seed", sender)[0], owner.seed)
        assert fits(one_way(found["sent"], "lattice-keys", sender)[0], packed(owner.public))
        assert fits(one_way(found["sent"], "lattice-requests", sender)[0], packed(request))
        first, second = widths(t)
        assert fits(one_way(found["sent"], "lattice-replies", 1 - sender)[0], planes(c0, first) + planes(c1, second))
        opened = owner.decrypt(c0, c1, places, t)
        unmasked = [(x - r) % t for x, r in zip(opened, masks, strict=True)]
        assert unmasked == [int(x) % t for x in (left @ right).reshape(-1)]
        totals.append((opened, masks))
    for party in range(2):
        pairs = zip(totals[party][0], totals[1 - party][1], strict=True)
        expected = [(opened - mask) % t for opened, mask in pairs]
        assert np.array(found["shares"][party], object).reshape(-1).tolist() == expected


def check_slots(vector: dict[str, Any]) -> None:
    """A encrypts its numbers and B answers with its own."""
    found, places = vector["slots"], list(range(N))
    bits = found["bits"]
    plain_primes = PLAIN[: -(-(2 * bits + 64) // 49)]
    owner = Owner("a")
    evaluator = Evaluator("b", owner)
    encrypted, plain = (np.zeros(N, object) for _ in range(2))
    encrypted[: len(found["encrypted"][0])] = np.array(found["encrypted"][0], object) % 2**bits
    plain[: len(found["plain"][1])] = np.array(found["plain"][1], object) % 2**bits
    requests = [owner.encrypt(coefficients(encrypted % p, p), p) for p in plain_primes]
    masks = digits(evaluator, plain_primes)
    residues = []
    for index, (p, request) in enumerate(zip(plain_primes, requests, strict=True)):
        assert fits(one_way(found["sent"], "lattice-requests", 0)[index], packed(request))
        hidden = [int(x) for x in coefficients(masks % p, p)]
        c0, c1 = evaluator.reply(request, index + 1, coefficients(plain % p, p), hidden, places, p)
        first, second = widths(p)
        assert fits(one_way(found["sent"], "lattice-replies", 1)[index], planes(c0, first) + planes(c1, second))
        residues.append(values(np.array(owner.decrypt(c0, c1, places, p), object), p))
    whole = prod(plain_primes)
    opened = sum(r * (whole // p) * pow(whole // p, -1, p) for r, p in zip(residues, plain_primes, strict=True)) % whole
    assert (opened == encrypted * plain + masks).all()
    count = len(found["as_owner"][0])
    assert [int(x) % 2**bits for x in opened[:count]] == found["as_owner"][0]
    assert [int(-x) % 2**bits for x in masks[:count]] == found["as_evaluator"][1]


def digits(evaluator: Evaluator, plain_primes: list[int]) -> Numbers:
    """Masks: a digit below each prime, the last one below its prime less one."""
    total, radix = np.zeros(N, object), 1
    for index, p in enumerate(plain_primes):
        words = evaluator.draws.words(2 * N)
        bound = p - (index == len(plain_primes) - 1)
        drawn = [bound * (words[j] + (words[N + j] << 64)) >> 128 for j in range(N)]
        total = total + np.array(drawn, object) * radix
        radix *= p
    return total


CHECKS = [check_uniform, check_transform, check_tiles, check_matrix, check_slots]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)


if __name__ == "__main__":
    main()
