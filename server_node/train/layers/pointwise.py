"""Layers without weights that look at each value by itself: ReLU, square, flatten, dropout and addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from common.architecture import Node
from common.schedule import dropout_plan
from server_node.online.comparison import rectified, relu, select
from server_node.online.linear import multiply, square
from server_node.online.steps import Steps, ready
from server_node.train.layers.layer import Pass
from server_node.train.layers.values import Operand, Scaled, cut, ring_for, roomy, total

_DROP_WHOLE: Final = 256
_DROP_BITS: Final = 10
"""Places of the factor of what dropout keeps, where that is not a power of two."""


@dataclass(frozen=True)
class Relu:
    """max(x, 0)."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* those of ``rectified``: a product is rounded while it is compared."""
        x = run.values[self.node["in"][0]]
        if x.surplus or x.ring_bits < 64:
            out, active = yield from rectified(run.session, x.share, x.surplus, x.ring_bits)
        else:
            out, active = yield from relu(run.session, x.share)
        run.kept[self.node["id"]] = active
        return Scaled(out)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """*Rounds* 1."""
        if not wanted:
            return []
        error = cut(run.session, error)
        chosen = yield from select(run.session, run.kept[self.node["id"]], error.share, error.ring_bits)
        return [Scaled(chosen, 0, error.ring_bits)]


@dataclass(frozen=True)
class Square:
    """x * x."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* 1 to mask the input, 0 if it was masked before."""
        x = yield from run.operand(self.node["in"][0])
        surplus = run.session.fraction_bits + 2 * x.surplus
        ring_bits = ring_for(run.session, surplus)
        return Scaled(square(run.session, x.masked, ring_bits), surplus, ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """2 x times the error. *Rounds* 2: rounding the error and masking it."""
        if not wanted:
            return []
        x: Operand = run.operands[self.node["in"][0]]
        masked = yield from run.masked_error(error)
        surplus = run.session.fraction_bits + x.surplus
        ring_bits = ring_for(run.session, surplus)
        return [Scaled(2 * multiply(run.session, x.masked, masked, ring_bits), surplus, ring_bits)]


@dataclass(frozen=True)
class Flatten:
    """[b, h, w, c] to [b, c * h * w], in the order channel, row, column. Local."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        x = run.values[self.node["in"][0]]
        return ready(Scaled(x.share.permute(0, 3, 1, 2).reshape(x.share.shape[0], -1), x.surplus, x.ring_bits))

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        if not wanted:
            return ready([])
        b, h, w, c = run.values[self.node["in"][0]].share.shape
        image = error.share.reshape(b, c, h, w).permute(0, 2, 3, 1).contiguous()
        return ready([Scaled(image, error.surplus, error.ring_bits)])


@dataclass(frozen=True)
class Dropout:
    """In training, zero at positions that the joint toss names, and larger elsewhere by what is missing. Local."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        x = run.values[self.node["in"][0]]
        if run.moment is None:
            return x
        drop, shape = int(self.node["drop"]), tuple(x.share.shape)
        run.kept[self.node["id"]] = torch.empty(shape, dtype=torch.int64, device="meta")
        if not x.share.is_meta:
            moment = run.moment
            plan = dropout_plan(moment.seed, moment.epoch, moment.step, str(self.node["id"]), shape, drop)
            run.kept[self.node["id"]] = torch.from_numpy(plan).to(x.share.device, torch.int64)
        return (yield from self._apply(run, x))

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        return [(yield from self._apply(run, error))] if wanted else []

    def _apply(self, run: Pass, x: Scaled) -> Steps[Scaled]:
        kept = _DROP_WHOLE - int(self.node["drop"])
        exact = kept & (kept - 1) == 0
        factor, extra = (_DROP_WHOLE // kept, 0) if exact else (round((_DROP_WHOLE << _DROP_BITS) / kept), _DROP_BITS)
        x = yield from roomy(run.session, x, extra)
        return Scaled(x.share * (run.kept[self.node["id"]] * factor), x.surplus + extra, x.ring_bits)


@dataclass(frozen=True)
class Add:
    """The sum of two values. Local, unless one has to be rounded first."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        return total(run.session, [run.values[name] for name in self.node["in"]])

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        return ready([error, error] if wanted else [])
