"""The error that training starts from: what the gradient of a loss with respect to the logits is."""

from __future__ import annotations

from typing import Final

import torch

from server_node.online import nonlinear
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.layers.values import Scaled, cut, settled

_SOFTMAX_RING: Final = 32
"""Softmax looks at the differences of logits mod 2^32 alone."""


def loss_error(session: Session, loss: str, logits: Scaled, labels: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of prediction minus label [batch, classes], for each sample: the mean over the batch comes later.

    ``softmax``: cross-entropy of the softmax of the logits. ``logistic``: the sum over the classes of binary
    cross-entropies of the sigmoid of each logit. ``squared``: half the squared distance of logits and labels.

    *Rounds* those of ``softmax``, for which logits need not be rounded; those of ``sigmoid`` and 1; 1 for ``squared``.
    """
    if loss == "softmax":
        low = cut(session, logits)
        share = low.share if low.ring_bits >= _SOFTMAX_RING else (yield from settled(session, logits))
        return (yield from nonlinear.softmax(session, share)) - labels
    share = yield from settled(session, logits)
    return (yield from nonlinear.sigmoid(session, share)) - labels if loss == "logistic" else share - labels
