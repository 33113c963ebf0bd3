"""Layers with weights: linear and convolution, both as products of masked matrices.

The input, the weight and the error are each masked and opened once; the input serves the forward product and the
gradient of the weight, the weight serves forward and backward, the error both products of the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from common.architecture import Node
from server_node.kernels.windows import Window
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from server_node.online.linear import Masked, matmul
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.layers.layer import Gradient, Pass
from server_node.train.layers.values import GRADIENT_BITS, Scaled, log2_of, ring_for

_WINDOW_VALUES: Final = 1 << 22


@dataclass(frozen=True)
class Linear:
    """x [b, in] times weight [in, out], plus bias [out]."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* 1 to mask the input, 0 if it was masked before."""
        x = yield from run.operand(self.node["in"][0])
        surplus = run.session.fraction_bits + x.surplus
        ring_bits = ring_for(run.session, surplus)
        weight = run.masked_weights[self.node["weight"]]
        out = matmul(run.session, x.masked, weight, (PLAIN, PLAIN), ring_bits)
        return Scaled(with_bias(run, self.node, out, surplus), surplus, ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """*Rounds* 2: rounding the error and masking it."""
        session, x = run.session, run.operands[self.node["in"][0]]
        masked = yield from run.masked_error(error)
        surplus = session.fraction_bits + x.surplus
        ring_bits = gradient_ring(session, surplus, run.batch)
        gradient = matmul(session, x.masked, masked, (TRANSPOSED, PLAIN), ring_bits)
        run.gradients[self.node["weight"]] = Gradient(gradient, surplus, ring_bits)
        bias_gradient(run, self.node, masked)
        if not wanted:
            return []
        ring_bits = ring_for(session, session.fraction_bits)
        weight = run.masked_weights[self.node["weight"]]
        back = matmul(session, masked, weight, (PLAIN, TRANSPOSED), ring_bits)
        return [Scaled(back, session.fraction_bits, ring_bits)]


@dataclass(frozen=True)
class Convolution:
    """Cross-correlation of x [b, h, w, c] with weight [kh, kw, c / groups, out], plus bias [out]."""

    node: Node

    @property
    def window(self) -> Window:
        kernel = (int(self.node["kernel"][0]), int(self.node["kernel"][1]))
        return Window(kernel, int(self.node["stride"]), int(self.node["padding"]))

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* 1 to mask the input, 0 if it was masked before."""
        x = yield from run.operand(self.node["in"][0])
        surplus = run.session.fraction_bits + x.surplus
        ring_bits = ring_for(run.session, surplus)
        weight = run.masked_weights[self.node["weight"]]
        parts = [
            matmul(run.session, x.masked, weight, (View(inputs, self.window), View(outputs)), ring_bits)
            for inputs, outputs in self._groups(x.share.shape[3])
        ]
        b, h, w, _ = x.share.shape
        out = _beside(parts).reshape(b, *self.window.output(h, w), int(self.node["outputs"]))
        return Scaled(with_bias(run, self.node, out, surplus), surplus, ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """*Rounds* 2: rounding the error and masking it."""
        session, x = run.session, run.operands[self.node["in"][0]]
        masked = yield from run.masked_error(error)
        surplus = session.fraction_bits + x.surplus
        ring_bits = gradient_ring(session, surplus, run.batch)
        shape, groups = tuple(x.share.shape), self._groups(x.share.shape[3])
        parts = [
            matmul(session, x.masked, masked, (View(inputs, self.window, transposed=True), View(outputs)), ring_bits)
            for inputs, outputs in groups
        ]
        gradient = _beside(parts).reshape(run.weights[self.node["weight"]].shape)
        run.gradients[self.node["weight"]] = Gradient(gradient, surplus, ring_bits)
        bias_gradient(run, self.node, masked)
        if not wanted:
            return []
        ring_bits = ring_for(session, session.fraction_bits)
        weight = run.masked_weights[self.node["weight"]]
        b, h, w, c = shape
        fold = Fold(self.window, (b, h, w, c // len(groups)))
        backs = [
            matmul(session, masked, weight, (View(outputs), View(outputs, transposed=True)), ring_bits, fold)
            for _, outputs in groups
        ]
        return [Scaled(_beside(backs), session.fraction_bits, ring_bits)]

    def _groups(self, channels: int) -> list[tuple[tuple[int, int] | None, tuple[int, int] | None]]:
        """Channels of the input and of the output that belong together; None means all."""
        count = int(self.node["groups"])
        if count == 1:
            return [(None, None)]
        a, b = channels // count, int(self.node["outputs"]) // count
        return [((g * a, (g + 1) * a), (g * b, (g + 1) * b)) for g in range(count)]


def gradient_ring(session: Session, surplus: int, batch: int) -> int:
    """The ring of a gradient that is summed over a batch."""
    return ring_for(session, surplus, GRADIENT_BITS + log2_of(batch))


def with_bias(run: Pass, node: Node, out: torch.Tensor, surplus: int) -> torch.Tensor:
    """Add the bias of a node, if it has one, to a share with that surplus. Local."""
    return out if node["bias"] is None else out.add_(run.weights[node["bias"]] << surplus)


def bias_gradient(run: Pass, node: Node, error: Masked) -> None:
    """Leave the gradient of the bias, if there is one: the sum of the errors of a channel. Local."""
    if node["bias"] is not None:
        share = error.share.reshape(-1, error.share.shape[-1]).sum(dim=0)
        run.gradients[node["bias"]] = Gradient(share, 0, 64)


def _beside(parts: list[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
