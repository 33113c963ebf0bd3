"""Correlated OTs in both directions over one channel, handed on run by run and batch after batch.

Each party is sender in one direction and receiver in the other. What is computed from transfers is cut into batches; a
party asks for the next batch before it waits for what the last one still lacks, so that a slow link stays full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.extension import SOFTSPOKEN, WORD_BITS, Ends, together
from server_node.offline.ot.hashing import PadHash, Words

Use = Callable[[int, Words, int], None]
"""Gets the number of a run's first transfer within the call, its keys, and its number since the session began."""


@dataclass(frozen=True)
class Received:
    """Receiver's half of a batch of OTs: keys [n, 2] and the index of the first."""

    keys: Words
    start: int

    def part(self, first: int, count: int) -> Received:
        """Some of them, in order."""
        return Received(self.keys[first : first + count], self.start + first)


@dataclass(frozen=True)
class Sent:
    """Sender's half of a batch of OTs."""

    keys: Words
    start: int

    def part(self, first: int, count: int) -> Sent:
        """Some of them, in order."""
        return Sent(self.keys[first : first + count], self.start + first)


class Batch(Protocol):
    """What is computed together, at one party; the other has the same with the directions exchanged."""

    @property
    def transfers(self) -> tuple[int, int]:
        """How many this party receives and sends."""
        ...

    def ask(self) -> None:
        """Receive transfers, if any: sends one message."""
        ...

    def serve(self) -> None:
        """Send transfers, if any: waits for the peer's :meth:`ask`, and sends corrections."""
        ...

    def finish(self) -> None:
        """Take the corrections of the peer's :meth:`serve`, if any."""
        ...


class Transfers:
    """Both directions of the OT extension. Setting it up runs the base OTs.

    Args:
        session: public bytes both parties share, fresh for every engine.
        choice: how transfers are made, the same at both parties.
    """

    def __init__(
        self, channel: Channel, party: Party, rng: RandomSource, session: bytes, choice: Ends = SOFTSPOKEN
    ) -> None:
        self.channel, self.party = channel, party
        if party is Party.P0:
            self._receiver = choice.receiver(channel, rng)
            self._sender = choice.sender(channel, rng)
        else:
            self._sender = choice.sender(channel, rng)
            self._receiver = choice.receiver(channel, rng)
        self.incoming = PadHash(session + bytes([party]))
        self.outgoing = PadHash(session + bytes([party.other]))
        self._received_count = 0
        self._sent_count = 0

    @property
    def count(self) -> int:
        """OTs made so far in both directions."""
        return self._received_count + self._sent_count

    @property
    def delta(self) -> Words:
        """What this party's two keys of a transfer differ by."""
        return self._sender.delta

    def receive(self, choices: Words, use: Use) -> None:
        """Receive 64 * len(choices) transfers; ``use`` gets t, run by run. Sends one message and waits for none."""
        if not len(choices):
            return
        start = self._received_count
        self._received_count += WORD_BITS * len(choices)
        self._receiver.extend(choices, lambda first, keys: use(first, keys, start + first))

    def send(self, count: int, use: Use) -> None:
        """Send ``count`` transfers, a multiple of 64; ``use`` gets q, run by run. Waits for the receiver's message."""
        if not count:
            return
        start = self._sent_count
        self._sent_count += count
        self._sender.extend(count, lambda first, keys: use(first, keys, start + first))

    def run(self, batches: Iterable[Batch]) -> None:
        """Make batches in order, each three steps long; of three that follow each other one step each is made in turn.

        So the messages of a party are: transfers of the first batch; of the second, corrections of the first; of the
        third, corrections of the second; and so on.
        """
        asked: Batch | None = None
        served: Batch | None = None
        for batch in batches:
            if not self._is_ready(batch.transfers, asked):
                _drain(asked, served)
                asked = served = None
                self._refill(*batch.transfers)
            batch.ask()
            if asked:
                asked.serve()
            if served:
                served.finish()
            asked, served = batch, asked
        _drain(asked, served)

    def extend(self, choices: Words, send: int) -> tuple[Received, Sent]:
        """Receive 64 * len(choices) OTs and send ``send`` (a multiple of 64), in one round; either may be none."""
        self._refill(WORD_BITS * len(choices), send)
        received_at, sent_at = self._received_count, self._sent_count
        keys, mine = np.empty((0, 2), np.uint64), np.empty((0, 2), np.uint64)
        if len(choices):
            keys = together(WORD_BITS * len(choices), partial(self._receiver.extend, choices))
        if send:
            mine = together(send, partial(self._sender.extend, send))
        self._received_count += len(keys)
        self._sent_count += len(mine)
        return Received(keys, received_at), Sent(mine, sent_at)

    def pads_received(self, batch: Received, words: int) -> Words:
        """The chosen pad of each OT, [n, words or one more]."""
        return self.incoming.pads(batch.keys, batch.start, words)

    def pads_sent(self, batch: Sent, words: int) -> tuple[Words, Words]:
        """Both pads of each OT, twice [n, words or one more]."""
        zero = self.outgoing.pads(batch.keys, batch.start, words)
        return zero, self.outgoing.pads(batch.keys, batch.start, words, self.delta)

    def _is_ready(self, transfers: tuple[int, int], asked: Batch | None) -> bool:
        """Whether nothing has to be refilled; both parties find the same.

        What the peer asked for is drawn there already, and will be here before anything that comes later.
        """
        receive, send = transfers
        return self._receiver.is_ready(receive) and self._sender.is_ready(send + (asked.transfers[1] if asked else 0))

    def _refill(self, receive: int, send: int) -> None:
        """Both parties refill the same direction at the same time, first that in which P0 receives."""
        ends = ((self._receiver, receive), (self._sender, send))
        for end, count in ends if self.party is Party.P0 else ends[::-1]:
            if not end.is_ready(count):
                end.refill(count)


def _drain(asked: Batch | None, served: Batch | None) -> None:
    if asked:
        asked.serve()
    if served:
        served.finish()
    if asked:
        asked.finish()
