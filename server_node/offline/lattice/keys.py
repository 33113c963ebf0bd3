"""Both sides of a session: who owns the secrets and encrypts, and who computes on what it was sent.

Ciphertexts come in rows: row r is encrypted under secret r, and ciphertext k of every row has the same uniform half,
one polynomial of the owner's public seed (Peikert, Vaikuntanathan and Waters, CRYPTO 2008, section 7.2, pack several
messages in this way). Polynomial 0 of the seed belongs to the encryptions of zero that are the public keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from server_node.offline.lattice import panels
from server_node.offline.lattice.ring import noise, scheme
from server_node.offline.lattice.ring.parameters import DEGREE, PRIMES, SEED_BYTES, message_bits, reply_bytes
from server_node.offline.lattice.ring.sampling import Secrets, expand

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

LEVELS: Final = len(PRIMES)
_MODULI: Final = panels.constants(PRIMES)
_IN_CACHE: Final = 2
"""Polynomials that are transformed and packed before the next, so that they are still near the processor."""


@dataclass(frozen=True)
class Replies:
    """Sums under encryption, as byte planes: the useful coefficients ``c0`` [columns, rows, bytes, useful] of each row
    and the half ``c1`` [columns, bytes, n] that all rows share."""

    c0: Bytes
    c1: Bytes

    @classmethod
    def empty(cls, modulus: int, columns: int, rows: int, useful: int) -> Replies:
        """Room for replies modulo ``modulus``."""
        first, second = reply_bytes(modulus)
        c0 = np.empty((columns, rows, first, useful), np.uint8)
        return cls(c0, np.empty((columns, second, DEGREE), np.uint8))


class Owner:
    """Encrypts this party's polynomials and decrypts what the other one made of them."""

    def __init__(self, rng: RandomSource) -> None:
        self.seed = rng.token(SEED_BYTES)
        self._secrets = Secrets(rng)
        self._values: list[Words] = []
        self._next = 1

    @property
    def rows(self) -> int:
        """How many secrets there are."""
        return len(self._values)

    def publics(self, count: int) -> Words:
        """Public keys [count, 4, n] of so many new secrets."""
        uniform = expand(self.seed, 1)[0]
        out = scheme.small(np.stack([self._secrets.error()[0] for _ in range(count)]))
        for target in out:
            self._values.append(scheme.small(self._secrets.ternary()[None])[0])
            panels.subtract_product(target, uniform, self._values[-1], _MODULI)
        return out

    def encrypt(self, messages: Words, modulus: int) -> Words:
        """What is sent of polynomials [rows, n] modulo ``modulus``: [rows, 4, n], with the next uniform half.

        Raises ``ValueError`` without a secret for each row: what has none would be sent as it is.
        """
        if len(messages) > self.rows:
            raise ValueError("there are fewer secrets than rows")
        uniform = expand(self.seed, 1, self._next)[0]
        self._next += 1
        out = scheme.noisy(messages, modulus, self._secrets)
        for target, secret in zip(out, self._values, strict=False):
            panels.subtract_product(target, uniform, secret, _MODULI)
        return out

    def decrypt(self, replies: Replies, places: Places, modulus: int) -> Words:
        """The messages [rows, columns, useful] at ``places`` behind replies."""
        columns, rows, _, useful = replies.c0.shape
        out = np.empty((rows, columns, useful), np.uint64)
        for column in range(columns):
            values = scheme.open_uniform(replies.c1[column])
            for r in range(rows):
                product = panels.product(values, self._values[r][: len(values)], _MODULI)
                out[r, column] = scheme.decode(product, replies.c0[column, r], places, modulus)
        return out

    def wipe(self) -> None:
        """Overwrite the secrets; nothing can be decrypted any more."""
        for secret in self._values:
            secret[:] = 0
        self._values.clear()


class Evaluator:
    """Computes on the other party's ciphertexts, and hides in its replies all but the masked messages.

    An encryption of zero hides this party's polynomials in the uniform half, flooding hides them in the noise; see
    docs/decisions/0026-ring-lwe.md.
    """

    def __init__(self, seed: bytes, rng: RandomSource) -> None:
        self._seed = seed
        self._secrets = Secrets(rng)
        self._publics = expand(seed, 1)
        self._next = 1
        self._right, self._sums = panels.Room(), panels.Room()

    @property
    def rows(self) -> int:
        """How many public keys there are."""
        return len(self._publics) - 1

    def add_publics(self, publics: Words) -> None:
        """Take new public keys [count, 4, n]."""
        self._publics = np.concatenate([self._publics, publics])

    def masks(self, modulus: int, *shape: int) -> Words:
        """Uniform messages modulo a power of two."""
        return self._secrets.words(*shape) >> np.uint64(64 - message_bits(modulus))

    def words(self, *shape: int) -> Words:
        """Uniform words."""
        return self._secrets.words(*shape)

    def panel(self, rows: int, count: int) -> Words:
        """Room for ciphertexts as left factor, with what encryptions of zero are made from: see :meth:`take`.

        Raises ``ValueError`` without a public key for each row: there would be nothing to hide its replies with.
        """
        if rows > self.rows:
            raise ValueError("there are fewer public keys than rows")
        out = panels.empty(LEVELS, DEGREE, count + 1, rows + 1)
        panels.pack(self._publics[: rows + 1, None], out, (count, 0))
        return out

    def take(self, panel: Words, index: int, requests: Words) -> None:
        """Put the next ciphertexts [rows, 4, n] to place ``index`` of a panel."""
        panels.pack(expand(self._seed, 1, self._next)[None], panel, (index, 0))
        self._next += 1
        panels.pack(requests[:, None], panel, (index, 1))

    def plains(self, messages: Words, modulus: int) -> Words:
        """Polynomials [columns, count, n] of this party, and a fresh small one for each column, as right factor.

        The factor is good until the next one is made.
        """
        columns, count = messages.shape[:2]
        out = self._right.of(*panels.shape(LEVELS, DEGREE, count + 1, columns))
        for column in range(columns):
            for first in range(0, count, _IN_CACHE):
                lifted = scheme.lift(messages[column, first : first + _IN_CACHE], modulus)
                panels.pack(lifted[None], out, (first, column))
            panels.pack(scheme.small(self._secrets.ternary()[None])[None], out, (count, column))
        return out

    def replies(self, left: Words, right: Words, masks: Words, places: Places, modulus: int) -> Replies:
        """Replies from packed factors with the messages plus ``masks`` [rows, columns, useful].

        Raises ``ValueError`` for sums of so many products that a reply might be wrong or hide too little.
        """
        rows, columns = left.shape[3] - 1, right.shape[3]
        noise.check_terms(left.shape[2] - 1, modulus)
        sums = self._sums.of(rows + 1, columns, LEVELS, DEGREE)
        panels.multiply(left, right, _MODULI, sums)
        made = Replies.empty(modulus, columns, rows, len(places))
        for column in range(columns):
            scheme.reply_uniform(sums[0, column], self._secrets, made.c1[column])
            for r in range(rows):
                hidden = scheme.reply_messages(sums[r + 1, column], places, masks[r, column], modulus, self._secrets)
                made.c0[column, r] = hidden
        return made
