"""What A and B toss together: the seed of the public schedule, which neither chose alone."""

from __future__ import annotations

import hashlib

import numpy as np

from common.crypto.domains import JOINT_TOSS_V1
from common.crypto.rng import RandomSource
from common.net.channel import Channel


def joint_seed(channel: Channel, rng: RandomSource) -> bytes:
    """32 bytes neither server chose alone. *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing."""
    mine = np.frombuffer(rng.token(32), np.uint8)
    theirs = channel.exchange("joint-toss", mine)
    ordered = sorted([mine.tobytes(), theirs.tobytes()])
    return hashlib.sha256(JOINT_TOSS_V1.encode() + b"".join(ordered)).digest()
