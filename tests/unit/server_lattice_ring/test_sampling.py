"""What is drawn: uniform residues, ternary secrets, centred binomial errors."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from common.crypto.domains import LATTICE_REDRAW_V1, LATTICE_UNIFORM_V1
from common.crypto.prg import Stream, derive_key
from server_node.offline.lattice.ring import sampling
from server_node.offline.lattice.ring.parameters import DEGREE, ERROR_BOUND, PRIME_BITS, PRIMES
from server_node.offline.lattice.ring.sampling import Secrets, expand
from tests.helpers.seeded import SeededRandom

SEED = bytes(range(32))


def chi_square(counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> float:
    """How many deviations the counts are from what the shares lead to expect."""
    expected = counts.sum() * shares
    freedom = len(counts) - 1
    return float((((counts - expected) ** 2 / expected).sum() - freedom) / np.sqrt(2 * freedom))


def test_expand_is_the_stream_cut_to_fifty_bits() -> None:
    words = Stream(derive_key(SEED, LATTICE_UNIFORM_V1)).words(2, len(PRIMES), DEGREE)
    assert (expand(SEED, 2) == words & np.uint64((1 << PRIME_BITS) - 1)).all()


def test_expand_starts_at_any_polynomial() -> None:
    assert (expand(SEED, 3)[1:] == expand(SEED, 2, 1)).all()


def test_expand_digest_is_pinned() -> None:
    assert hashlib.sha256(expand(SEED, 1).tobytes()).hexdigest() == PINNED


def test_expand_draws_again_what_is_not_below_its_prime(monkeypatch: pytest.MonkeyPatch) -> None:
    """With other primes about half of the words are refused, and all come in the stated order."""
    low = tuple(prime // 2 for prime in PRIMES)
    monkeypatch.setattr(sampling, "PRIMES", low)
    made = expand(SEED, 1, 5)[0]
    mask = np.uint64((1 << PRIME_BITS) - 1)
    stream = Stream(derive_key(SEED, LATTICE_UNIFORM_V1), 5 * len(PRIMES) * DEGREE // 2)
    words = stream.words(len(PRIMES), DEGREE) & mask
    again = iter(Stream(derive_key(SEED, LATTICE_REDRAW_V1, (5).to_bytes(8, "little"))).words(8 * DEGREE) & mask)
    for level in (0, 1):
        for j in range(DEGREE):
            value = words[level, j]
            while value >= low[level]:
                value = next(again)
            assert made[level, j] == value


def test_expand_is_uniform() -> None:
    made = expand(SEED, 8)
    for level, prime in enumerate(PRIMES):
        bins = (made[:, level].reshape(-1) // np.uint64(prime // 256 + 1)).astype(np.int64)
        assert abs(chi_square(np.bincount(bins, minlength=256), np.full(256, 1 / 256))) < 5


def test_ternary_is_uniform() -> None:
    secrets = Secrets(SeededRandom("ternary"))
    values = np.concatenate([secrets.ternary() for _ in range(16)])
    assert len(values) == 16 * DEGREE
    counts = np.bincount(values + 1)
    assert len(counts) == 3
    assert abs(chi_square(counts, np.full(3, 1 / 3))) < 5


def test_error_is_centred_binomial() -> None:
    secrets = Secrets(SeededRandom("error"))
    values = np.concatenate([secrets.error()[0] for _ in range(32)])
    assert np.abs(values).max() <= ERROR_BOUND
    assert values.var() == pytest.approx(ERROR_BOUND / 2, rel=0.02)
    assert values.var() > 3.2**2
    shares = np.array([1.0])
    for _ in range(2 * ERROR_BOUND):
        shares = np.convolve(shares, [0.5, 0.5])
    counts = np.bincount(values + ERROR_BOUND, minlength=len(shares))
    middle = slice(ERROR_BOUND - 10, ERROR_BOUND + 11)
    assert abs(chi_square(counts[middle], shares[middle] / shares[middle].sum())) < 5


def test_error_counts_bits_of_its_words() -> None:
    errors, words = Secrets(SeededRandom("bits")).error()
    for j in range(64):
        first, second = int(words[j]) & 0x1FFFFF, int(words[j]) >> 21 & 0x1FFFFF
        assert errors[j] == first.bit_count() - second.bit_count()


def test_secrets_of_two_keys_differ() -> None:
    rng = SeededRandom("two")
    one, other = Secrets(rng), Secrets(rng)
    assert (one.words(16) != other.words(16)).all()


PINNED = "e0f1d0b429958883d47213d0181cdacef2aec5a94cff7354bbc32a5e6989e038"
