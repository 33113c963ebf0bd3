"""The real noise of the scheme against its bounds, at random and at the worst."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from common.crypto.rng import RandomSource
from server_node.offline.lattice.ring import noise, transform
from server_node.offline.lattice.ring.modulus import fraction_limbs
from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    ERROR_BOUND,
    FRACTION_BITS,
    MODULUS,
    MOST_TERMS,
    PLAIN_PRIMES,
    PRIMES,
    flood_bits,
)
from server_node.offline.lattice.ring.sampling import Secrets
from tests.helpers.seeded import SeededRandom
from tests.unit.server_lattice_ring.parties import Parties, centred, negacyclic

Words = npt.NDArray[np.uint64]
Signed = npt.NDArray[np.int64]

MODULI = (1 << 64, 1 << 40, 1 << 8, PLAIN_PRIMES[0], PLAIN_PRIMES[3])
COMMON = (1 << 64, 1 << 40, PLAIN_PRIMES[0])


class Extreme(Secrets):
    """Draws the largest of everything; floods to one side."""

    def __init__(self, rng: RandomSource, is_low: bool) -> None:
        super().__init__(rng)
        self._word = 0 if is_low else (1 << 64) - 1
        self._error = -ERROR_BOUND if is_low else ERROR_BOUND

    def ternary(self) -> Signed:
        return np.ones(DEGREE, np.int64)

    def error(self) -> tuple[Signed, Words]:
        return np.full(DEGREE, self._error, np.int64), self.words(DEGREE)

    def words(self, *shape: int) -> Words:
        return np.full(shape, self._word, np.uint64)


def draw(t: int, count: int, seed: str) -> Words:
    words = np.frombuffer(SeededRandom(seed).token(8 * count * DEGREE), np.uint64).reshape(count, DEGREE)
    made: Words = words.copy() if t == 1 << 64 else words % np.uint64(t)
    return made


def message_of(messages: Words, polynomials: Words, t: int) -> list[int]:
    """The sum of the products of messages and polynomials, modulo t."""
    total = [0] * DEGREE
    for message, polynomial in zip(messages, polynomials, strict=True):
        made = negacyclic(centred(message, t), centred(polynomial, t))
        total = [(a + b) % t for a, b in zip(total, made, strict=True)]
    return total


def noise_of(phase: list[int], message: list[int], t: int) -> list[float]:
    """How far a phase is from Q m / t, in units of 1 / Q."""
    half = MODULUS // 2
    return [float((value - MODULUS * m // t + half) % MODULUS - half) for value, m in zip(phase, message, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("t", MODULI)
@pytest.mark.parametrize("kind", ["random", "largest"])
def test_noise_is_what_the_bounds_say(t: int, kind: str) -> None:
    terms = 2
    parties = Parties.fresh(t, SeededRandom(f"noise {t} {kind}"))
    messages, polynomials = draw(t, terms, "messages"), draw(t, terms, "polynomials")
    if kind == "largest":
        # Either of the two that are farthest from zero; signs at random keep coefficients independent.
        polynomials = np.uint64((t - 1) // 2) + (polynomials & np.uint64(1))
    sums = parties.sums(parties.encrypt(messages), polynomials)
    found = np.abs(noise_of(parties.phase(sums), message_of(messages, polynomials, t), t))
    assert found.max() <= noise.worst_noise(terms, t)
    # Uniform polynomials have a third of the largest ones' mean square; a normal size has the mean sqrt(2 / pi).
    share = math.sqrt(2 / math.pi / (1 if kind == "largest" else 3))
    if t > 1 << 8:
        assert 0.95 < found.mean() / (share * noise.mean_noise(terms, t)) < 1.05


@pytest.mark.slow
@pytest.mark.parametrize("t", MODULI)
@pytest.mark.parametrize("is_low", [True, False])
def test_worst_noise_is_reached_and_decrypted(t: int, is_low: bool) -> None:
    rng = SeededRandom("extreme")
    parties = Parties(t, Extreme(rng, is_low), Extreme(rng, is_low), rng.token(32))
    messages, masks = draw(t, 1, "messages"), draw(t, 1, "masks")
    polynomials = np.full((1, DEGREE), t // 2, np.uint64)
    sums = parties.sums(parties.encrypt(messages), polynomials)
    message = message_of(messages, polynomials, t)
    found = np.abs(noise_of(parties.phase(sums), message, t))
    assert 0.9 * noise.worst_noise(1, t) < found.max() <= noise.worst_noise(1, t)
    made = parties.decrypt(*parties.reply(sums, masks[0]))
    assert made.tolist() == [(m + int(mask)) % t for m, mask in zip(message, masks[0], strict=True)]


@pytest.mark.parametrize("t", MODULI)
def test_most_terms_are_decrypted_and_hidden_by_forty_bits(t: int) -> None:
    most = noise.most_terms(t)
    assert most == MOST_TERMS
    assert noise.decrypts(most, t)
    assert noise.masking_bits(most, t) >= noise.LEAST_MASKING_BITS


def test_noise_that_leaves_no_room_is_not_decrypted() -> None:
    assert noise.decrypts(1 << 52, 1 << 64)
    assert not noise.decrypts(1 << 54, 1 << 64)


def test_masking_of_the_largest_messages() -> None:
    """Twice 2^90 steps of flooding against 25 products of 8192 times 2^63 times 22, in steps of 2^-156 of Q."""
    moved = 25 * 8192 * 2.0**63 * 22 * 2.0**FRACTION_BITS / MODULUS
    assert flood_bits(1 << 64) == 90
    assert noise.masking_bits(25, 1 << 64) == pytest.approx(90 - math.log2(moved), abs=0.01)


@pytest.mark.parametrize("t", COMMON)
def test_session_masking_falls_by_half_a_bit_with_each_doubling(t: int) -> None:
    first, second = (noise.session_masking_bits(25, t, count) for count in (1 << 20, 1 << 21))
    assert first - second == pytest.approx(0.5)
    assert noise.session_masking_bits(25, t, 1) > noise.masking_bits(25, t)


@pytest.mark.parametrize(("t", "terms"), [(1 << 64, 32), (1 << 56, 512), (1 << 48, 512), (PLAIN_PRIMES[0], 1)])
def test_all_coefficients_of_a_long_job_are_hidden_by_forty_bits(t: int, terms: int) -> None:
    assert noise.session_masking_bits(terms, t, 1 << 32) > noise.LEAST_MASKING_BITS


@pytest.mark.parametrize(("width", "moved"), [(64, 1), (256, 5), (1 << 12, 17), (1 << 12, 400)])
def test_bounds_of_distances_hold_for_the_distribution_itself(width: int, moved: int) -> None:
    """Two uniform numbers added up, and the same moved: the distance of one sample, and of many by Hellinger's."""
    one = np.full(width, 1 / width)
    plain = np.concatenate([np.convolve(one, one), np.zeros(moved)])
    other = np.roll(plain, moved)
    distance = np.abs(plain - other).sum() / 2
    assert distance <= 2.0 ** -noise.distance_bits(width, moved, 1) * (1 + 1e-9)
    hellinger = ((np.sqrt(plain) - np.sqrt(other)) ** 2).sum() / 2
    for count in (1 << 8, 1 << 16):
        least = min(count * distance, math.sqrt(2 * count * hellinger))
        assert least <= 2.0 ** -noise.distance_bits(width, moved, count) * (1 + 1e-9)


@pytest.mark.parametrize("terms", [0, -1, MOST_TERMS + 1])
def test_other_numbers_of_terms_are_refused(terms: int) -> None:
    with pytest.raises(ValueError, match="products are summed"):
        noise.check_terms(terms, 1 << 64)


def test_fraction_is_at_most_three_steps_short() -> None:
    """The largest residues of all primes, through the kernel, against exact fractions."""
    rows = np.zeros((len(PRIMES), 64), np.uint64)
    for level, prime in enumerate(PRIMES):
        rows[level] = [prime - 1 - j * (prime // 71) for j in range(64)]
    limbs = np.zeros((3, 64), np.uint64)
    transform.fractions(rows, np.array([fraction_limbs(prime) for prime in PRIMES], np.uint64), limbs)
    for j in range(64):
        made = sum(int(limbs[limb, j]) << (52 * limb) for limb in range(3))
        exact = sum((int(rows[level, j]) << FRACTION_BITS) / prime for level, prime in enumerate(PRIMES))
        whole = sum((int(rows[level, j]) << FRACTION_BITS) // prime for level, prime in enumerate(PRIMES))
        assert 0 <= whole - made <= 2 * len(PRIMES)
        assert made == pytest.approx(exact)
