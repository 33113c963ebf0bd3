"""Pooling: sums are local and their division waits for the next rounding; the largest value is a tournament."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from common.architecture import Node
from server_node.kernels.windows import Window
from server_node.online.comparison import RANGE_BITS
from server_node.online.maximum import largest, route
from server_node.online.steps import Steps
from server_node.train.layers.layer import Pass
from server_node.train.layers.values import Scaled, cut, mean_factor, roomy, settled


@dataclass(frozen=True)
class AveragePool:
    """Mean over size x size without overlap; a remainder is dropped."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* 0, or 1 where a value without room has to be rounded first."""
        size = int(self.node["size"])
        factor, extra = mean_factor(size * size)
        x = yield from roomy(run.session, run.values[self.node["in"][0]], extra)
        b, h, w, c = x.share.shape
        rows, places = h // size, w // size
        blocks = x.share[:, : rows * size, : places * size].reshape(b, rows, size, places, size, c)
        return Scaled(blocks.sum(4).sum(2) * factor, x.surplus + extra, x.ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """Every value of a block gets its part of the error. *Rounds* as forward."""
        if not wanted:
            return []
        size = int(self.node["size"])
        part = yield from _part(run, error, size * size)
        b, h, w, c = run.values[self.node["in"][0]].share.shape
        rows, places = part.share.shape[1:3]
        spread = part.share[:, :, None, :, None, :].expand(b, rows, size, places, size, c)
        image = spread.reshape(b, rows * size, places * size, c)
        if image.shape != (b, h, w, c):
            image = torch.nn.functional.pad(image, (0, 0, 0, w - places * size, 0, h - rows * size))
        return [Scaled(image, part.surplus, part.ring_bits)]


@dataclass(frozen=True)
class GlobalAveragePool:
    """Mean of every channel, [b, h, w, c] to [b, c]."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* 0, or 1 where a value without room has to be rounded first."""
        x = run.values[self.node["in"][0]]
        factor, extra = mean_factor(x.share.shape[1] * x.share.shape[2])
        x = yield from roomy(run.session, x, extra)
        return Scaled(x.share.sum(dim=(1, 2)) * factor, x.surplus + extra, x.ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """*Rounds* as forward."""
        if not wanted:
            return []
        b, h, w, c = run.values[self.node["in"][0]].share.shape
        part = yield from _part(run, error, h * w)
        return [Scaled(part.share[:, None, None, :].expand(b, h, w, c).contiguous(), part.surplus, part.ring_bits)]


@dataclass(frozen=True)
class MaxPool:
    """Largest of size x size values at a stride; windows that do not fit are dropped."""

    node: Node

    def forward(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* those of ``largest``: differences are compared in a ring that needs no rounding before."""
        x = cut(run.session, run.values[self.node["in"][0]])
        if x.ring_bits < RANGE_BITS:
            x = Scaled((yield from settled(run.session, run.values[self.node["in"][0]])))
        best, winners = yield from largest(run.session, [part.contiguous() for part in self._parts(x.share)])
        run.kept[self.node["id"]] = winners
        return Scaled(best, 0, x.ring_bits)

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """The error goes where the largest value was. *Rounds* 1."""
        if not wanted:
            return []
        error = cut(run.session, error)
        routed = yield from route(run.session, run.kept[self.node["id"]], error.share, error.ring_bits)
        image = error.share.new_zeros(run.values[self.node["in"][0]].share.shape)
        for place, part in zip(self._parts(image), routed, strict=True):
            place += part
        return [Scaled(image, 0, error.ring_bits)]

    def _parts(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Views of an image: for each place of the window, the value there in all windows [b, ho, wo, c]."""
        size, stride = int(self.node["size"]), int(self.node["stride"])
        rows, places = Window((size, size), stride).output(image.shape[1], image.shape[2])
        return [
            image[:, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (places - 1) + 1 : stride]
            for i in range(size)
            for j in range(size)
        ]


def _part(run: Pass, error: Scaled, count: int) -> Steps[Scaled]:
    """An error over the number of values that share it."""
    factor, extra = mean_factor(count)
    error = yield from roomy(run.session, error, extra)
    return Scaled(error.share * factor, error.surplus + extra, error.ring_bits)
