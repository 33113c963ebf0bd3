"""Correlated OTs between the two servers and the products they give.

Each party is sender in one direction and receiver in the other; an exchange runs both at once, so its price is two
messages each way whatever it computes. The methods return additive (or xor) shares of products of a value only one
party knows with a value only the other knows; Gilboa, "Two party RSA key generation" (CRYPTO 1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import kernels
from server_node.offline.ot.extension import SOFTSPOKEN, Ends, together
from server_node.offline.ot.hashing import PadHash, Words

_BATCH_OTS = 1 << 20
_BATCH_PAD_WORDS = 1 << 22
WORD_BITS = 64


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


class CotEngine:
    """Both directions of the OT extension over one channel. Setting it up runs the base OTs.

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
        self._receive_hash = PadHash(session + bytes([party]))
        self._send_hash = PadHash(session + bytes([party.other]))
        self._received_count = 0
        self._sent_count = 0

    @property
    def count(self) -> int:
        """OTs made so far in both directions."""
        return self._received_count + self._sent_count

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

    def _refill(self, receive: int, send: int) -> None:
        """Both parties refill the same direction at the same time, first that in which P0 receives."""
        ends = ((self._receiver, receive), (self._sender, send))
        for end, count in ends if self.party is Party.P0 else ends[::-1]:
            if not end.is_ready(count):
                end.refill(count)

    def pads_received(self, batch: Received, words: int) -> Words:
        """The chosen pad of each OT, [n, words or one more]."""
        return self._receive_hash.pads(batch.keys, batch.start, words)

    def pads_sent(self, batch: Sent, words: int) -> tuple[Words, Words]:
        """Both pads of each OT, twice [n, words or one more]."""
        zero = self._send_hash.pads(batch.keys, batch.start, words)
        return zero, self._send_hash.pads(batch.keys ^ self._sender.delta, batch.start, words)

    def ring_products(self, choices: Words, values: Words, bits: int = WORD_BITS) -> tuple[Words, Words]:
        """Shares of (my choices x peer's values, my values x peer's choices), element by element, exact mod 2^bits.

        Args:
            choices: [e] this party's factors as receiver.
            values: [e] its factors as sender.
            bits: a multiple of 8.

        *Bytes* each way per element: 16 * bits / block_bits + 4 * o * (o + 1) for o = bits / 8.
        """
        received, sent = np.empty_like(choices), np.empty_like(choices)
        for part in self._batches(len(choices), WORD_BITS, 1):
            mine, theirs = self._product_batch(choices[part], values[part, None], bits)
            received[part], sent[part] = mine[:, 0], theirs[:, 0]
        return received, sent

    def matrix_products(self, choices: Words, values: Words, bits: int = WORD_BITS) -> Words:
        """Share of (my choices)^T @ (peer's values) + (peer's choices)^T @ (my values), exact mod 2^bits.

        Args:
            choices: [k, n] this party's factors as receiver.
            values: [k, v] its rows as sender; one goes with each of the n elements of its row of the peer's choices.
            bits: a multiple of 8.

        Returns [n, v]; the k n rows are added up while they are made. *Bytes* each way for each of them:
        16 * bits / block_bits + 4 * o * (o + 1) * v for o = bits / 8.
        """
        size, flat = choices.shape[1], choices.reshape(-1)
        out = np.zeros((size, values.shape[1]), np.uint64)
        for part in self._batches(len(flat), WORD_BITS, values.shape[1]):
            rows = values[np.arange(part.start, part.stop) // size]
            received, sent = self._product_batch(flat[part], rows, bits)
            received += sent
            _add_in_turn(received, part.start % size, out)
        return out

    def _product_batch(self, choices: Words, values: Words, bits: int = WORD_BITS) -> tuple[Words, Words]:
        """One round trip: OTs for all bits, then corrections octet by octet, the widest first."""
        (count, width), octets = values.shape, bits // 8
        chosen = np.ascontiguousarray(choices.view(np.uint8).reshape(-1, 8)[:, :octets].T)
        received, sent = self.extend(_whole_words(chosen), -(-count * bits // WORD_BITS) * WORD_BITS)
        as_sender, as_receiver = np.zeros((count, width), np.uint64), np.zeros((count, width), np.uint64)
        for octet in range(octets):
            part = sent.part(8 * count * octet, 8 * count)
            group = (8 * octet, octets - octet)
            self.channel.send("product-corrections", self._give(part, values, group, as_sender))
        for octet in range(octets):
            taken = received.part(8 * count * octet, 8 * count)
            group = (8 * octet, octets - octet)
            packed = np.empty((8 * count, group[1] * width), np.uint8)
            self.channel.receive("product-corrections", packed)
            self._take(taken, chosen[octet], group, packed, as_receiver)
        return as_receiver, as_sender

    def _give(self, part: Sent, values: Words, group: tuple[int, int], out: Words) -> npt.NDArray[np.uint8]:
        """Corrections of one octet, [8 e, group width * v]; adds this party's share to ``out`` [e, v]."""
        (count, width), (first, size) = values.shape, group
        pads0, pads1 = self.pads_sent(part, _words(size * width))
        if width == 1:
            words = np.empty(8 * count, np.uint64)
            kernels.gilboa_send_single(pads0, pads1, values[:, 0], first, words, out[:, 0])
            return _low_bytes(words, size)
        packed = np.empty((8 * count, size * width), np.uint8)
        kernels.gilboa_send(pads0.view(np.uint8), pads1.view(np.uint8), values, group, packed, out)
        return packed

    def _take(
        self,
        part: Received,
        choices: npt.NDArray[np.uint8],
        group: tuple[int, int],
        packed: npt.NDArray[np.uint8],
        out: Words,
    ) -> None:
        """The receiver's side of :meth:`_give`."""
        width, (first, size) = out.shape[1], group
        pads = self.pads_received(part, _words(size * width))
        if width == 1:
            kernels.gilboa_receive_single(pads, choices, first, _from_low_bytes(packed), out[:, 0])
        else:
            kernels.gilboa_receive(pads.view(np.uint8), choices, group, packed, out)

    def bit_products(self, choices: Words, values: Words, peer_width: int | None = None) -> tuple[Words, Words]:
        """Xor shares of bitwise products, packed: (choices & peer's values [m', w], my values [m, w] & peer's choices).

        Either side may be absent: pass ``choices`` or ``values`` with zero words.
        """
        receive_width = len(values) if peer_width is None else peer_width
        as_receiver = np.empty((receive_width, len(choices)), np.uint64)
        as_sender = np.empty_like(values)
        for part in self._batches(max(len(choices), values.shape[1]), WORD_BITS, 1):
            found = self._bit_batch(choices[part], np.ascontiguousarray(values[:, part]), receive_width)
            as_receiver[:, part], as_sender[:, part] = found
        return as_receiver, as_sender

    def _bit_batch(self, choices: Words, values: Words, receive_width: int) -> tuple[Words, Words]:
        send_width, words = values.shape
        received, sent = self.extend(choices, words * WORD_BITS)
        pads0, pads1 = self.pads_sent(sent, 2)
        as_sender, corrections = np.empty_like(values), np.empty_like(values)
        for bit in range(send_width):
            kernels.pack_bit(pads0, bit, as_sender[bit])
            kernels.pack_bit(pads1, bit, corrections[bit])
        corrections ^= as_sender ^ values
        if words:
            self.channel.send("bit-corrections", corrections)
        pads = self.pads_received(received, 2)
        as_receiver = np.empty((receive_width, len(choices)), np.uint64)
        for bit in range(receive_width):
            kernels.pack_bit(pads, bit, as_receiver[bit])
        if len(choices):
            as_receiver ^= self.channel.receive("bit-corrections", np.empty_like(as_receiver)) & choices
        return as_receiver, as_sender

    def bit_times_ring(
        self, choices: Words, values: Words, size: int, width: int = 1, value_bytes: int = 8
    ) -> tuple[Words, Words]:
        """Additive shares of (my bits x peer's values, my values x peer's bits), mod 2^(8 * value_bytes).

        Args:
            choices: my bits packed, 64 a word, or no words if this party only sends.
            values: [n, v] with n a multiple of 64, or [0, v].
            size, width: shape of the peer's values.
        """
        as_sender, as_receiver = np.empty(values.shape, np.uint64), np.empty((size, width), np.uint64)
        for part in self._batches(max(len(values), size) // WORD_BITS, WORD_BITS, 1):
            ots = slice(part.start * WORD_BITS, part.stop * WORD_BITS)
            shape = (len(range(*ots.indices(size))), width)
            found = self._ring_batch(choices[part], values[ots], shape, value_bytes)
            as_receiver[ots], as_sender[ots] = found
        return as_receiver, as_sender

    def random_pads(self, choices: Words) -> tuple[Words, Words, Words]:
        """Random OTs both ways, 64 a word of ``choices``: the pad they choose, and both pads of the peer's choices."""
        chosen, pad0, pad1 = (np.empty(len(choices) * WORD_BITS, np.uint64) for _ in range(3))
        for part in self._batches(len(choices), WORD_BITS, 1):
            ots = slice(part.start * WORD_BITS, part.stop * WORD_BITS)
            received, sent = self.extend(choices[part], len(choices[part]) * WORD_BITS)
            zero, one = self.pads_sent(sent, 2)
            pad0[ots], pad1[ots] = zero[:, 0], one[:, 0]
            chosen[ots] = self.pads_received(received, 2)[:, 0]
        return chosen, pad0, pad1

    def one_of_many(self, indices: Words, count: int, index_bits: int) -> Words:
        """Random one-of-N OTs from P0 to P1, N = 2^index_bits (Naor and Pinkas, STOC 1999).

        ``index_bits`` transfers each; pad j is the xor over i of word j of the stream of the i-th transfer's key for
        bit i of j, so that one missing key hides every other pad.

        Args:
            indices: [count] of P1; ignored at P0.

        Returns all pads [count, N] at P0, the pad at the index [count, 1] at P1.
        """
        entries, step = 1 << index_bits, lookup_batch(index_bits)
        shape = (count, entries if self.party is Party.P0 else 1)
        out = np.zeros(shape, np.uint64)
        for first in range(0, count, step):
            size = min(step, count - first)
            ots = -(-size * index_bits // WORD_BITS) * WORD_BITS
            part = out[first : first + size]
            if self.party is Party.P0:
                _, sent = self.extend(indices[:0], ots)
                self._all_pads(sent.part(0, size * index_bits), index_bits, part)
            else:
                choices = _bit_rows(indices[first : first + size], index_bits)
                received, _ = self.extend(_whole_words(np.packbits(choices, bitorder="little")), 0)
                pads = self.pads_received(received.part(0, size * index_bits), entries)
                self._picked_pads(pads.reshape(size, index_bits, -1), indices[first : first + size], part)
        return out

    def digit_pads(self, choices: Words, count: int) -> Words:
        """Random one-of-16 OTs of two bits from P0 to P1, bit-sliced, 64 for each of ``count`` words.

        Four transfers each: number 256 w + 64 i + e of the call is that of bit i of the index of element 64 w + e. Bit
        b of message v is the xor over i of bit 2 v + b of the pad of transfer i for bit i of v.

        Args:
            choices: [4, count] of P1, its indices from the lowest bit on; [4, 0] at P0.

        Returns all messages [16, 2, count] at P0, those at the indices [2, count] at P1.
        """
        shape = (16, 2, count) if self.party is Party.P0 else (2, count)
        out = np.empty(shape, np.uint64)
        for part in self._batches(count, 4 * WORD_BITS, 1):
            width = len(range(*part.indices(count)))
            received, sent = self.extend(choices[:, part].T.reshape(-1), self._to_p1(4 * width * WORD_BITS))
            found = np.zeros((16, 2, width), np.uint64)
            pads = [*self.pads_sent(sent, 1), self.pads_received(received, 1)]
            tables = [table[:, 0].reshape(-1, 4, WORD_BITS).transpose(1, 0, 2).reshape(4, -1) for table in pads]
            for value in range(16):
                for bit in range(2):
                    for i in range(4):
                        table = tables[(value >> i) & 1 if self.party is Party.P0 else 2]
                        plane = (table[i] >> np.uint64(2 * value + bit)) & np.uint64(1)
                        found[value, bit] ^= np.packbits(plane.astype(np.uint8), bitorder="little").view(np.uint64)
            if self.party is Party.P1:
                digits = choices[:, part]
                for value in range(16):
                    chosen = np.bitwise_and.reduce([digits[i] if value >> i & 1 else ~digits[i] for i in range(4)])
                    found[value] &= chosen
                found = np.bitwise_xor.reduce(found, axis=0)
            out[..., part] = found
        return out

    def _to_p1(self, count: int) -> int:
        """Transfers that this party sends if P0 sends ``count``."""
        return count if self.party is Party.P0 else 0

    def _all_pads(self, sent: Sent, index_bits: int, out: Words) -> None:
        pads = np.stack(self.pads_sent(sent, out.shape[1]))[:, :, : out.shape[1]]
        table = pads.reshape(2, len(out), index_bits, out.shape[1])
        columns = np.arange(out.shape[1])
        for bit in range(index_bits):
            side = (columns >> bit) & 1
            out ^= np.where(side == 1, table[1, :, bit], table[0, :, bit])

    @staticmethod
    def _picked_pads(pads: Words, indices: Words, out: Words) -> None:
        rows = np.arange(len(indices))
        out[:, 0] = np.bitwise_xor.reduce(pads[rows, :, indices.astype(np.intp)], axis=1)

    def _ring_batch(
        self, choices: Words, values: Words, shape: tuple[int, int], value_bytes: int
    ) -> tuple[Words, Words]:
        size, width = shape
        received, sent = self.extend(choices, len(values))
        as_sender, as_receiver = np.empty(values.shape, np.uint64), np.empty((size, width), np.uint64)
        if len(values):
            pads0, pads1 = self.pads_sent(sent, 2)
            corrections = np.empty_like(values)
            kernels.correlate_send(pads0, pads1, values, corrections)
            self.channel.send("ring-corrections", _low_bytes(corrections, value_bytes))
            np.negative(pads0[:, : values.shape[1]], out=as_sender)
        if size:
            pads = self.pads_received(received, 2)
            packed = self.channel.receive("ring-corrections", np.empty((size, width, value_bytes), np.uint8))
            kernels.correlate_receive(pads, choices, _from_low_bytes(packed), as_receiver)
        return as_receiver, as_sender

    def _batches(self, count: int, ots: int, width: int) -> Iterator[slice]:
        step = batch_size(ots, width)
        for first in range(0, count, step):
            yield slice(first, min(first + step, count))


def batch_size(ots: int, width: int) -> int:
    """How many elements are made together if each takes ``ots`` transfers with ``width`` values a transfer."""
    return max(1, min(_BATCH_OTS // ots, _BATCH_PAD_WORDS // (ots * max(2, width))))


def lookup_batch(index_bits: int) -> int:
    """How many one-of-N transfers are made together."""
    return max(1, _BATCH_PAD_WORDS // (2 * index_bits << index_bits))


def _add_in_turn(rows: Words, first: int, out: Words) -> None:
    """Add ``rows`` to those of ``out`` [n, v], one after the other from ``first`` on and again from the start."""
    size = len(out)
    head = rows[: (size - first) % size]
    out[first : first + len(head)] += head
    rest = rows[len(head) :]
    whole = len(rest) // size * size
    out += rest[:whole].reshape(-1, *out.shape).sum(axis=0, dtype=np.uint64)
    out[: len(rest) - whole] += rest[whole:]


def _whole_words(octets: npt.NDArray[np.uint8]) -> Words:
    """Bytes in order as words, filled up with zeros."""
    packed = np.zeros((octets.size + 7) // 8 * 8, np.uint8)
    packed[: octets.size] = octets.reshape(-1)
    return packed.view(np.uint64)


def _bit_rows(values: Words, bits: int) -> npt.NDArray[np.uint8]:
    """The low ``bits`` bits of each value, lowest first, one after the other."""
    shifts = np.arange(bits, dtype=np.uint64)
    return ((values[:, None] >> shifts) & np.uint64(1)).astype(np.uint8).reshape(-1)


def _words(size: int) -> int:
    """Words that hold ``size`` bytes."""
    return (size + 7) // 8


def _low_bytes(words: Words, size: int) -> npt.NDArray[np.uint8]:
    """The ``size`` low bytes of each little-endian word: [n, v, size]."""
    return np.ascontiguousarray(words[..., None].view(np.uint8)[..., :size])


def _from_low_bytes(packed: npt.NDArray[np.uint8]) -> Words:
    whole = np.zeros((*packed.shape[:-1], 8), np.uint8)
    whole[..., : packed.shape[-1]] = packed
    return whole.view(np.uint64)[..., 0]
