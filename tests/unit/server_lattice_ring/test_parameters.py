"""The parameters against attacks by lattice reduction, and the sizes that follow from them."""

from __future__ import annotations

import math

import pytest

from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    ERROR_BOUND,
    MODULUS,
    PLAIN_PRIMES,
    SECURE_MODULUS_BITS,
    flood_bits,
    message_bits,
    reply_bytes,
)

STANDARD = {1024: 27, 2048: 54, 4096: 109, 8192: 218, 16384: 438}
"""Homomorphic Encryption Standard (2018), table 1: bits of the modulus for 128 bits, ternary secret, classical."""


def root_hermite(block: int) -> float:
    """log2 of the quality of a basis reduced with blocks of this size (Chen, 2013)."""
    return math.log2((math.pi * block) ** (1 / block) * block / (2 * math.pi * math.e)) / (2 * (block - 1))


def primal_attack_bits(degree: int, modulus_bits: float, error: float) -> float:
    """log2 of what finding the secret by its short vector takes, with the cost model of the standard.

    Alkim, Ducas, Pöppelmann, Schwabe (USENIX Security 2016), condition (6); the secret is scaled to the error's size
    (Bai and Galbraith, 2014); the reduction takes 0.292 b + 16.4 + log2(8 d).
    """
    scale = math.log2(error / math.sqrt(2 / 3))
    low, high = 60, 2 * degree
    while low < high:
        block = (low + high) // 2
        if _finds(block, degree, modulus_bits, (scale, error)) is not None:
            high = block
        else:
            low = block + 1
    dimension = _finds(low, degree, modulus_bits, (scale, error))
    assert dimension is not None
    return 0.292 * low + 16.4 + math.log2(8 * dimension)


def _finds(block: int, degree: int, modulus_bits: float, sizes: tuple[float, float]) -> int | None:
    """The smallest dimension in which blocks of this size find the short vector."""
    scale, error = sizes
    for samples in range(degree // 8, 3 * degree, degree // 128):
        dimension = degree + samples + 1
        volume = (samples * modulus_bits + degree * scale) / dimension
        if math.log2(error * math.sqrt(block)) <= (2 * block - dimension - 1) * root_hermite(block) + volume:
            return dimension
    return None


def test_cost_model_gives_what_the_standard_says() -> None:
    """So that the model can be trusted for a modulus between its rows."""
    for degree, bits in STANDARD.items():
        assert primal_attack_bits(degree, bits, 3.2) == pytest.approx(128, abs=4)


def test_secret_is_as_hard_to_find_as_140_bits() -> None:
    assert math.log2(MODULUS) == pytest.approx(200, abs=1e-6)
    assert STANDARD[DEGREE] == SECURE_MODULUS_BITS
    assert primal_attack_bits(DEGREE, math.log2(MODULUS), math.sqrt(ERROR_BOUND / 2)) > 140


def test_reply_bytes_of_every_message_size() -> None:
    sizes = {8: (2, 3), 16: (3, 4), 40: (6, 7), 41: (7, 8), 56: (8, 9), 64: (9, 10)}
    assert {bits: reply_bytes(1 << bits) for bits in sizes} == sizes
    assert {reply_bytes(prime) for prime in PLAIN_PRIMES} == {(8, 9)}


def test_flooding_fits_its_two_words() -> None:
    moduli = [*(1 << bits for bits in range(8, 65)), *PLAIN_PRIMES]
    assert all(53 <= flood_bits(t) <= 104 and flood_bits(t) <= 154 - message_bits(t) for t in moduli)
