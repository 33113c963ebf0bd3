"""What a layer is given in a forward and a backward pass, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import torch

from common.architecture import Node
from server_node.online.linear import Masked, mask_values
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.layers.values import MOST_SURPLUS, Operand, Scaled, settled


@dataclass(frozen=True)
class Moment:
    """Where in a training a pass is; dropout draws its positions from it."""

    seed: bytes
    epoch: int
    step: int


@dataclass(frozen=True)
class Gradient:
    """Share mod 2^ring_bits of the gradient summed over the batch, times 2^(fraction_bits + surplus)."""

    share: torch.Tensor
    surplus: int
    ring_bits: int


@dataclass
class Pass:
    """One pass through a network.

    ``weights`` are masked together with the first value that is; ``kept`` holds what a layer of that id needs again on
    the way back, ``prepared`` what a normalisation made once for all batches; ``gradients`` and ``statistics`` are by
    tensor name. ``moment`` is None outside training.
    """

    session: Session
    weights: Mapping[str, torch.Tensor]
    moment: Moment | None = None
    batch: int = 1
    values: dict[str, Scaled] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    prepared: dict[str, tuple[Masked, torch.Tensor]] = field(default_factory=dict)
    gradients: dict[str, Gradient] = field(default_factory=dict)
    statistics: dict[str, torch.Tensor] = field(default_factory=dict)
    masked_weights: dict[str, Masked] = field(default_factory=dict)
    unmasked: list[str] = field(default_factory=list)
    operands: dict[str, Operand] = field(default_factory=dict)

    @property
    def is_training(self) -> bool:
        return self.moment is not None

    def again(self) -> Pass:
        """A pass over other values with the same masked weights."""
        return replace(self, values={}, kept={}, operands={})

    def forget(self, node: str) -> None:
        """Keep of the output of a node its shape alone."""
        share = self.values[node].share
        self.values[node] = Scaled(torch.empty(share.shape, dtype=share.dtype, device="meta"))

    def mask(self, *shares: torch.Tensor) -> Steps[list[Masked]]:
        """Mask and open, together with all weights that wait for it. *Rounds* 1."""
        names, self.unmasked = self.unmasked, []
        masked = yield from mask_values(self.session, *shares, *(self.weights[name] for name in names))
        self.masked_weights.update(zip(names, masked[len(shares) :], strict=True))
        return masked[: len(shares)]

    def operand(self, node: str) -> Steps[Operand]:
        """Output of a node, masked the first time it is asked for. *Rounds* 0, 1 or 2."""
        if node not in self.operands:
            value = self.values[node]
            if value.surplus > MOST_SURPLUS or value.ring_bits < 64:
                value = Scaled((yield from settled(self.session, value)))
            (masked,) = yield from self.mask(value.share)
            self.operands[node] = Operand(masked, value.surplus)
        return self.operands[node]

    def masked_error(self, error: Scaled) -> Steps[Masked]:
        """An error that is passed back, rounded and masked. *Rounds* 1 or 2."""
        share = yield from settled(self.session, error)
        (masked,) = yield from self.mask(share)
        return masked


class Layer(Protocol):
    """A node of the trained part."""

    @property
    def node(self) -> Node: ...

    def forward(self, run: Pass) -> Steps[Scaled]:
        """Output from the outputs of earlier nodes in ``run.values``."""
        ...

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """Errors of the inputs, in order, or nothing unless ``wanted``; gradients are left in ``run``."""
        ...
