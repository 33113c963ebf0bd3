"""The error that training starts from: what the gradient of a loss with respect to the logits is."""

from __future__ import annotations

import torch

from server_node.online import nonlinear
from server_node.online.session import Session
from server_node.online.steps import Steps


def loss_error(session: Session, loss: str, logits: torch.Tensor, labels: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of prediction minus label [batch, classes], for each sample: the mean over the batch comes later.

    ``softmax``: cross-entropy of the softmax of the logits. ``logistic``: the sum over the classes of binary
    cross-entropies of the sigmoid of each logit. ``squared``: half the squared distance of logits and labels.

    *Rounds* those of ``softmax`` or ``sigmoid``; none for ``squared``.
    """
    if loss == "softmax":
        return (yield from nonlinear.softmax(session, logits)) - labels
    if loss == "logistic":
        return (yield from nonlinear.sigmoid(session, logits)) - labels
    return logits - labels
