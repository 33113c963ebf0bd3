"""Encryption, products, replies, decryption; and that whatever is sent looks uniform."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from server_node.offline.lattice.ring import scheme, transform
from server_node.offline.lattice.ring.kernels import coefficients
from server_node.offline.lattice.ring.modulus import OFFSETS
from server_node.offline.lattice.ring.parameters import (
    DEGREE,
    DITHER_BITS,
    FRACTION_BITS,
    MODULUS,
    PLAIN_PRIMES,
    PRIMES,
    flood_bits,
    message_bits,
    reply_bytes,
)
from server_node.offline.lattice.ring.sampling import Secrets
from tests.helpers.seeded import SeededRandom
from tests.unit.server_lattice_ring.parties import PLACES, Parties, centred, negacyclic, times
from tests.unit.server_lattice_ring.test_noise import draw, message_of
from tests.unit.server_lattice_ring.test_sampling import chi_square
from tests.unit.server_lattice_ring.test_transform import PATHS

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

MODULI = (*(1 << bits for bits in (8, 9, 16, 31, 40, 41, 48, 49, 50, 51, 56, 63, 64)), *PLAIN_PRIMES)


def residues_of(value: int) -> list[int]:
    return [value % prime for prime in PRIMES]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Each way to compute that this processor has."""
    module: ModuleType = request.param
    monkeypatch.setattr(transform, "_kernels", module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("t", [1 << 64, 1 << 40, 1 << 8, 1 << 17, PLAIN_PRIMES[0], PLAIN_PRIMES[3]])
def test_reply_decrypts_to_the_sum_of_products_plus_the_mask(path: ModuleType, t: int) -> None:
    parties = Parties.fresh(t, SeededRandom("reply"))
    messages, polynomials, masks = draw(t, 2, "m"), draw(t, 2, "u"), draw(t, 1, "r")
    sums = parties.sums(parties.encrypt(messages), polynomials)
    made = parties.decrypt(*parties.reply(sums, masks[0]))
    message = message_of(messages, polynomials, t)
    assert made.tolist() == [(m + int(mask)) % t for m, mask in zip(message, masks[0], strict=True)]


@pytest.mark.parametrize("t", MODULI)
def test_lift_takes_the_number_nearest_to_zero(t: int) -> None:
    edges = [0, 1, t // 2 - 1, t // 2, t // 2 + 1, t - 2, t - 1]
    messages = np.zeros((1, DEGREE), np.uint64)
    messages[0, : len(edges)] = edges
    rows = scheme.lift(messages, t)
    transform.to_coefficients(rows, PRIMES)
    for place, value in enumerate(centred(messages[0, : len(edges)], t)):
        assert rows[0, :, place].tolist() == residues_of(value)
    assert not rows[0, :, len(edges) :].any()


@pytest.mark.parametrize("t", MODULI)
def test_encode_rounds_to_either_side_as_the_words_say(t: int) -> None:
    messages = draw(t, 1, "encode")[0]
    messages[:3] = [0, 1, t - 1]
    words = draw(1 << 64, 1, "words")[0]
    rows = np.zeros((len(PRIMES), DEGREE), np.uint64)
    scheme.encode(messages, words, t, rows)
    upper = 64 - DITHER_BITS
    for place in range(200):
        dither = (int(words[place]) >> upper << upper) | 1 << (upper - 1)
        r = dither * t >> 64
        exact = (MODULUS * int(messages[place]) + r) // t
        assert (rows[:, place] % np.array(PRIMES, np.uint64)).tolist() == residues_of(exact)
        assert abs(exact * t - MODULUS * int(messages[place])) < t


def test_small_polynomials_have_their_values() -> None:
    polynomial = np.zeros((1, DEGREE), np.int64)
    polynomial[0, :4] = [-21, 21, -1, 1]
    rows = scheme.small(polynomial)
    transform.to_coefficients(rows, PRIMES)
    for place, value in enumerate([-21, 21, -1, 1, 0]):
        assert rows[0, :, place].tolist() == residues_of(value)


def test_negacyclic_of_this_test_wraps_with_a_sign() -> None:
    assert negacyclic([1, 2, 0, -3], [0, 0, 5, 1]) == [-2, 15, 8, 11]


@pytest.mark.parametrize("t", [1 << 64, 1 << 8, PLAIN_PRIMES[1]])
def test_reply_has_the_sizes_it_says(t: int) -> None:
    parties = Parties.fresh(t, SeededRandom("sizes"))
    zeros = np.zeros((len(PRIMES), DEGREE), np.uint64)
    places = np.array([5, 8191, 17])
    assert scheme.reply_messages(zeros, places, draw(t, 1, "m")[0, :3], t, parties.evaluator).shape == (
        reply_bytes(t)[0],
        3,
    )


@pytest.mark.slow
def test_reply_at_some_places_is_the_same_message() -> None:
    """An odd number of places, in any order: c0 is sent only where it is needed."""
    t = 1 << 64
    parties = Parties.fresh(t, SeededRandom("places"))
    messages, polynomials, masks = draw(t, 1, "m"), draw(t, 1, "u"), draw(t, 1, "r")
    first, second = parties.sums(parties.encrypt(messages), polynomials)
    places = np.array([8191, 0, 77, 78, 4096, 12, 9])
    c0 = scheme.reply_messages(first, places, masks[0, places], t, parties.evaluator)
    c1 = np.empty((reply_bytes(t)[1], DEGREE), np.uint8)
    scheme.reply_uniform(second, parties.evaluator, c1)
    product = times(scheme.open_uniform(c1), parties.secret[:2], scheme.DECRYPTION)
    message = message_of(messages, polynomials, t)
    expected = [(message[place] + int(masks[0, place])) % t for place in places]
    assert scheme.decode(product, c0, places, t).tolist() == expected


@pytest.mark.parametrize("t", [(1 << 64) + 1, 1 << 65, 1 << 7, 1000, PRIMES[0], 0])
def test_other_moduli_are_refused(t: int) -> None:
    with pytest.raises(ValueError, match="messages are modulo"):
        message_bits(t)


def test_messages_that_are_not_below_the_modulus_are_refused() -> None:
    messages = np.zeros((1, DEGREE), np.uint64)
    messages[0, 9] = 256
    with pytest.raises(ValueError, match="not below its modulus"):
        scheme.lift(messages, 256)
    with pytest.raises(ValueError, match="8192 words"):
        scheme.lift(messages[:, :9], 256)


@pytest.mark.parametrize("width", range(2, 11))
def test_fractions_are_rounded_to_the_nearest(width: int) -> None:
    limbs = draw(1 << 64, 3, f"limbs {width}")[:, :64] >> np.uint64(9)
    limbs[:, 0] = (1 << 52) - 1
    whole = [sum(int(limbs[limb, j]) << (52 * limb) for limb in range(3)) % (1 << 156) for j in range(64)]
    out = np.empty((width, 64), np.uint8)
    coefficients.round_fractions(limbs, width, out)
    words = np.empty((2, 64), np.uint64)
    coefficients.gather(out, words)
    for j, value in enumerate(whole):
        # Limbs below the rounding are only carried: half of the kept step is added above them.
        step = 1 << (156 - 8 * width)
        assert int(words[0, j]) | int(words[1, j]) << 64 == (value + step // 2) // step % (1 << 8 * width)


def test_wide_numbers_are_reduced() -> None:
    words = draw(1 << 64, 2, "wide")[:, :64].copy()
    words[1] >>= np.uint64(48)
    words[:, 0] = (1 << 64) - 1, (1 << 16) - 1
    rows = np.empty((2, 64), np.uint64)
    coefficients.reduce_wide(words, OFFSETS[:2], rows)
    for level in range(2):
        assert int(rows[level].max()) < 4 * PRIMES[level]
        values = [(int(words[0, j]) | int(words[1, j]) << 64) % PRIMES[level] for j in range(64)]
        assert (rows[level] % np.uint64(PRIMES[level])).tolist() == values


def uniform_bytes(planes: Bytes) -> float:
    """The largest deviation of any byte plane from uniform."""
    return max(abs(chi_square(np.bincount(plane, minlength=256), np.full(256, 1 / 256))) for plane in planes)


@pytest.mark.parametrize("t", [1 << 64, 1 << 40, PLAIN_PRIMES[0]])
def test_what_is_sent_is_uniform(t: int) -> None:
    """Of the plainest messages and polynomials: zeros, and the number that is one."""
    parties = Parties.fresh(t, SeededRandom("uniform"))
    messages, polynomials = np.zeros((1, DEGREE), np.uint64), np.zeros((1, DEGREE), np.uint64)
    polynomials[0, 0] = 1
    sent = parties.encrypt(messages)
    for level, prime in enumerate(PRIMES):
        bins = (sent[0, level] // np.uint64(prime // 64 + 1)).astype(np.int64)
        assert abs(chi_square(np.bincount(bins, minlength=64), np.full(64, 1 / 64))) < 5
    c0, c1 = parties.reply(parties.sums(sent, polynomials), draw(t, 1, "masks")[0])
    assert uniform_bytes(c0) < 5
    assert uniform_bytes(c1) < 5


@pytest.mark.slow
def test_reply_shows_neither_polynomial_nor_noise_to_the_owner() -> None:
    """The same sums twice: c1 is another one, and what is left of c0 is flooding of all its size."""
    t = 1 << 64
    parties = Parties.fresh(t, SeededRandom("hidden"))
    messages, polynomials = draw(t, 1, "m"), draw(t, 1, "u")
    sent, masks = parties.encrypt(messages), draw(t, 1, "r")
    first = parties.reply(parties.sums(sent, polynomials), masks[0])
    second = parties.reply(parties.sums(sent, polynomials), masks[0])
    assert uniform_bytes(first[1] - second[1]) < 5
    assert uniform_bytes(first[0] - second[0]) < 5


@pytest.mark.parametrize("t", [1 << 64, 1 << 56])
def test_flooding_adds_two_uniform_numbers_of_all_their_size(t: int) -> None:
    """A mean of zero, the variance of two, and nothing beyond them; one uniform number would have half of it."""
    values = np.zeros((len(PRIMES), DEGREE), np.uint64)
    c0 = scheme.reply_messages(values, PLACES, np.zeros(DEGREE, np.uint64), t, Secrets(SeededRandom("flood")))
    words = np.empty((2, DEGREE), np.uint64)
    coefficients.gather(c0, words)
    size, scale = 8 * len(c0), 2.0 ** (flood_bits(t) - FRACTION_BITS)
    whole = [int(low) | int(high) << 64 for low, high in words.T.tolist()]
    flooding = np.array([(value if value < 1 << (size - 1) else value - (1 << size)) / 2.0**size for value in whole])
    flooding /= scale
    # What is cut off is up to half of the last byte's step; a variance of 1 / 6 has a fourth moment of 1 / 15.
    rounding = 2.0 ** (-size - 1) / scale
    assert np.abs(flooding).max() <= 1 + rounding
    assert abs(flooding.mean()) < 4 * math.sqrt(1 / 6 / DEGREE)
    assert abs(np.mean(flooding**2) - (1 + 2 * rounding**2) / 6) < 4 * math.sqrt((1 / 15 - 1 / 36) / DEGREE)
