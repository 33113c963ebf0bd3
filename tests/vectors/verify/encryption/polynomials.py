"""Polynomials modulo X^8192 + 1, streams and secret draws as docs/specs/lattice-v1.md has them, slow and obvious."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Numbers = Any
"""numpy arrays of Python's own whole numbers."""
N = 8192
LEVELS = 13
CANDIDATES = [p for p in range(2**50 - 16383, 2**50 - 2**22, -16384) if pow(3, p - 1, p) == 1 and pow(5, p - 1, p) == 1]
PRIMES, PLAIN = CANDIDATES[:4], CANDIDATES[4:8]
Q = PRIMES[0] * PRIMES[1] * PRIMES[2] * PRIMES[3]
TURNED = [int(format(k, f"0{LEVELS}b")[::-1], 2) for k in range(N)]


def root(p: int) -> int:
    """The power (p - 1) / 16384 of the smallest number that is no square."""
    base = next(b for b in range(2, 100) if pow(b, (p - 1) // 2, p) == p - 1)
    return pow(base, (p - 1) // 16384, p)


def powers(base: int, p: int) -> Numbers:
    out = [1]
    while len(out) < N:
        out.append(out[-1] * base % p)
    return np.array(out, object)


def fourier(f: Numbers, ones: Numbers, p: int) -> Numbers:
    """F[m] = sum of f[j] w^(j m), for the powers ``ones`` of a root w of one of order len(f)."""
    if len(f) == 1:
        return f
    even, odd = fourier(f[::2], ones[::2], p), fourier(f[1::2], ones[::2], p)
    half = odd * ones[: len(odd)] % p
    return np.concatenate([(even + half) % p, (even - half) % p])


def values(f: Numbers, p: int) -> Numbers:
    """Value k is the one at root^(2 bitrev(k) + 1)."""
    one = root(p)
    found = fourier(f * powers(one, p) % p, powers(one * one % p, p), p)
    return found[TURNED]


def coefficients(v: Numbers, p: int) -> Numbers:
    """The polynomial with these values."""
    one = root(p)
    straight = np.empty(N, object)
    straight[TURNED] = v
    found = fourier(straight, powers(pow(one, -2, p), p), p)
    return found * powers(pow(one, -1, p), p) * pow(N, -1, p) % p


def all_values(f: Numbers) -> list[Numbers]:
    return [values(f % p, p) for p in PRIMES]


def lifted(v: list[Numbers]) -> Numbers:
    """The coefficients modulo Q of a polynomial with these values modulo the primes."""
    parts = [coefficients(row, p) * (Q // p) * pow(Q // p, -1, p) for row, p in zip(v, PRIMES, strict=True)]
    return sum(parts) % Q


def centred(f: Numbers, t: int) -> Numbers:
    """Of the numbers that are the same modulo t the one nearest to zero, of two the negative one."""
    return np.array([int(x) - t if 2 * int(x) >= t else int(x) for x in f], object)


# --- streams -------------------------------------------------------------------------------------------------------


def key(seed: bytes, tag: str, context: bytes = b"") -> bytes:
    return hashlib.blake2b(tag.encode() + b"\x00" + context, key=seed, digest_size=16).digest()


class Stream:
    """AES-128-CTR from block ``start``."""

    def __init__(self, secret: bytes, start: int = 0) -> None:
        self._cipher = Cipher(algorithms.AES(secret), modes.CTR(start.to_bytes(16, "big"))).encryptor()

    def raw(self, size: int) -> bytes:
        return self._cipher.update(bytes(size))

    def words(self, count: int) -> list[int]:
        data = self.raw(8 * count)
        return [int.from_bytes(data[8 * i : 8 * i + 8], "little") for i in range(count)]


def uniform(seed: bytes, index: int) -> list[Numbers]:
    """Polynomial ``index`` of a seed, as values."""
    drawn = Stream(key(seed, "imguard/lattice-uniform/v1"), index * 4 * N // 2).words(4 * N)
    again = Stream(key(seed, "imguard/lattice-redraw/v1", index.to_bytes(8, "little")))
    out = []
    for level, p in enumerate(PRIMES):
        row = [word % 2**50 for word in drawn[N * level : N * (level + 1)]]
        for place, value in enumerate(row):
            while value >= p:
                value = again.words(1)[0] % 2**50
            row[place] = value
        out.append(np.array(row, object))
    return out


class Secrets:
    """Secret draws in the order of the product, from the token of a session's end."""

    def __init__(self, token: bytes) -> None:
        self._stream = Stream(key(token, "imguard/lattice-secret/v1"))

    def words(self, count: int) -> list[int]:
        return self._stream.words(count)

    def ternary(self) -> Numbers:
        out: list[int] = []
        while len(out) < N:
            for byte in self._stream.raw(2048):
                if byte < 243:
                    out += [byte // 3**i % 3 - 1 for i in range(5)]
        return np.array(out[:N], object)

    def error(self) -> tuple[Numbers, list[int]]:
        words = self.words(N)
        pairs = [((w & (2**21 - 1)).bit_count(), (w >> 21 & (2**21 - 1)).bit_count()) for w in words]
        return np.array([a - b for a, b in pairs], object), words


def packed(v: list[Numbers]) -> bytes:
    """50 bits a residue, lowest first."""
    groups = (row[first : first + 32] for row in v for first in range(0, N, 32))
    return b"".join(sum(int(x) << 50 * i for i, x in enumerate(group)).to_bytes(200, "little") for group in groups)
