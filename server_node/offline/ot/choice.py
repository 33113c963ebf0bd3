"""Which extension makes the transfers of a preparation: what suits their number and the link that both measured.

Neither server is asked: P0 decides by :func:`choose` and tells P1, which checks that it is one of :data:`ALLOWED`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from common.errors import BadFrame
from common.ids import Party
from common.net.channel import Channel
from common.wire.framing import HEADER_BYTES
from server_node.offline.ot.extension import BLOCK_BITS, SECURITY_BITS, Ends, SoftSpoken
from server_node.offline.ot.silent import prices
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import SETS

SOFTSPOKEN: Final = 0
SILENT: Final = 1
MEASURED: Final = 1 << 22
"""So many transfers are worth a measurement; fewer come from the default."""
_PIECES: Final = 4
_MAX_PIECE: Final = 1 << 20
_PINGS: Final = 3
_PING_BYTES: Final = 8
_FIGURES: Final = 2
_CHOICE_BYTES: Final = 2
_NANO: Final = 1e-9
_LEAST_BYTE: Final = 2e-9
"""Seconds that encrypting and copying a byte takes at least; what buffers held already seems to take less."""


@dataclass(frozen=True)
class Extension:
    """A protocol by its number on the wire, and its size: bits of a block, or the depth of a tree."""

    protocol: int
    size: int

    def ends(self, party: Party, session: bytes) -> Ends:
        """What the engine makes its two ends from; ``session`` is public and fresh."""
        if self.protocol == SILENT:
            return SilentEnds(party, session, SETS[self.size])
        return SoftSpoken(self.size)

    @property
    def row_bytes(self) -> int:
        """What the receiver sends in each call for 64 transfers."""
        return 8 if self.protocol == SILENT else 8 * SECURITY_BITS // self.size


DEFAULT: Final = Extension(SOFTSPOKEN, BLOCK_BITS)
_WORK: Final = {
    Extension(SOFTSPOKEN, 2): 8.0,
    DEFAULT: 11.0,
    Extension(SOFTSPOKEN, 8): 60.0,
    Extension(SILENT, 10): 33.0,
    Extension(SILENT, 11): 33.0,
    Extension(SILENT, 12): 37.0,
    Extension(SILENT, 13): 48.0,
}
"""Nanoseconds of work without the link that a transfer is at both ends at the same time."""
ALLOWED: Final = frozenset(_WORK)


@dataclass(frozen=True)
class Link:
    """What was measured, in seconds: a message there and one back, and a byte while as many come the other way."""

    round_trip: float
    byte: float


def choose(transfers: int, link: Link) -> Extension:
    """The allowed extension that makes so many transfers, about half of them each way, in the shortest time."""
    return min(_WORK, key=lambda one: _seconds(one, transfers, link))


def _seconds(extension: Extension, transfers: int, link: Link) -> float:
    each = transfers // 2
    sent, waits = each * extension.row_bytes / 64, 0
    if extension.protocol == SILENT:
        price = prices.rounds(SETS[extension.size], each)
        sent += price.holder + price.receiver
        waits = 2 * (1 + price.rounds)
    return transfers * _WORK[extension] * _NANO + sent * link.byte + waits * link.round_trip / 2


def agree(channel: Channel, party: Party, transfers: int) -> Extension:
    """Measure the link, unless there are few transfers, and agree on an extension; both know ``transfers``.

    Raises:
        BadFrame: P0 chose what is not allowed.

    *Rounds* none for few transfers, otherwise six. *Bytes* those of :func:`agreement_bytes`. *Leaks* how fast the
    parties find the link to be.
    """
    if transfers < MEASURED:
        return DEFAULT
    round_trip = _ping(channel, party)
    figures = np.array([round_trip, _flood(channel, _piece(transfers))], np.uint64)
    theirs = channel.exchange("prepare-link", figures)
    if party is Party.P1:
        return _checked(channel.receive("prepare-choice", np.empty(_CHOICE_BYTES, np.uint8)))
    slowest = np.maximum(figures, theirs).astype(np.float64)
    link = Link(slowest[0] * _NANO, max(_LEAST_BYTE, slowest[1] * _NANO / _MAX_PIECE))
    chosen = choose(transfers, link)
    channel.send("prepare-choice", np.array([chosen.protocol, chosen.size], np.uint8))
    return chosen


def agreement_bytes(transfers: int, party: Party) -> int:
    """What a party sends in :func:`agree`, headers included."""
    if transfers < MEASURED:
        return 0
    pings = _PINGS * (_PING_BYTES + HEADER_BYTES)
    flood = _PIECES * (_piece(transfers) + HEADER_BYTES)
    choice = _CHOICE_BYTES + HEADER_BYTES if party is Party.P0 else 0
    return pings + flood + _FIGURES * 8 + HEADER_BYTES + choice


def _piece(transfers: int) -> int:
    """Bytes of a long message: together a small part of what the transfers will take."""
    return min(_MAX_PIECE, transfers >> 4)


def _ping(channel: Channel, party: Party) -> int:
    """Nanoseconds of the quickest of a few short messages there and back; P0 begins each."""
    word, best = np.zeros(_PING_BYTES, np.uint8), 0
    for turn in range(_PINGS):
        began = time.perf_counter_ns()
        if party is Party.P0:
            channel.exchange("prepare-link", word)
        else:
            channel.receive("prepare-link", np.empty_like(word))
        taken = time.perf_counter_ns() - began
        if party is Party.P1:
            channel.send("prepare-link", word)
        # What P1 waits for the first one includes what P0 did before.
        if party is Party.P0 or turn:
            best = min(best, taken) if best else taken
    return best


def _flood(channel: Channel, size: int) -> int:
    """Nanoseconds for 1 MiB of long messages in both directions, from the arrival of the first to that of the last."""
    piece, received = np.zeros(size, np.uint8), np.empty(size, np.uint8)
    for _ in range(_PIECES):
        channel.send("prepare-link", piece)
    channel.receive("prepare-link", received)
    began = time.perf_counter_ns()
    for _ in range(_PIECES - 1):
        channel.receive("prepare-link", received)
    return (time.perf_counter_ns() - began) * _MAX_PIECE // ((_PIECES - 1) * size)


def _checked(choice: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Extension:
    extension = Extension(*map(int, choice))
    if extension not in ALLOWED:
        raise BadFrame("The other server chose transfers of a kind that this one does not make.", step="prepare-choice")
    return extension
