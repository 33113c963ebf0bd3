"""Compiled loops over coefficients: sampling, lifting, encoding, replies, decoding. Sizes are checked by callers.

``offsets`` [primes] stand for primes: 2^50 less each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled
from server_node.offline.lattice.ring.kernels.words import fold, high, multiply, once, ones

Words = npt.NDArray[np.uint64]
Signed = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@compiled
def lift_powers(values: Words, bits: int, offsets: Words, out: Words) -> None:
    """Values [n] modulo 2^bits, read as signed, to residues [primes, n] below 4 primes."""
    shift = np.uint64(64 - bits)
    for i in range(len(offsets)):
        offset, row = offsets[i], out[i]
        prime = (np.uint64(1) << np.uint64(50)) - offset
        for j in range(len(values)):
            value = values[j] << shift >> shift
            upper = (values[j] << shift) >> np.uint64(63)
            # A negative number is its pattern less 2^bits; the pattern is folded, the power is one constant less.
            row[j] = fold(value, offset) + (prime - fold_power(upper, bits, offset))


@compiled
def fold_power(sign: np.uint64, bits: int, offset: np.uint64) -> np.uint64:
    """sign * 2^bits modulo 2^50 - offset, not beyond it; sign is 0 or 1."""
    if bits < 50:
        return sign << np.uint64(bits)
    return sign * (offset << np.uint64(bits - 50))


@compiled
def lift_small(values: Words, modulus: np.uint64, offsets: Words, out: Words) -> None:
    """Values [n] below a modulus of up to 2^50, read as signed, to residues [primes, n] below 4 primes."""
    half = modulus >> np.uint64(1)
    for i in range(len(offsets)):
        row = out[i]
        prime = (np.uint64(1) << np.uint64(50)) - offsets[i]
        for j in range(len(values)):
            row[j] = values[j] + prime - modulus if values[j] > half else values[j]


@compiled
def spread_signed(values: Signed, offsets: Words, out: Words) -> None:
    """Small signed numbers [n] to residues [primes, n]."""
    for i in range(len(offsets)):
        row = out[i]
        prime = np.int64((np.uint64(1) << np.uint64(50)) - offsets[i])
        for j in range(len(values)):
            row[j] = np.uint64(values[j] + prime if values[j] < 0 else values[j])


@compiled
def add_errors(errors: Signed, factors: Words, offsets: Words, rows: Words) -> None:
    """Add errors of up to 21, times a reduced factor for each prime, to reduced residues ``rows`` [primes, n]."""
    for i in range(len(factors)):
        row, factor, offset = rows[i], factors[i], offsets[i]
        prime = (np.uint64(1) << np.uint64(50)) - offset
        twice = np.uint64(2) * prime
        # 21 more than an error is no negative number, and 42 times a residue fits a word.
        less = twice - fold(np.uint64(21) * factor, offset)
        for j in range(len(errors)):
            total = row[j] + less + fold(np.uint64(errors[j] + 21) * factor, offset)
            row[j] = once(once(once(total, twice), twice), prime)


@compiled
def cut(rows: Words, primes: Words) -> bool:
    """Cut words [primes, n] to 50 bits; whether all are below their primes."""
    mask, is_sound = np.uint64(0x3FFFFFFFFFFFF), True
    for i in range(len(primes)):
        row, largest = rows[i], np.uint64(0)
        for j in range(len(row)):
            row[j] &= mask
            largest = max(largest, row[j])
        is_sound &= largest < primes[i]
    return is_sound


@compiled
def binomial(words: Words, out: Signed) -> None:
    """Centred binomial numbers from the lowest 42 bits of uniform words: 21 bits less 21 others."""
    mask, shift = np.uint64(0x1FFFFF), np.uint64(21)
    for j in range(len(words)):
        out[j] = np.int64(ones(words[j] & mask)) - np.int64(ones(words[j] >> shift & mask))


@compiled
def ternary(source: Bytes, out: Signed) -> int:
    """Uniform numbers -1, 0, 1 from uniform bytes, five of a byte below 243; returns how many of ``out`` are filled."""
    count = 0
    for byte in source:
        if byte < 243:
            rest = np.int64(byte)
            for _ in range(5):
                if count < len(out):
                    out[count] = rest % 3 - 1
                    count += 1
                rest //= 3
    return count


@compiled
def encode_powers(messages: Words, words: Words, bits: int, constants: Words, out: Words) -> None:
    """Add floor((Q m + r) / 2^bits) to residues [primes, n] that are reduced; sums are below 4 primes.

    The 22 upper bits of each uniform word, then a one and zeros, are r. ``constants`` [primes, 4]: prime, Q modulo
    2^bits, 2^-bits modulo the prime and its quotient for 2^64.
    """
    mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - bits)
    keep, middle = ~((np.uint64(1) << np.uint64(42)) - np.uint64(1)), np.uint64(1) << np.uint64(41)
    for i in range(constants.shape[0]):
        row, prime = out[i], constants[i, 0]
        for j in range(len(messages)):
            r = (words[j] & keep | middle) >> np.uint64(64 - bits)
            rest = (messages[j] * constants[i, 1] + r) & mask
            # A difference below zero is 2^bits too large, and its quotient by 2^bits one.
            quotient = multiply((r - rest) & mask, constants[i, 2], constants[i, 3], prime)
            row[j] += quotient + (prime - np.uint64(1) if r < rest else np.uint64(0))


@compiled
def encode_prime(messages: Words, words: Words, modulus: Words, constants: Words, out: Words) -> None:
    """:func:`encode_powers` modulo a plain prime t.

    ``modulus``: t, Q modulo t and its quotient for 2^64; ``constants`` has 1 / t in place of 2^-bits.
    """
    keep, middle = ~((np.uint64(1) << np.uint64(42)) - np.uint64(1)), np.uint64(1) << np.uint64(41)
    plain = modulus[0]
    for i in range(constants.shape[0]):
        row, prime = out[i], constants[i, 0]
        for j in range(len(messages)):
            r = high(words[j] & keep | middle, plain)
            scaled = once(multiply(messages[j], modulus[1], modulus[2], plain), plain)
            rest = once(scaled + r, plain)
            # The difference is made positive by adding t, its quotient by one.
            quotient = multiply(r + plain - rest, constants[i, 2], constants[i, 3], prime)
            row[j] += quotient + prime - np.uint64(1)


@compiled
def add_mask(masks: Words, bits: int, out: Words) -> None:
    """Add masks modulo 2^bits over 2^bits to limbs [3, n] of fractions."""
    for j in range(len(masks)):
        top = masks[j] << np.uint64(64 - bits)
        out[2, j] += top >> np.uint64(12)
        out[1, j] += (top & np.uint64(0xFFF)) << np.uint64(40)


@compiled
def add_flood(words: Words, bits: int, out: Words) -> None:
    """Add numbers uniform on -2^(bits - 1) .. 2^(bits - 1) - 1 smallest steps to limbs [3, n], for 53 to 104 bits.

    ``words`` [2, n] are uniform.
    """
    shift, half = np.uint64(116 - bits), np.uint64(1) << np.uint64(bits - 53)
    full = np.uint64(1) << np.uint64(52)
    # Less the half: minus a power of two, modulo one.
    for j in range(out.shape[1]):
        out[0, j] += words[0, j] >> np.uint64(12)
    for j in range(out.shape[1]):
        out[1, j] += (words[1, j] >> shift) + (full - half)
    for j in range(out.shape[1]):
        out[2, j] += full - np.uint64(1)


@compiled
def round_fractions(limbs: Words, width: int, out: Bytes) -> None:
    """The nearest multiples of 2^(-8 width) to fractions: byte b of coefficient j is out[b, j]; carries ``limbs``."""
    mask, carry = np.uint64(0xFFFFFFFFFFFFF), np.uint64(52)
    shift = 104 - 8 * width
    half = np.uint64(1) << np.uint64((shift - 1) % 52)
    upper = 1 if shift - 1 >= 52 else 0
    for j in range(limbs.shape[1]):
        first = limbs[1, j] + (limbs[0, j] >> carry) + (half if upper == 0 else np.uint64(0))
        second = (limbs[2, j] + (first >> carry) + (half if upper == 1 else np.uint64(0))) & mask
        first &= mask
        if shift < 52:
            limbs[0, j] = second << np.uint64(52 - shift) | first >> np.uint64(shift)
            limbs[1, j] = second >> np.uint64(12 + shift)
        else:
            limbs[0, j] = second >> np.uint64(shift - 52)
            limbs[1, j] = np.uint64(0)
    for b in range(width):
        row, plane, place = limbs[b // 8], out[b], np.uint64(8 * (b % 8))
        for j in range(limbs.shape[1]):
            plane[j] = np.uint8(row[j] >> place & np.uint64(0xFF))


@compiled
def gather(planes: Bytes, out: Words) -> None:
    """Numbers of up to 16 bytes from their planes [width, n] to words [2, n], lowest first."""
    out[:] = np.uint64(0)
    for b in range(planes.shape[0]):
        row, plane, place = out[b // 8], planes[b], np.uint64(8 * (b % 8))
        for j in range(out.shape[1]):
            row[j] |= np.uint64(plane[j]) << place


@compiled
def reduce_wide(words: Words, offsets: Words, out: Words) -> None:
    """Numbers below 2^80 in words [2, n] to residues [primes, n] below 4 primes."""
    for i in range(len(offsets)):
        row, offset = out[i], offsets[i]
        for j in range(words.shape[1]):
            row[j] = fold(words[0, j], offset) + fold(words[1, j] * (offset << np.uint64(14)), offset)


@compiled
def join(residues: Words, primes: Words, out: Words) -> None:
    """The signed numbers behind residues [2, n] modulo two primes, modulo 2^128, in words [2, n].

    ``primes``: both, the inverse of the first modulo the second and its quotient for 2^64.
    """
    first, second = primes[0], primes[1]
    # The product of both primes: what a number in the upper half lies above its negative value.
    low, upper = first * second, high(first, second)
    for j in range(residues.shape[1]):
        gap = residues[1, j] + np.uint64(2) * second - residues[0, j]
        digit = once(multiply(gap, primes[2], primes[3], second), second)
        word = first * digit
        total = word + residues[0, j]
        top = high(first, digit) + (np.uint64(1) if total < word else np.uint64(0))
        if digit > second >> np.uint64(1):
            top -= upper + (np.uint64(1) if total < low else np.uint64(0))
            total -= low
        out[0, j], out[1, j] = total, top


@compiled
def decode(phases: Words, c0: Words, widths: tuple[int, int], modulus: tuple[int, np.uint64], out: Words) -> None:
    """out = round(t (phases + c0 2^(8 (w1 - w0))) / 2^(8 w1)) modulo t, for ``widths`` (w0, w1) in bytes.

    ``modulus`` is (bits, 0) for t = 2^bits and (bits, t) for a prime t; ``phases`` and ``c0`` [2, n] are words of
    numbers modulo 2^(8 w1) and 2^(8 w0).
    """
    full, lift = np.uint64(8 * widths[1]), np.uint64(8 * (widths[1] - widths[0]))
    bits, plain = np.uint64(modulus[0]), modulus[1]
    one, mask = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - bits)
    for j in range(len(out)):
        low = phases[0, j] + (c0[0, j] << lift)
        top = phases[1, j] + (c0[1, j] << lift | c0[0, j] >> (np.uint64(64) - lift))
        if low < phases[0, j]:
            top += one
        if full < np.uint64(64):
            low &= (one << full) - one
            top = np.uint64(0)
        elif full < np.uint64(128):
            top &= (one << (full - np.uint64(64))) - one
        if plain == np.uint64(0):
            rest = full - bits
            rounded = low + (one << (rest - one))
            if rounded < low:
                top += one
            out[j] = (rounded >> rest | top << (np.uint64(64) - rest)) & mask
        else:
            # t times a number of up to 80 bits, in words of 64: what is above 2^full after rounding.
            product = low * plain
            upper = high(low, plain) + top * plain
            rounded = product + (one << (full - one) if full <= np.uint64(64) else np.uint64(0))
            if rounded < product:
                upper += one
            if full > np.uint64(64):
                upper += one << (full - np.uint64(65))
            out[j] = once(upper >> (full - np.uint64(64)), plain)
