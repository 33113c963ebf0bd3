"""Two sealed shares of a test's answer in, logits and labels out: on the machine of who asked (``test-v1``).

A share is a length (u32 LE), a canonical JSON header of that length, and shares of logits and of one-hot labels as
int64 LE, ``[count, classes]`` each.
"""

from __future__ import annotations

import asyncio
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.documents import canonical
from common.errors import BadBundle, BadSeal, PeerMismatch
from common.ring.fixed_point import decode
from desktop_client.reveal.evaluation.result import Evaluation, evaluate_logits

ANSWER_VERSION: Final = 1
MAX_HEADER: Final = 1 << 20
MAX_CELLS: Final = 1 << 22
"""Logits of one answer."""
_MAX_CLASSES: Final = 1000
_LENGTH: Final = struct.Struct("<I")
_KEYS: Final = {"version", "party", "test", "training", "project_hash", "dataset", "classes", "count", "fraction_bits"}
_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")


class AnswerSource(Protocol):
    """A server node, as far as fetching an answer goes."""

    async def answer_share(self, job: str) -> bytes:
        """The sealed share for the user who is logged in; length-capped by the transport."""
        ...


@dataclass(frozen=True, repr=False)
class AnswerShare:
    """One party's opened share; it prints as nothing."""

    header: dict[str, Any]
    logits_share: npt.NDArray[np.uint64]
    labels_share: npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Answer:
    """What a model says about each image of a data set: ``logits`` ``[n, classes]``, and the ``labels`` ``[n]`` that
    the owner gave. Both are in the order in which the data set was split."""

    test: str
    training: str
    dataset: str
    classes: tuple[str, ...]
    logits: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]

    def evaluation(self, loss: str = "softmax", names: Sequence[str] = ()) -> Evaluation:
        """How good the model was; ``names`` are the files in the same order, if they are known."""
        return evaluate_logits(self.classes, self.logits, self.labels, loss, names)


async def fetch_answer(
    node_a: AnswerSource, node_b: AnswerSource, wanted: tuple[str, str], keys: Sequence[SealingKey]
) -> Answer:
    """Both shares at the same time, opened and added; ``wanted`` is (test, project hash).

    ``keys`` are the user's own: the present one, and those of before, for it may have been rotated since the test.

    Raises:
        AppError: a node refused or is away.
        BadSeal, BadBundle, PeerMismatch: what came is not this answer for this user.
    """
    test, project_hash = wanted
    found = await asyncio.gather(node_a.answer_share(test), node_b.answer_share(test), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    shares = [_opened(keys, one) for one in found if isinstance(one, bytes)]
    header = shares[0].header
    if (header["test"], header["project_hash"]) != (test, project_hash):
        raise BadBundle("The servers sent the answer to another test or of another project.")
    return combine_answer(shares[0], shares[1])


def _opened(keys: Sequence[SealingKey], sealed: bytes) -> AnswerShare:
    """With the first of the keys that fits."""
    for key in keys[:-1]:
        try:
            return open_answer_share(key, sealed)
        except BadSeal:
            continue
    return open_answer_share(keys[-1], sealed)


def open_answer_share(key: SealingKey, sealed: bytes) -> AnswerShare:
    """Open a sealed share with the key of who asked and parse it; nothing is allocated before lengths were compared.

    Raises:
        BadSeal: sealed for somebody else, or damaged.
        BadBundle: not a ``test-v1`` share.
    """
    raw = key.open(domains.ANSWER_SEAL_V1, sealed)
    if len(raw) < _LENGTH.size:
        raise BadBundle("The answer ends inside its header.")
    (size,) = _LENGTH.unpack_from(raw)
    if size > MAX_HEADER or _LENGTH.size + size > len(raw):
        raise BadBundle("The header of the answer is longer than it may be.")
    header = _header(raw[_LENGTH.size : _LENGTH.size + size])
    rows, columns = header["count"], len(header["classes"])
    if len(raw) != _LENGTH.size + size + 16 * rows * columns:
        raise BadBundle("The answer is shorter or longer than its header says.")
    both = np.frombuffer(raw, "<u8", 2 * rows * columns, _LENGTH.size + size).astype(np.uint64)
    logits, labels = both.reshape(2, rows, columns)
    return AnswerShare(header, logits, labels)


def combine_answer(share_a: AnswerShare, share_b: AnswerShare) -> Answer:
    """Add both shares.

    Raises:
        PeerMismatch: they are not one of each server for the same test.
        BadBundle: the labels are no one-hot rows.
    """
    headers = [{name: value for name, value in s.header.items() if name != "party"} for s in (share_a, share_b)]
    if headers[0] != headers[1] or (share_a.header["party"], share_b.header["party"]) != ("a", "b"):
        raise PeerMismatch("The two servers sent shares of answers that do not belong together.")
    header = share_a.header
    labels = share_a.labels_share + share_b.labels_share
    if labels.max() > 1 or not (labels.sum(axis=1) == 1).all():
        raise BadBundle("The shares of the two servers do not make labels; their sum is noise.")
    logits = decode(share_a.logits_share + share_b.logits_share, header["fraction_bits"])
    return Answer(
        header["test"],
        header["training"],
        header["dataset"],
        tuple(header["classes"]),
        logits,
        labels.argmax(axis=1).astype(np.int64),
    )


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
        is_canonical = canonical(header) == text
    except (ValueError, RecursionError) as error:
        raise BadBundle("The header of the answer is not canonical JSON.") from error
    if not is_canonical or not isinstance(header, dict) or set(header) != _KEYS:
        raise BadBundle("The header of the answer does not have the fields it must have.")
    if type(header["version"]) is not int or header["version"] != ANSWER_VERSION:
        raise BadBundle(f"Only answers of version {ANSWER_VERSION} can be read here.")
    if header["party"] not in ("a", "b"):
        raise BadBundle("The share of the answer names no known party.")
    if any(not _is_id(header[name]) for name in ("test", "training", "project_hash", "dataset")):
        raise BadBundle("The answer does not name its test, job, project and data set.")
    _check_sizes(header)
    return header


def _check_sizes(header: dict[str, Any]) -> None:
    bits, classes, count = header["fraction_bits"], header["classes"], header["count"]
    if type(bits) is not int or not 0 <= bits <= 32:
        raise BadBundle("The answer states an impossible number of fraction bits.")
    if not isinstance(classes, list) or not 2 <= len(classes) <= _MAX_CLASSES:
        raise BadBundle(f"An answer has 2 to {_MAX_CLASSES} classes.")
    if not all(isinstance(name, str) for name in classes):
        raise BadBundle("A class of the answer has no name.")
    if type(count) is not int or not 1 <= count or count * len(classes) > MAX_CELLS:
        raise BadBundle("The answer is about an impossible number of images.")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
