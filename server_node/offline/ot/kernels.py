"""Compiled inner loops of the OT extension and of products from OT.

Arrays are C-contiguous; sizes are checked by callers. Compiled once per machine by numba and cached beside this file.
They release the global lock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from server_node.kernels.compiled import address_of, compiled, load_word, sample, store_word

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


@compiled
def tweak(keys: Words, start: int, blocks: int, out: Words) -> None:
    """``out[c * blocks + t] = keys[c] ^ (start + c, t)`` for 128-bit keys [n, 2] and out [n * blocks, 2]."""
    for c in range(keys.shape[0]):
        low = keys[c, 0] ^ np.uint64(start + c)
        for t in range(blocks):
            out[c * blocks + t, 0] = low
            out[c * blocks + t, 1] = keys[c, 1] ^ np.uint64(t)


@compiled
def untweak(keys: Words, blocks: int, out: Words) -> None:
    """``out[c * blocks + t] ^= keys[c]``: the feed-forward of the hash."""
    for c in range(keys.shape[0]):
        for t in range(blocks):
            out[c * blocks + t, 0] ^= keys[c, 0]
            out[c * blocks + t, 1] ^= keys[c, 1]


@compiled
def _gather(planes: Bytes, row: int, width: int, out: Words) -> None:
    """out[v] = the ``width``-byte number whose byte t is planes[row, t * len(out) + v]."""
    size = out.shape[0]
    for t in range(width):
        # A slice lets the compiler prove that the index is in range, and use vectors.
        plane = planes[row, t * size : (t + 1) * size]
        shift = np.uint64(8 * t)
        if t == 0:
            for v in range(size):
                out[v] = np.uint64(plane[v])
        else:
            for v in range(size):
                out[v] |= np.uint64(plane[v]) << shift


@compiled
def gilboa_send(
    pads0: Bytes, pads1: Bytes, values: Words, group: tuple[int, int], packed: Bytes, out: Words
) -> None:
    """Sender's side of vector products for eight bits of every receiver element.

    ``pads0/pads1`` [8 e, >= v * width] hash outputs as byte planes, ``values`` [e, v] the sender's vectors, ``group``
    is (first bit, width): bit j of the factor only matters mod 2^(bits - j), so its correction has ``width`` bytes.
    Writes corrections to ``packed`` [8 e, width * v] and subtracts the pads: out[e, v] -= 2^j pads0.
    """
    first, width = group
    size = values.shape[1]
    zero, one = np.empty(size, np.uint64), np.empty(size, np.uint64)
    for e in range(values.shape[0]):
        value, total = values[e], out[e]
        for bit in range(8):
            row = 8 * e + bit
            shift = np.uint64(first + bit)
            _gather(pads0, row, width, zero)
            _gather(pads1, row, width, one)
            for v in range(size):
                total[v] -= zero[v] << shift
                one[v] = zero[v] + value[v] - one[v]
            for t in range(width):
                plane = packed[row, t * size : (t + 1) * size]
                down = np.uint64(8 * t)
                for v in range(size):
                    plane[v] = np.uint8((one[v] >> down) & np.uint64(255))


@compiled
def gilboa_receive(pads: Bytes, choices: Bytes, group: tuple[int, int], packed: Bytes, out: Words) -> None:
    """Receiver's side: out[e, v] += 2^j (pad + bit * correction) for the eight bits of choices[e] (uint8)."""
    first, width = group
    size = out.shape[1]
    pad, correction = np.empty(size, np.uint64), np.empty(size, np.uint64)
    for e in range(out.shape[0]):
        total = out[e]
        for bit in range(8):
            row = 8 * e + bit
            shift = np.uint64(first + bit)
            chosen = np.uint64(0) - np.uint64((choices[e] >> bit) & 1)
            _gather(pads, row, width, pad)
            _gather(packed, row, width, correction)
            for v in range(size):
                total[v] += (pad[v] + (correction[v] & chosen)) << shift


@compiled
def gilboa_give(zero: Words, one: Words, values: Words, run: tuple[int, int], packed: Bytes, out: Words) -> None:
    """Sender's side of products of single values for a run of transfers, octet by octet of all factors.

    ``zero`` and ``one`` [m] are the first words of the pads of transfers number ``run[0]`` and on; ``run[1]`` is the
    number of octets of a factor. Corrections go to their places in ``packed``, which has 8 bytes to spare at the end,
    and the pads are subtracted: out[e] -= 2^j zero. Transfers behind the last octet are left out.
    """
    first, octets = run
    count = 8 * values.shape[0]
    start = address_of(packed)
    for i in range(min(zero.shape[0], count * octets - first)):
        octet = (first + i) // count
        within = first + i - octet * count
        place = count * (octet * octets - octet * (octet - 1) // 2) + within * (octets - octet)
        out[within >> 3] -= zero[i] << np.uint64(8 * octet + (within & 7))
        store_word(start + place, np.int64(zero[i] + values[within >> 3] - one[i]))


@compiled
def gilboa_take(pads: Words, chosen: Bytes, packed: Bytes, out: Words) -> None:
    """Receiver's side: out[e] = sum over all bits j of 2^j (pad + bit * correction), bits ``chosen`` [octets, e].

    What a correction has beyond its bytes is shifted out of the product's ring.
    """
    octets, count = chosen.shape
    place, index = address_of(packed), 0
    out[:] = 0
    for octet in range(octets):
        for e in range(count):
            total = np.uint64(0)
            for bit in range(8):
                mask = np.uint64(0) - np.uint64((chosen[octet, e] >> bit) & 1)
                total += (pads[index] + (np.uint64(load_word(place)) & mask)) << np.uint64(8 * octet + bit)
                place += octets - octet
                index += 1
            out[e] += total


@compiled
def correlate_send(pads0: Words, pads1: Words, values: Words, corrections: Words) -> None:
    """corrections[i] = pads0[i] + values[i] - pads1[i]."""
    for i in range(values.shape[0]):
        corrections[i] = pads0[i] + values[i] - pads1[i]


@compiled
def correlate_receive(pads: Words, choices: Words, corrections: Words, out: Words) -> None:
    """out[i] = pads[i] + bit_i(choices) * corrections[i]; choices packed 64 a word."""
    for i in range(out.shape[0]):
        chosen = np.uint64(0) - ((choices[i >> 6] >> np.uint64(i & 63)) & np.uint64(1))
        out[i] = pads[i] + (corrections[i] & chosen)


@compiled
def pack_bit(pads: Words, bit: int, out: Words) -> None:
    """out[i // 64] bit i % 64 = bit ``bit`` of pads[i, 0], for pads [64 * len(out), >= 1]."""
    for w in range(out.shape[0]):
        word = np.uint64(0)
        for i in range(64):
            word |= ((pads[w * 64 + i, 0] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(i)
        out[w] = word


@sample
def _smallest_transfers() -> None:
    words, octets = np.zeros((128, 2), np.uint64), np.zeros((8, 8), np.uint8)
    row, out, choices = np.zeros(128, np.uint64), np.zeros((1, 1), np.uint64), np.zeros(1, np.uint8)
    tweak(words[:1], 0, 1, words[1:2])
    untweak(words[:1], 1, words[1:2])
    gilboa_send(octets, octets, out, (0, 8), octets, out)
    gilboa_receive(octets, choices, (0, 8), octets, out)
    gilboa_give(row[:1], row[:1], row[:1], (0, 1), np.zeros(16, np.uint8), row[1:2])
    gilboa_take(row[:8], choices[None, :], np.zeros(16, np.uint8), row[8:9])
    correlate_send(row[:1], row[:1], row[:1], row[1:2])
    correlate_receive(row[:1], row[:1], row[:1], row[1:2])
    pack_bit(words, 0, row[:1])
