"""What goes over the link: residues packed to 50 bits each, checked when they come."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from common.errors import BadFrame
from common.net.channel import Channel
from server_node.kernels.compiled import compiled, sample
from server_node.offline.lattice.ring.parameters import DEGREE, PRIME_BITS, PRIMES

Words = npt.NDArray[np.uint64]

_GROUP: Final = 32
"""Residues that fill whole words together."""
_GROUP_WORDS: Final = _GROUP * PRIME_BITS // 64
_TOGETHER: Final = 16
_MESSAGE: Final = 1 << 26
"""About the longest message; more goes in several."""


def request_bytes() -> int:
    """Bytes of a polynomial with residues of all primes."""
    return len(PRIMES) * DEGREE * PRIME_BITS // 8


def send_residues(channel: Channel, step: str, residues: Words) -> None:
    """Send residues [..., primes, n], each below its prime, in as many messages as they take."""
    rows = residues.reshape(-1, *residues.shape[-2:])
    for part in _parts(len(rows)):
        packed = np.empty((len(rows[part]), rows.shape[1], _words(rows.shape[2])), np.uint64)
        _pack_residues(rows[part], packed)
        channel.send(step, packed)


def receive_residues(channel: Channel, step: str, out: Words) -> Words:
    """Fill ``out`` [..., primes, n] with what :func:`send_residues` sent.

    Raises:
        BadFrame: a residue is not below its prime, or another message came. PeerGone: the peer closed or stays silent.
    """
    rows = out.reshape(-1, *out.shape[-2:])
    for part in _parts(len(rows)):
        packed = np.empty((len(rows[part]), rows.shape[1], _words(rows.shape[2])), np.uint64)
        channel.receive(step, packed)
        if not _unpack_residues(packed, np.array(PRIMES[: rows.shape[1]], np.uint64), rows[part]):
            raise BadFrame(f"A number at step {step!r} is not below its prime.", step=step)
    return out


def _words(size: int) -> int:
    return size // _GROUP * _GROUP_WORDS


def _parts(count: int) -> list[slice]:
    step = max(1, _MESSAGE // request_bytes())
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]


@compiled
def _pack_residues(rows: Words, out: Words) -> None:
    """Residues [r, primes, n] of 50 bits, lowest first, one after the other."""
    for r in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            for start in range(0, rows.shape[2], _GROUP * _TOGETHER):
                source = rows[r, i, start : start + _GROUP * _TOGETHER]
                first = start // _GROUP * _GROUP_WORDS
                _pack_groups(source, out[r, i, first : first + len(source) // _GROUP * _GROUP_WORDS])


@compiled
def _pack_groups(source: Words, target: Words) -> None:
    """Word after word of all groups: how the residues lie in it is the same in each."""
    count = len(source) // _GROUP
    for place in range(_GROUP_WORDS):
        # The residue that lies at the word's first bit, and how many bits of it are in the word before.
        first, before = 64 * place // PRIME_BITS, np.uint64(64 * place % PRIME_BITS)
        second, third = np.uint64(PRIME_BITS) - before, np.uint64(2 * PRIME_BITS) - before
        if third < np.uint64(64):
            for group in range(count):
                at = _GROUP * group + first
                word = source[at] >> before | source[at + 1] << second | source[at + 2] << third
                target[_GROUP_WORDS * group + place] = word
        else:
            for group in range(count):
                at = _GROUP * group + first
                target[_GROUP_WORDS * group + place] = source[at] >> before | source[at + 1] << second


@compiled
def _unpack_residues(packed: Words, primes: Words, out: Words) -> bool:
    """Undo :func:`_pack_residues`; whether every residue is below its prime."""
    mask = (np.uint64(1) << np.uint64(PRIME_BITS)) - np.uint64(1)
    is_sound = True
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            source, target = packed[r, i], out[r, i]
            largest = np.uint64(0)
            for group in range(len(target) // _GROUP):
                words = source[_GROUP_WORDS * group : _GROUP_WORDS * (group + 1)]
                part = target[_GROUP * group : _GROUP * (group + 1)]
                for j in range(_GROUP):
                    first, shift = PRIME_BITS * j // 64, PRIME_BITS * j % 64
                    value = words[first] >> np.uint64(shift)
                    if shift > 64 - PRIME_BITS:
                        value |= words[first + 1] << np.uint64(64 - shift)
                    part[j] = value & mask
                    largest = max(largest, part[j])
            is_sound &= largest < primes[i]
    return is_sound


@sample
def _smallest_messages() -> None:
    rows = np.zeros((1, 1, _GROUP), np.uint64)
    packed = np.empty((1, 1, _GROUP_WORDS), np.uint64)
    _pack_residues(rows, packed)
    _unpack_residues(packed, np.ones(1, np.uint64), rows)
