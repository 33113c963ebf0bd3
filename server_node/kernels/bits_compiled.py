"""Packed bits on the processor: loops that numba compiles into vector instructions.

Arrays are C-contiguous; sizes are checked by callers. Slices let the compiler prove that indices are in range. Masks of
all ones or all zeros stand for bits, so that nothing branches on a secret.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import compiled, sample

Words = npt.NDArray[np.uint64]
Narrow = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]
_LANES = 16
_SPAN = 64
"""Words of a digit at a time: tables of them stay in the first-level cache, and loops are long enough to pay."""


@compiled
def _swap(block: Words, shift: int, mask: np.uint64) -> None:
    """One level of the transpose of 32x32 bit blocks, two of them in a word, in every lane."""
    step = np.uint64(shift)
    for start in range(0, 32, 2 * shift):
        for k in range(start, start + shift):
            low, high = block[k], block[k + shift]
            for lane in range(_LANES):
                a, b = low[lane], high[lane]
                swap = ((a >> step) ^ b) & mask
                low[lane] = a ^ (swap << step)
                high[lane] = b ^ swap


@compiled
def planes(values: Words, moved: tuple[np.uint64, np.uint64, np.uint64, np.uint64], out: Words) -> None:
    """Rows of ``out`` [at most 32, words]: bits of (((values + before) >> shift) + after) >> start.

    ``moved`` is (before, shift, after, start).
    """
    before, shift, after, start = moved
    block, line = np.zeros((32, _LANES), np.uint64), np.zeros(64, np.uint64)
    low_half, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for first in range(0, out.shape[1], _LANES):
        lanes = min(_LANES, out.shape[1] - first)
        for lane in range(lanes):
            part = values[64 * (first + lane) : 64 * (first + lane) + 64]
            for i in range(len(part)):
                line[i] = (((part[i] + before) >> shift) + after) >> start
            for i in range(len(part), 64):
                line[i] = 0
            for k in range(32):
                block[k, lane] = (line[k] & low_half) | (line[k + 32] << half)
        _swap(block, 16, np.uint64(0x0000FFFF0000FFFF))
        _swap(block, 8, np.uint64(0x00FF00FF00FF00FF))
        _swap(block, 4, np.uint64(0x0F0F0F0F0F0F0F0F))
        _swap(block, 2, np.uint64(0x3333333333333333))
        _swap(block, 1, np.uint64(0x5555555555555555))
        for k in range(out.shape[0]):
            row, found = out[k, first : first + lanes], block[k]
            for lane in range(len(row)):
                row[lane] = found[lane]


@compiled
def one_plane(values: Words, moved: tuple[np.uint64, np.uint64, np.uint64, np.uint64], out: Words) -> None:
    """:func:`planes` for a single row ``out`` [words]."""
    before, shift, after, start = moved
    one = np.uint64(1)
    for w in range(len(out)):
        part = values[64 * w : 64 * w + 64]
        word = np.uint64(0)
        for i in range(len(part)):
            word |= (((((part[i] + before) >> shift) + after) >> start) & one) << np.uint64(i)
        out[w] = word


@compiled
def unpack(words: Words, out: Words) -> None:
    one = np.uint64(1)
    for w in range(len(words)):
        word, part = words[w], out[64 * w : 64 * w + 64]
        for i in range(len(part)):
            part[i] = (word >> np.uint64(i)) & one


@compiled
def pair_nodes(
    secret: tuple[Words, int, Words],
    both: Words,
    theirs: tuple[Words, Words, Words],
    sums: tuple[Words, Words],
    out: tuple[Words, Words],
) -> None:
    """``secret`` is (rows of s0 and s1, how far apart they are, s2); with them side by side, pairs are two apart."""
    rows, gap, products = secret
    step = 2 if gap == 1 else 1
    for r in range(both.shape[0]):
        s0, s1, s2, own = rows[r * step], rows[r * step + gap], products[r], both[r]
        t0, t1, t2 = theirs[0][r], theirs[1][r], theirs[2][r]
        c, d, generate, propagate = sums[0][r], sums[1][r], out[0][r], out[1][r]
        for w in range(len(own)):
            generate[w] = c[w] ^ (t1[w] & s1[w]) ^ (t0[w] & s2[w]) ^ (t2[w] & s0[w])
            propagate[w] = d[w] ^ (t0[w] & s1[w]) ^ (t1[w] & s0[w]) ^ own[w]


@compiled
def and_share(
    opened: tuple[Words, Words], masks: tuple[Words, Words], product: Words, is_first: bool, out: Words
) -> None:
    x, y = opened
    a, b = masks
    first = ~np.uint64(0) if is_first else np.uint64(0)
    for w in range(len(out)):
        out[w] = product[w] ^ (x[w] & b[w]) ^ (y[w] & (a[w] ^ (x[w] & first)))


@compiled
def merge_nodes(
    nodes: tuple[Words, Words],
    opened: tuple[Words, Words, Words],
    triples: tuple[Words, Words, Words, Words, Words],
    flags: tuple[bool, bool],
    out: Words,
) -> None:
    """``flags`` is (is_lowest, is_first); ``out`` [2, ceil(nodes / 2), words]."""
    x, y0, y1 = opened
    is_lowest, is_first = flags
    first = ~np.uint64(0) if is_first else np.uint64(0)
    skip = 1 if is_lowest else 0
    for r in range(x.shape[0]):
        a, b0, b1, c0, c1 = triples[0][r], triples[1][r], triples[2][r], triples[3][r], triples[4][r]
        high, xr, y0r = nodes[0][2 * r + 1], x[r], y0[r]
        generate, propagate = out[0, r], out[1, r]
        for w in range(len(high)):
            generate[w] = high[w] ^ c0[w] ^ (xr[w] & b0[w]) ^ (y0r[w] & (a[w] ^ (xr[w] & first)))
        if r < skip:
            propagate[:] = np.uint64(0)
            continue
        y1r = y1[r - skip]
        for w in range(len(high)):
            propagate[w] = c1[w] ^ (xr[w] & b1[w]) ^ (y1r[w] & (a[w] ^ (xr[w] & first)))
    if nodes[0].shape[0] % 2:
        out[0, -1] = nodes[0][-1]
        out[1, -1] = nodes[1][-1]


@compiled
def digit_entries(own: Words, moved: Words, pads: Words, out: Words, share: Words) -> None:
    words, entries = out.shape[3], pads.shape[0]
    generate, propagate = np.empty((entries, _SPAN), np.uint64), np.empty((entries, _SPAN), np.uint64)
    for digit in range(out.shape[0]):
        for first in range(0, words, _SPAN):
            start = digit * words + first
            stop = start + min(_SPAN, words - first)
            generate[0] = np.uint64(0)
            propagate[0] = ~np.uint64(0)
            for k in range(own.shape[0]):
                row, index = own[k, start:stop], moved[k, start:stop]
                for low in range(1 << k):
                    high = low + (1 << k)
                    _two_entries(row, index, (generate[low], propagate[low]), (generate[high], propagate[high]))
            for side in range(2):
                table = generate if side else propagate
                own_share, pad = share[1 - side, start:stop], pads[0, side, start:stop]
                for lane in range(len(pad)):
                    own_share[lane] = table[0, lane] ^ pad[lane]
                for entry in range(1, entries):
                    target, value = out[digit, side, entry - 1, first : first + stop - start], table[entry]
                    pad = pads[entry, side, start:stop]
                    for lane in range(len(pad)):
                        target[lane] = value[lane] ^ pad[lane] ^ own_share[lane]


@compiled
def _two_entries(row: Words, index: Words, low: tuple[Words, Words], high: tuple[Words, Words]) -> None:
    """One bit more of a digit: the node of the bits below becomes those with this bit of the index not set and set."""
    low_g, low_p = low
    high_g, high_p = high
    for lane in range(len(row)):
        both, either = row[lane] & index[lane], row[lane] ^ index[lane]
        g, p = low_g[lane], low_p[lane]
        low_g[lane] = both ^ (either & g)
        high_g[lane] = row[lane] ^ both ^ (~either & g)
        low_p[lane] = either & p
        high_p[lane] = ~either & p


@compiled
def digit_choice(index: Words, entries: Words, chosen: Words, share: Words) -> None:
    words, count = entries.shape[3], entries.shape[2] + 1
    rows = np.empty((count, _SPAN), np.uint64)
    for digit in range(entries.shape[0]):
        for first in range(0, words, _SPAN):
            start = digit * words + first
            stop = start + min(_SPAN, words - first)
            for side in range(2):
                rows[0] = np.uint64(0)
                for entry in range(1, count):
                    rows[entry, : stop - start] = entries[digit, side, entry - 1, first : first + stop - start]
                _picked(index[:, start:stop], rows)
                pad, target, found = chosen[side, start:stop], share[1 - side, start:stop], rows[0]
                for lane in range(len(pad)):
                    target[lane] = pad[lane] ^ found[lane]


@compiled
def pick(index: Words, rows: Words, out: Words) -> None:
    block = np.empty((rows.shape[0], _SPAN), np.uint64)
    for start in range(0, rows.shape[2], _SPAN):
        stop = min(start + _SPAN, rows.shape[2])
        for side in range(out.shape[0]):
            for entry in range(rows.shape[0]):
                block[entry, : stop - start] = rows[entry, side, start:stop]
            _picked(index[:, start:stop], block)
            out[side, start:stop] = block[0, : stop - start]


@compiled
def _picked(index: Words, rows: Words) -> None:
    """rows[0] becomes the bits at the index [d, lanes] of rows [2^d, lanes]; the others are overwritten."""
    count = rows.shape[0]
    for k in range(index.shape[0]):
        bit = index[k]
        count //= 2
        for entry in range(count):
            target, even, odd = rows[entry], rows[2 * entry], rows[2 * entry + 1]
            for lane in range(len(bit)):
                target[lane] = even[lane] ^ (bit[lane] & (even[lane] ^ odd[lane]))


@compiled
def select_message(bit: Words, x: Words, pads: tuple[Narrow, Narrow], out: Narrow) -> None:
    zero, one = np.uint64(0), np.uint64(1)
    for w in range(len(bit)):
        word, at = bit[w], 64 * w
        value, result = x[at : at + 64], out[at : at + 64]
        pad0, pad1 = pads[0][at : at + 64], pads[1][at : at + 64]
        for i in range(len(result)):
            flip = zero - ((word >> np.uint64(i)) & one)
            result[i] = (value[i] ^ flip) - flip + pad0[i] - pad1[i]


@compiled
def select_share(
    words: tuple[Words, Words, Words, Words], x: Words, pads: tuple[Narrow, Narrow], moved: Narrow, out: Words
) -> None:
    zero, one = np.uint64(0), np.uint64(1)
    for w in range(len(words[0])):
        u, r, e, f = words[0][w], words[1][w], words[2][w], words[3][w]
        at = 64 * w
        value, message, result = x[at : at + 64], moved[at : at + 64], out[at : at + 64]
        chosen, pad0 = pads[0][at : at + 64], pads[1][at : at + 64]
        for i in range(len(result)):
            place = np.uint64(i)
            own, choice = zero - ((u >> place) & one), zero - ((r >> place) & one)
            flip, theirs = zero - ((e >> place) & one), zero - ((f >> place) & one)
            received = (((choice & message[i]) + chosen[i]) ^ flip) - flip
            sent = (theirs & ((value[i] ^ own) - own)) - ((pad0[i] ^ theirs) - theirs)
            result[i] = (value[i] & own) + received + sent


@compiled
def truncated(
    x: Words,
    division: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
    offsets: tuple[np.uint64, np.uint64, np.uint64],
    wrap: tuple[Words, Words, Words],
    out: Words,
) -> None:
    """``division`` is (all ones of the ring, shift, factor, what a rest rounds up by), ``offsets`` (before, after,
    what a wrap adds), ``wrap`` (term, flip, product).

    Values times factors have up to 94 bits: the part above 32 bits and the 32 bits below are kept apart.
    """
    zero, one, half, low_half = np.uint64(0), np.uint64(1), np.uint64(32), np.uint64(0xFFFFFFFF)
    ring, shift, factor, rounding = division
    before, after, scale = offsets
    down = shift - half if shift > half else zero
    up = half - shift if shift < half else zero
    low_down = min(shift, half)
    lost, low_lost = (one << down) - one, (one << low_down) - one
    term, flip, product = wrap
    for w in range(len(term)):
        t, f, at = term[w], flip[w], 64 * w
        value, both, result = x[at : at + 64], product[at : at + 64], out[at : at + 64]
        for i in range(len(result)):
            v = (value[i] + before) & ring
            low = (v & low_half) * factor
            high = (v >> half) * factor + (low >> half)
            low &= low_half
            rest = (high & lost) | (low & low_lost)
            quotient = ((high >> down) << up) + (low >> low_down) + (rounding if rest != zero else zero)
            sign = zero - ((f >> np.uint64(i)) & one)
            wrapped = ((t >> np.uint64(i)) & one) - ((both[i] ^ sign) - sign)
            result[i] = quotient + after - wrapped * scale


@compiled
def ring_bits(own: Words, wrap: tuple[Words, Words, Words], out: Words) -> None:
    zero, one = np.uint64(0), np.uint64(1)
    term, flip, product = wrap
    for w in range(len(own)):
        u, t, f, at = own[w], term[w], flip[w], 64 * w
        both, result = product[at : at + 64], out[at : at + 64]
        for i in range(len(result)):
            sign = zero - ((f >> np.uint64(i)) & one)
            wrapped = ((t >> np.uint64(i)) & one) - ((both[i] ^ sign) - sign)
            result[i] = (wrapped << one) - ((u >> np.uint64(i)) & one)


@sample
def _sample() -> None:
    """Every loop once, on one word of one element."""
    word, rows, table = np.zeros(1, np.uint64), np.zeros((2, 1), np.uint64), np.zeros((2, 2, 1), np.uint64)
    zero, one = np.uint64(0), rows[:1]
    planes(word, (zero, zero, zero, zero), rows)
    one_plane(word, (zero, zero, zero, zero), word)
    unpack(word, np.zeros(1, np.uint64))
    pair_nodes((rows, 1, one), one, (one, one, one), (one, one), (one.copy(), one.copy()))
    and_share((word, word), (word, word), word, True, np.zeros(1, np.uint64))
    pads, digit = np.zeros((2, 2, 1), np.uint64), np.zeros((1, 2, 1, 1), np.uint64)
    digit_entries(one, one, pads, digit, rows.copy())
    digit_choice(one, digit, rows, rows.copy())
    pick(one, pads, rows.copy())
    merge_nodes((rows, rows), (one, one, one), (one, one, one, one, one), (False, True), table)
    select_message(word, word, (word, word), np.zeros(1, np.uint64))
    select_share((word, word, word, word), word, (word, word), word, np.zeros(1, np.uint64))
    pad = np.zeros(1, np.uint32)
    select_message(word, word, (pad, pad), np.zeros(1, np.uint32))
    select_share((word, word, word, word), word, (pad, pad), pad, np.zeros(1, np.uint64))
    truncated(word, (zero, zero, zero, zero), (zero, zero, zero), (word, word, word), np.zeros(1, np.uint64))
    ring_bits(word, (word, word, word), np.zeros(1, np.uint64))
