"""What A and B toss together: the seed of the public schedule, which neither chose alone."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Final

import numpy as np

from common.crypto.domains import JOINT_TOSS_V1
from common.crypto.rng import RandomSource
from common.documents import canonical
from common.net.channel import Channel
from common.net.files import write_private

_FILE: Final = "joint-toss"
_SEED_BYTES: Final = 32
_NONE: Final = bytes(32)


def joint_seed(channel: Channel, rng: RandomSource) -> bytes:
    """32 bytes neither server chose alone. *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing."""
    mine = np.frombuffer(rng.token(32), np.uint8)
    theirs = channel.exchange("joint-toss", mine)
    ordered = sorted([mine.tobytes(), theirs.tobytes()])
    return hashlib.sha256(JOINT_TOSS_V1.encode() + b"".join(ordered)).digest()


def kept_seed(channel: Channel, rng: RandomSource, folder: Path, job: str) -> bytes:
    """The seed that both servers keep in their folders for this job; else a new one, which is kept from now on.

    A job that stopped before its first checkpoint goes on with its toss, so what it prepared is still of use.

    *Rounds* 1, or 2 for a new toss. *Bytes* 32 or 64 each way. *Leaks* nothing.

    Raises:
        DiskFull: a new toss cannot be kept.
    """
    path = folder / _FILE
    seed = _read(path, job)
    mine = np.frombuffer(_NONE if seed is None else _digest(job, seed), np.uint8)
    theirs = channel.exchange("joint-toss-kept", mine)
    if seed is not None and hmac.compare_digest(mine.tobytes(), theirs.tobytes()):
        return seed
    seed = joint_seed(channel, rng)
    write_private(path, seed + _digest(job, seed))
    return seed


def _read(path: Path, job: str) -> bytes | None:
    """The seed in a file that is whole and of this job."""
    try:
        with path.open("rb") as file:
            data = file.read(_SEED_BYTES + len(_NONE) + 1)
    except FileNotFoundError:
        return None
    seed, digest = data[:_SEED_BYTES], data[_SEED_BYTES:]
    return seed if hmac.compare_digest(digest, _digest(job, seed)) else None


def _digest(job: str, seed: bytes) -> bytes:
    return hashlib.sha256(canonical([job, seed.hex()])).digest()
