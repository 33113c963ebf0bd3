"""The same networks by torch in float64, with autograd for the gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from common.architecture import Architecture
from common.schedule import dropout_plan
from server_node.train.layers.layer import Moment
from tests.helpers.networks.build import ONE, Tensors

Floats = dict[str, torch.Tensor]


@dataclass
class Reference:
    """A network with tensors that autograd follows; running statistics change while it trains."""

    architecture: Architecture
    tensors: Floats

    @staticmethod
    def of(found: Architecture, tensors: Tensors) -> Reference:
        """From fixed point."""
        values = {name: value.double() / ONE for name, value in tensors.items()}
        for name in set(values) - found.statistics:
            values[name].requires_grad_()
        return Reference(found, values)

    @property
    def trained(self) -> list[torch.Tensor]:
        return [value for name, value in self.tensors.items() if name not in self.architecture.statistics]

    def logits(self, x: torch.Tensor, moment: Moment | None = None) -> torch.Tensor:
        """Of features as the servers have them, [b, f] or [b, h, w, c], in float64; training if there is a moment."""
        values = {self.architecture.features: x if x.dim() == 2 else x.permute(0, 3, 1, 2)}
        for node in self.architecture.head:
            values[node["id"]] = self._apply(node, [values[name] for name in node["in"]], moment)
        return values[self.architecture.head[-1]["id"]]

    def _apply(self, node: dict[str, Any], inputs: list[torch.Tensor], moment: Moment | None) -> torch.Tensor:
        x, tensors = inputs[0], self.tensors
        if node["op"] == "batch-norm":
            mean, variance, scale, shift = (tensors[node[name]] for name in ("mean", "variance", "weight", "bias"))
            return functional.batch_norm(x, mean, variance, scale, shift, training=moment is not None)
        if node["op"] == "dropout":
            return x if moment is None else self._drop(node, x, moment)
        bias = tensors[node["bias"]] if node.get("bias") else None
        if node["op"] == "linear":
            return functional.linear(x, tensors[node["weight"]].T, bias)
        if node["op"] == "conv":
            weight = tensors[node["weight"]].permute(3, 2, 0, 1)
            return functional.conv2d(x, weight, bias, node["stride"], node["padding"], groups=node["groups"])
        if node["op"] == "max-pool":
            largest: torch.Tensor = functional.max_pool2d(x, node["size"], node["stride"])
            return largest
        if node["op"] == "average-pool":
            return functional.avg_pool2d(x, node["size"])
        simple: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
            "relu": torch.relu, "square": torch.square, "flatten": lambda v: v.flatten(1),
            "global-average-pool": lambda v: v.mean(dim=(2, 3)), "add": lambda v: v + inputs[1],
        }  # fmt: skip
        return simple[node["op"]](x)

    def _drop(self, node: dict[str, Any], x: torch.Tensor, moment: Moment) -> torch.Tensor:
        last = x if x.dim() == 2 else x.permute(0, 2, 3, 1)
        plan = dropout_plan(moment.seed, moment.epoch, moment.step, node["id"], tuple(last.shape), node["drop"])
        out: torch.Tensor = last * torch.from_numpy(plan) * (256 / (256 - node["drop"]))
        return out if x.dim() == 2 else out.permute(0, 3, 1, 2)


def mean_loss(kind: str, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The losses as they are defined: the mean over the batch."""
    if kind == "softmax":
        return functional.cross_entropy(logits, labels)
    if kind == "logistic":
        return functional.binary_cross_entropy_with_logits(logits, labels, reduction="sum") / len(logits)
    return 0.5 * (logits - labels).square().sum() / len(logits)
