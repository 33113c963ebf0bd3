"""Validation metrics from the two servers' shares of logits and labels: only the member sees them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import BadFrame, PeerMismatch
from common.ring.fixed_point import decode
from desktop_client.reveal.evaluation.scores import averages, confusion_of

MAX_CELLS: Final = 1 << 22


@dataclass(frozen=True)
class MetricShare:
    """One server's share of the validation logits and one-hot labels after an epoch, uint64 ``[v, classes]``.

    Only shares of the same attempt at the job belong together: an epoch that is computed again is shared anew.
    """

    epoch: int
    step: int
    fraction_bits: int
    logits_share: npt.NDArray[np.uint64]
    labels_share: npt.NDArray[np.uint64]
    attempt: int = 1


@dataclass(frozen=True)
class Metrics:
    """How good the model was after ``epoch`` on ``count`` validation images; ``loss`` is mean cross-entropy in nats.

    Precision, recall and F1 are macro averages: each class that is there or was predicted counts alike.
    """

    epoch: int
    step: int
    count: int
    loss: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    attempt: int = 1


def parse_metric(event: Mapping[str, Any]) -> MetricShare:
    """Raises:
    BadFrame: the event does not have the form it must have.
    """
    numbers = [event.get(name) for name in ("epoch", "step", "fraction_bits", "attempt")]
    if any(type(number) is not int or not 0 <= number < 1 << 40 for number in numbers) or event["fraction_bits"] > 32:
        raise BadFrame("A metrics event has no valid epoch, step, fraction bits or attempt.")
    shape = event.get("shape")
    if not isinstance(shape, list) or len(shape) != 2 or any(type(side) is not int or side < 1 for side in shape):
        raise BadFrame("A metrics event has no valid shape.")
    if shape[0] * shape[1] > MAX_CELLS:
        raise BadFrame("A metrics event is larger than it may be.")
    logits, labels = (_array(event.get(name), shape[0], shape[1]) for name in ("logits", "labels"))
    return MetricShare(event["epoch"], event["step"], event["fraction_bits"], logits, labels, event["attempt"])


def add_metrics(share_a: MetricShare, share_b: MetricShare) -> Metrics:
    """Open the metrics of one epoch.

    Raises:
        PeerMismatch: the shares are of different epochs or forms.
    """
    keys = [(s.epoch, s.step, s.attempt, s.fraction_bits, s.logits_share.shape) for s in (share_a, share_b)]
    if keys[0] != keys[1]:
        raise PeerMismatch("The two servers sent metrics that do not belong together.")
    logits = decode(share_a.logits_share + share_b.logits_share, share_a.fraction_bits)
    labels = decode(share_a.labels_share + share_b.labels_share, share_a.fraction_bits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = float(-(labels * log_probabilities).sum(axis=1).mean())
    confusion = confusion_of(labels.argmax(axis=1), logits.argmax(axis=1), logits.shape[1])
    macro = averages(confusion)
    return Metrics(
        epoch=share_a.epoch,
        step=share_a.step,
        count=len(logits),
        loss=loss,
        accuracy=float(np.trace(confusion)) / len(logits),
        precision=macro.precision,
        recall=macro.recall,
        f1=macro.f1,
        attempt=share_a.attempt,
    )


class MetricPairs:
    """Waits for both halves of each epoch's metrics; servers may be epochs apart and may repeat themselves."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int, int], tuple[str, MetricShare]] = {}
        self._done: set[tuple[int, int, int]] = set()

    def add(self, role: str, share: MetricShare) -> Metrics | None:
        """The opened metrics as soon as the second half is here, once."""
        key = (share.epoch, share.step, share.attempt)
        if key in self._done:
            return None
        first_role, first = self._waiting.setdefault(key, (role, share))
        if first_role == role:
            return None
        del self._waiting[key]
        self._done.add(key)
        return add_metrics(first, share)


def _array(value: object, rows: int, columns: int) -> npt.NDArray[np.uint64]:
    wanted = 8 * rows * columns
    if not isinstance(value, str) or len(value) > 4 * (wanted // 3 + 2):
        raise BadFrame("A metrics event has no valid share.")
    try:
        raw = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadFrame("A metrics event has no valid share.") from error
    if len(raw) != wanted:
        raise BadFrame("A metrics event has a share of another length than its shape says.")
    return np.frombuffer(raw, "<u8").reshape(rows, columns)
