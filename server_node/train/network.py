"""A network on shares, forward and backward, from its description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch

from common.architecture import Architecture, Node
from server_node.online.session import Session
from server_node.online.steps import Steps, all_of, together
from server_node.train.layers.layer import Gradient, Layer, Moment, Pass
from server_node.train.layers.linear import Convolution, Linear
from server_node.train.layers.normalisation import BatchNorm
from server_node.train.layers.pointwise import Add, Dropout, Flatten, Relu, Square
from server_node.train.layers.pooling import AveragePool, GlobalAveragePool, MaxPool
from server_node.train.layers.values import Scaled, settled, total
from server_node.train.loss import loss_error
from server_node.train.optimizer import Optimizer
from server_node.train.state import ModelState, trained_names

_LAYERS: Final[dict[str, Callable[[Node], Layer]]] = {
    "linear": Linear,
    "conv": Convolution,
    "batch-norm": BatchNorm,
    "relu": Relu,
    "square": Square,
    "flatten": Flatten,
    "add": Add,
    "average-pool": AveragePool,
    "max-pool": MaxPool,
    "global-average-pool": GlobalAveragePool,
    "dropout": Dropout,
}
_MASKED: Final = ("linear", "conv", "batch-norm")
"""Nodes whose weight takes part in products with other secrets."""


class Network:
    """The trained part of an architecture, ready to run; it holds nothing secret.

    ``trained`` are the names of the tensors that training changes by gradients.
    """

    def __init__(self, architecture: Architecture, loss: str = "softmax", optimizer: Optimizer | None = None) -> None:
        self._features, self._loss = architecture.features, loss
        self._optimizer = optimizer or Optimizer()
        self._layers = [_LAYERS[node["op"]](node) for node in pool_before_relu(architecture.head)]
        self._masked = [node["weight"] for node in architecture.head if node["op"] in _MASKED]
        self.trained = trained_names(architecture)
        self._done_with = _last_uses(self._layers)
        self._needed = _with_tensors_before(self._layers)

    @property
    def slots(self) -> tuple[str, ...]:
        """Kinds of memory of the optimiser."""
        return self._optimizer.slots

    def inference(self, session: Session, state: ModelState) -> Inference:
        """Runs the network as it is now on any number of batches."""
        return Inference(self, self.start(session, state))

    def start(self, session: Session, state: ModelState, moment: Moment | None = None, batch: int = 1) -> Pass:
        """A pass of the network as it is now; with a moment, one of training."""
        return Pass(session, state.weights, moment, batch, unmasked=list(self._masked))

    def forward(self, session: Session, x: torch.Tensor, state: ModelState) -> Steps[torch.Tensor]:
        """Share of the logits [batch, classes] of features [batch, f] or [batch, h, w, c]."""
        return self.inference(session, state).logits(x)

    def train_step(
        self, session: Session, state: ModelState, x: torch.Tensor, labels: torch.Tensor, rate: int, moment: Moment
    ) -> Steps[torch.Tensor]:
        """One step on a batch of a power-of-two size, in place; the share of the logits before it.

        Args:
            labels: [batch, classes] in fixed point.
            rate: the learning rate over 2^16.
        """
        run = self.start(session, state, moment, len(x))
        out = yield from self.through(run, x)
        error, logits = yield from together(loss_error(session, self._loss, out, labels), settled(session, out))
        gradients = yield from self.backward(run, error)
        yield from self._optimizer.update(session, state, gradients, len(x), rate)
        state.weights.update(run.statistics)
        return logits

    def prepare(self, run: Pass) -> Steps[None]:
        """What normalisations do once before a network runs without training; all in the same rounds."""
        norms = [layer for layer in self._layers if isinstance(layer, BatchNorm)]
        if norms:
            yield from run.mask()
            yield from all_of([layer.prepare(run) for layer in norms])

    def through(self, run: Pass, x: torch.Tensor) -> Steps[Scaled]:
        """Forward to the logits; ``run`` keeps what the way back needs."""
        run.values[self._features] = Scaled(x)
        for layer, done in zip(self._layers, self._done_with, strict=True):
            run.values[layer.node["id"]] = yield from layer.forward(run)
            for name in done:
                run.forget(name)
        return run.values[self._layers[-1].node["id"]]

    def backward(self, run: Pass, error: torch.Tensor) -> Steps[dict[str, Gradient]]:
        """Gradients of all tensors from the error of the logits."""
        errors: dict[str, list[Scaled]] = {self._layers[-1].node["id"]: [Scaled(error)]}
        for layer in reversed(self._layers):
            if layer.node["id"] not in errors:
                continue
            given = yield from total(run.session, errors.pop(layer.node["id"]))
            sources = layer.node["in"]
            parts = yield from layer.backward(run, given, any(name in self._needed for name in sources))
            for name, part in zip(sources, parts, strict=False):
                if name in self._needed:
                    errors.setdefault(name, []).append(part)
        return run.gradients


class Inference:
    """A network with its weights masked once, for all batches of one session."""

    def __init__(self, network: Network, run: Pass) -> None:
        self._network, self._run, self._is_new = network, run, True

    def logits(self, x: torch.Tensor) -> Steps[torch.Tensor]:
        """Share of the logits [batch, classes] of features [batch, f] or [batch, h, w, c]."""
        if self._is_new:
            yield from self._network.prepare(self._run)
            self._is_new = False
        self._run = self._run.again()
        return (yield from settled(self._run.session, (yield from self._network.through(self._run, x))))


def pool_before_relu(nodes: Sequence[Node]) -> list[Node]:
    """The same network with every max-pool that alone follows a ReLU before it: fewer values are compared then."""
    out = [dict(node) for node in nodes]
    uses = [name for node in nodes for name in node["in"]]
    by_id = {node["id"]: node for node in out}
    for pool in out:
        if pool["op"] != "max-pool":
            continue
        relu = by_id.get(pool["in"][0])
        if relu is None or relu["op"] != "relu" or uses.count(relu["id"]) != 1:
            continue
        first, second = {**pool, "id": relu["id"], "in": relu["in"]}, {**relu, "id": pool["id"], "in": [relu["id"]]}
        for node, content in ((relu, first), (pool, second)):
            node.clear()
            node.update(content)
    return out


def _with_tensors_before(layers: Sequence[Layer]) -> set[str]:
    """Nodes with something to train at or before them: their errors are needed."""
    needed: set[str] = set()
    for layer in layers:
        if "weight" in layer.node or any(name in needed for name in layer.node["in"]):
            needed.add(layer.node["id"])
    return needed


def _last_uses(layers: Sequence[Layer]) -> list[list[str]]:
    """For each layer the nodes whose outputs no later layer takes."""
    last = {name: number for number, layer in enumerate(layers) for name in layer.node["in"]}
    return [[name for name, number in last.items() if number == place] for place in range(len(layers))]
