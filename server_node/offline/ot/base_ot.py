"""The few public-key oblivious transfers everything else grows from.

Chou and Orlandi, "The simplest protocol for oblivious transfer" (LATINCRYPT 2015), on the prime-order subgroup of
edwards25519 (libsodium), semi-honest. Points are checked to lie in the subgroup before use.

*Rounds* 2 one-way messages. *Bytes* 32 to the receiver, 32 per transfer to the sender. *Leaks* nothing.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
from nacl import bindings, exceptions

from common.crypto.domains import BASE_OT_V1
from common.crypto.rng import RandomSource
from common.errors import BadFrame
from common.net.channel import Channel

KEY_BYTES = 16
_POINT = 32


def send(channel: Channel, count: int, rng: RandomSource) -> list[tuple[bytes, bytes]]:
    """Play the sender of ``count`` random OTs: a pair of 16-byte keys each."""
    secret = _scalar(rng)
    public = bindings.crypto_scalarmult_ed25519_base_noclamp(secret)
    channel.send("base-ot-public", np.frombuffer(public, np.uint8))
    answers = channel.receive("base-ot-answers", np.empty((count, _POINT), np.uint8))
    offset = bindings.crypto_scalarmult_ed25519_noclamp(secret, public)
    pairs = []
    for index in range(count):
        answer = _checked(answers[index].tobytes())
        shared = bindings.crypto_scalarmult_ed25519_noclamp(secret, answer)
        other = bindings.crypto_core_ed25519_sub(shared, offset)
        transcript = index.to_bytes(4, "little") + public + answer
        pairs.append((_key(transcript, shared), _key(transcript, other)))
    return pairs


def receive(channel: Channel, choices: npt.NDArray[np.uint8], rng: RandomSource) -> list[bytes]:
    """Play the receiver: the key of each pair that ``choices`` [count] (0 or 1) points at."""
    public = _checked(channel.receive("base-ot-public", np.empty(_POINT, np.uint8)).tobytes())
    answers = np.empty((len(choices), _POINT), np.uint8)
    keys = []
    for index, choice in enumerate(choices):
        secret = _scalar(rng)
        plain = bindings.crypto_scalarmult_ed25519_base_noclamp(secret)
        moved = bindings.crypto_core_ed25519_add(plain, public)
        answer = moved if choice else plain
        answers[index] = np.frombuffer(answer, np.uint8)
        shared = bindings.crypto_scalarmult_ed25519_noclamp(secret, public)
        keys.append(_key(index.to_bytes(4, "little") + public + answer, shared))
    channel.send("base-ot-answers", answers)
    return keys


def _scalar(rng: RandomSource) -> bytes:
    return bytes(bindings.crypto_core_ed25519_scalar_reduce(rng.token(64)))


def _checked(point: bytes) -> bytes:
    try:
        if not bindings.crypto_core_ed25519_is_valid_point(point):
            raise BadFrame("The other server sent a point outside the group.")
    except (exceptions.CryptoError, TypeError) as error:
        raise BadFrame("The other server sent a damaged point.") from error
    return point


def _key(transcript: bytes, shared: bytes) -> bytes:
    return hashlib.blake2b(BASE_OT_V1.encode() + transcript + shared, digest_size=KEY_BYTES).digest()
