"""A session of both parties over the link: their keys, and messages of ciphertexts in both directions.

    both → both   lattice-seed      the 32 bytes that the uniform halves of the sender's ciphertexts follow from
    both → both   lattice-keys      public keys, when a product takes more rows than any before
    both → both   lattice-requests  the other halves of ciphertexts
    both → both   lattice-replies   sums under encryption
"""

from __future__ import annotations

import numpy as np

from common.crypto.rng import RandomSource
from common.net.channel import Channel
from server_node.offline.lattice.keys import LEVELS, Evaluator, Owner, Replies, Words
from server_node.offline.lattice.ring.parameters import DEGREE
from server_node.offline.lattice.wire import receive_residues, send_residues

SEED, KEYS, REQUESTS, REPLIES = "lattice-seed", "lattice-keys", "lattice-requests", "lattice-replies"


class LatticeSession:
    """Fresh secrets of this party and what it computes with of the other's; nothing outlives the preparation.

    *Rounds* 1, when first used. *Bytes* each way: 32, then what :mod:`.prices` says for each product.
    """

    def __init__(self, channel: Channel, rng: RandomSource) -> None:
        self._channel, self._rng = channel, rng
        self._ends: tuple[Owner, Evaluator] | None = None

    @property
    def owner(self) -> Owner:
        """This party's secrets."""
        return self._both()[0]

    @property
    def evaluator(self) -> Evaluator:
        """What this party computes with on the other's ciphertexts."""
        return self._both()[1]

    def _both(self) -> tuple[Owner, Evaluator]:
        """Both ends; the first time they exchange their seeds."""
        if self._ends is None:
            owner = Owner(self._rng)
            theirs = self._channel.exchange(SEED, np.frombuffer(owner.seed, np.uint8))
            self._ends = owner, Evaluator(theirs.tobytes(), self._rng)
        return self._ends

    def ask(self, messages: Words, modulus: int) -> None:
        """Encrypt polynomials [count, rows, n] and send them; first keys for the rows that have none."""
        owner, missing = self.owner, messages.shape[1] - self.owner.rows
        if missing > 0:
            send_residues(self._channel, KEYS, owner.publics(missing))
        for rows in messages:
            send_residues(self._channel, REQUESTS, owner.encrypt(rows, modulus))

    def asked(self, rows: int, count: int) -> Words:
        """What the other party sent by :meth:`ask`, as left factor of its replies.

        Raises:
            BadFrame: a number is not below its prime.
        """
        evaluator, missing = self.evaluator, rows - self.evaluator.rows
        if missing > 0:
            keys = np.empty((missing, LEVELS, DEGREE), np.uint64)
            evaluator.add_publics(receive_residues(self._channel, KEYS, keys))
        panel, part = evaluator.panel(rows, count), np.empty((rows, LEVELS, DEGREE), np.uint64)
        for index in range(count):
            evaluator.take(panel, index, receive_residues(self._channel, REQUESTS, part))
        return panel

    def answer(self, replies: Replies) -> None:
        """Send replies."""
        self._channel.send_parts(REPLIES, [replies.c0, replies.c1])

    def answers(self, modulus: int, columns: int, rows: int, useful: int) -> Replies:
        """Receive what the other party sent by :meth:`answer`."""
        replies = Replies.empty(modulus, columns, rows, useful)
        self._channel.receive_parts(REPLIES, [replies.c0, replies.c1])
        return replies

    def close(self) -> None:
        """Overwrite the secrets."""
        if self._ends:
            self._ends[0].wipe()
