"""Transforms against the definition, on every path of the processor, and their primes and roots."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.kernels import portable, wide
from server_node.offline.lattice.ring.kernels.lanes import has_limb_products
from server_node.offline.lattice.ring.modulus import is_prime, root_of_unity
from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    MODULUS,
    PLAIN_PRIMES,
    PRIME_BITS,
    PRIMES,
    SECURE_MODULUS_BITS,
)
from tests.helpers.seeded import SeededRandom

Words = npt.NDArray[np.uint64]

PATHS = [
    pytest.param(wide, id="wide", marks=pytest.mark.skipif(not has_limb_products(), reason="needs AVX-512 IFMA")),
    pytest.param(portable, id="portable"),
]
ALL_PRIMES = (*PRIMES, *PLAIN_PRIMES)


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Each way to compute that this processor has, whichever the product would choose."""
    module: ModuleType = request.param
    monkeypatch.setattr(transform, "_kernels", module)
    return module


def uniform(count: int, primes: tuple[int, ...], seed: str = "") -> Words:
    words = np.frombuffer(SeededRandom(seed).token(8 * count * len(primes) * DEGREE), np.uint64)
    rows: Words = words.reshape(count, len(primes), DEGREE) % np.array(primes, np.uint64)[:, None]
    return rows


def bit_reversed(index: int) -> int:
    return int(format(index, "013b")[::-1], 2)


def product_of(a: Words, b: Words, prime: int) -> list[int]:
    """a b modulo X^n + 1 and a prime, by one product of large numbers."""
    size = 16
    whole = [int.from_bytes(b"".join(int(x).to_bytes(size, "little") for x in side), "little") for side in (a, b)]
    digits = (whole[0] * whole[1]).to_bytes(2 * size * DEGREE, "little")
    values = [int.from_bytes(digits[size * j : size * (j + 1)], "little") for j in range(2 * DEGREE)]
    return [(values[j] - values[j + DEGREE]) % prime for j in range(DEGREE)]


def test_primes_are_the_largest_of_their_form() -> None:
    found: list[int] = []
    candidate = (1 << PRIME_BITS) - 2 * DEGREE + 1
    while len(found) < len(ALL_PRIMES):
        if is_prime(candidate):
            found.append(candidate)
        candidate -= 2 * DEGREE
    assert found == list(ALL_PRIMES)


def test_modulus_is_as_short_as_security_asks() -> None:
    assert MODULUS.bit_length() == 200 <= SECURE_MODULUS_BITS


@pytest.mark.parametrize(
    ("number", "verdict"), [(0, False), (1, False), (2, True), (37, True), (41, True), (561, False), (1373653, False)]
)
def test_is_prime_of_small_and_deceiving_numbers(number: int, verdict: bool) -> None:
    assert is_prime(number) is verdict


@pytest.mark.parametrize("prime", ALL_PRIMES)
def test_root_has_the_order_of_twice_the_degree(prime: int) -> None:
    assert pow(root_of_unity(prime), DEGREE, prime) == prime - 1


@pytest.mark.parametrize("prime", ALL_PRIMES)
def test_values_are_those_of_the_polynomial(path: ModuleType, prime: int) -> None:
    rows = np.zeros((1, DEGREE), np.uint64)
    terms = {0: 5, 1: prime - 1, 4097: 12345678901234, DEGREE - 1: prime // 2}
    for power, factor in terms.items():
        rows[0, power] = factor
    transform.forward(rows, prime)
    root = root_of_unity(prime)
    for index in (0, 1, 2, 3, 8, 9, 63, 64, 1000, 4096, DEGREE - 1):
        point = pow(root, 2 * bit_reversed(index) + 1, prime)
        assert int(rows[0, index]) == sum(f * pow(point, e, prime) for e, f in terms.items()) % prime


@pytest.mark.slow
def test_products_of_values_are_values_of_products(path: ModuleType) -> None:
    rows = uniform(2, PRIMES[:1], "product")
    expected = product_of(rows[0, 0], rows[1, 0], PRIMES[0])
    transform.to_values(rows, PRIMES[:1])
    made = rows[0].astype(object) * rows[1].astype(object) % PRIMES[0]
    values = np.ascontiguousarray(made.astype(np.uint64)[None])
    transform.to_coefficients(values, PRIMES[:1])
    assert values[0, 0].tolist() == expected


def test_backward_undoes_forward_and_multiplies(path: ModuleType) -> None:
    rows = uniform(2, PRIMES, "back")
    copy = rows.copy()
    transform.to_values(rows, PRIMES)
    factors = (1, 7, PRIMES[2] - 1, 123456789012345)
    transform.to_coefficients(rows, PRIMES, factors)
    for level, (prime, factor) in enumerate(zip(PRIMES, factors, strict=True)):
        assert (rows[:, level] == copy[:, level].astype(object) * factor % prime).all()


def test_forward_takes_coefficients_below_four_primes(path: ModuleType) -> None:
    rows = uniform(1, PRIMES, "lazy")
    lazy = rows + np.uint64(3) * np.array(PRIMES, np.uint64)[:, None]
    lazy[0, :, :3] = 4 * np.array(PRIMES, np.uint64)[:, None] - np.uint64(1)
    rows[0, :, :3] = np.array(PRIMES, np.uint64)[:, None] - np.uint64(1)
    transform.to_values(rows, PRIMES)
    transform.to_values(lazy, PRIMES)
    assert (rows == lazy).all()


@pytest.mark.parametrize("value", ["largest", "zero"])
def test_extremes_come_back(path: ModuleType, value: str) -> None:
    rows = np.zeros((1, 4, DEGREE), np.uint64)
    if value == "largest":
        rows[0] = np.array(PRIMES, np.uint64)[:, None] - np.uint64(1)
    copy = rows.copy()
    transform.to_values(rows, PRIMES)
    assert (rows < np.array(PRIMES, np.uint64)[:, None]).all()
    transform.to_coefficients(rows, PRIMES)
    assert (rows == copy).all()


@pytest.mark.skipif(not has_limb_products(), reason="needs AVX-512 IFMA")
def test_paths_give_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = uniform(3, ALL_PRIMES, "same")
    made = []
    for module in (wide, portable):
        monkeypatch.setattr(transform, "_kernels", module)
        values, back = rows.copy(), rows.copy()
        transform.to_values(values, ALL_PRIMES)
        transform.to_coefficients(back, ALL_PRIMES)
        limbs = np.zeros((3, DEGREE - 3), np.uint64)
        transform.fractions(rows[0, :, 3:].copy(), np.full((8, 4), (1 << 52) - 5, np.uint64), limbs)
        made.append((values, back, limbs))
    assert all((one == other).all() for one, other in zip(*made, strict=True))


@pytest.mark.parametrize(
    "rows", [np.zeros((1, 4, 16), np.uint64), np.zeros((1, 4, DEGREE), np.int64), np.zeros((4, DEGREE), np.uint64)]
)
def test_other_shapes_are_refused(rows: Words) -> None:
    with pytest.raises(ValueError, match="8192 words"):
        transform.to_values(rows, PRIMES)
