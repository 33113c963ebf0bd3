"""The answers of a model to a set of images, as shares that only who asked can put together.

The format is ``docs/specs/test-v1.md``.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from common.crypto.domains import ANSWER_SEAL_V1, ANSWER_SPLIT_V1
from common.crypto.prg import Stream, derive_key
from common.crypto.rng import RandomSource
from common.crypto.sealing import seal
from common.documents import canonical
from common.ids import Party
from common.net.channel import Channel
from common.net.files import write_private
from server_node.hide.toss import joint_seed
from server_node.model.question import ANSWER_NAME, Question
from server_node.model.release import Release
from server_node.model.snapshot import tensor_bytes

VERSION: Final = 1


@dataclass(frozen=True)
class Answer:
    """This party's shares of logits, in fixed point, and of one-hot labels, both [n, classes]."""

    logits: torch.Tensor
    labels: torch.Tensor


def share_anew(channel: Channel, rng: RandomSource, party: Party, answer: Answer) -> Answer:
    """The same values in shares that hang together with nothing else: who gets both learns their sum alone.

    *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing.
    """
    return moved_by(joint_seed(channel, rng), party, answer)


def moved_by(toss: bytes, party: Party, answer: Answer) -> Answer:
    """This party's shares after one has added and the other one taken away what a toss stands for. Local."""
    stream = Stream(derive_key(toss, ANSWER_SPLIT_V1))
    sign = 1 if party is Party.P0 else -1

    def moved(share: torch.Tensor) -> torch.Tensor:
        noise = torch.from_numpy(stream.words(*share.shape).astype("<u8", copy=False).view("<i8"))
        return share.cpu() + sign * noise

    return Answer(moved(answer.logits), moved(answer.labels))


def seal_answer(folder: Path, party: Party, question: Question, about: dict[str, Any], answer: Answer) -> Release:
    """Write one file for who asked into ``folder``; ``about`` is what the header says besides.

    Raises:
        DiskFull: no complete file is missing its end.
    """
    plain = answer_share(party, question, about, answer)
    sealed = seal(question.seal_key, ANSWER_SEAL_V1, plain)
    write_private(folder / ANSWER_NAME, sealed)
    hashes = {question.asker: hashlib.sha256(sealed).hexdigest()}
    return Release({question.asker: ANSWER_NAME}, hashes, hashlib.sha256(plain).hexdigest())


def answer_share(party: Party, question: Question, about: dict[str, Any], answer: Answer) -> bytes:
    """Header and this party's int64 shares of logits and labels."""
    header = canonical(
        {
            "version": VERSION,
            "party": party.letter,
            "training": question.training,
            "dataset": question.dataset,
            "count": len(answer.labels),
            **about,
        }
    )
    return struct.pack("<I", len(header)) + header + tensor_bytes(answer.logits) + tensor_bytes(answer.labels)
