"""One party of CrypTen: ``python -m`` this module with the interpreter of CrypTen's environment.

Provider and precision are CrypTen's defaults: the first party deals all correlations, 16 bits of fraction. The loss
itself is not computed, only its gradient. Every operand is secret, the weights too. Protocol ``sgd`` updates the
weights with CrypTen's plain SGD, ``threshold`` as ``update_parameters`` of its models does, which compares every
gradient with a bound first: more bytes and rounds than the task asks for.
"""

from __future__ import annotations

import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.bench.peers.workers.worker import Setup, Task, serve
from tests.bench.peers.workers.works import (
    BATCH,
    NETWORKS,
    RATE,
    WORKS,
    Array,
    Layer,
    Work,
    batch,
    largest_difference,
    operands,
    step_error,
    weights,
)

# No type information can be had here: the two live in another environment than the one that checks types.
torch: Any = importlib.import_module("torch")
crypten: Any = importlib.import_module("crypten")

OPERATIONS: dict[str, Callable[..., Any]] = {
    "relu": lambda x: x.relu(),
    "matmul": lambda x, y: x.matmul(y),
    "multiply": lambda x, y: x * y,
}


class _Counted(ABC):
    """Counts the traffic of the first run alone, so that counting never costs time in a measured one."""

    def __init__(self) -> None:
        self._communicator = crypten.communicator.get()
        self._used: dict[str, Any] = {}

    def wait(self) -> None:
        self._communicator.barrier()

    def run(self) -> None:
        if self._used:
            self._work()
            return
        self._communicator.reset_communication_stats()
        crypten.config.cfg.communicator.verbose = True
        self._work()
        crypten.config.cfg.communicator.verbose = False
        self._used = self._communicator.get_communication_stats()

    def traffic(self) -> tuple[int, int]:
        # CrypTen adds what a party sends and what it receives.
        return int(self._used["bytes"]) // 2, int(self._used["rounds"])

    @abstractmethod
    def _work(self) -> None: ...


class _Operation(_Counted):
    """A single operation on shared arrays."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._plain = [torch.from_numpy(array) for array in operands(work)]
        self._shared = [crypten.cryptensor(tensor, src=0) for tensor in self._plain]
        self._operation = OPERATIONS[work.kind]

    def _work(self) -> None:
        self._result = self._operation(*self._shared)

    def error(self) -> float:
        return largest_difference(_open(self._result), self._operation(*self._plain).numpy())


class _Inference(_Counted):
    """A network applied to a batch."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        images, _ = batch(work.network)
        self._images = torch.from_numpy(images)
        self._before = weights(work.network)
        self._reference = _network(torch.nn, work.network, self._before)
        self._model = _network(crypten.nn, work.network, self._before)
        self._model.encrypt(src=0)
        self._shared = crypten.cryptensor(self._images, src=0)

    def _work(self) -> None:
        with crypten.no_grad():
            self._result = self._model(self._shared)

    def error(self) -> float:
        return largest_difference(_open(self._result), self._reference(self._images).detach().numpy())


class _Step(_Inference):
    """One step of training; every run starts from the weights that the last one left."""

    def __init__(self, work: Work, threshold: bool) -> None:
        super().__init__(work)
        self._threshold = threshold
        self._optimizer = crypten.optim.SGD(self._model.parameters(), lr=RATE / BATCH)
        self._labels = torch.from_numpy(batch(work.network)[1])
        self._shared_labels = crypten.cryptensor(self._labels, src=0)
        # CrypTen's loss is the mean.
        self._scale = crypten.cryptensor(torch.tensor(float(BATCH)), src=0)
        self._loss = crypten.nn.CrossEntropyLoss(skip_forward=True)

    def _work(self) -> None:
        self._model.zero_grad()
        self._loss(self._model(self._shared), self._shared_labels).backward(self._scale)
        if self._threshold:
            self._model.update_parameters(RATE / BATCH)
        else:
            self._optimizer.step()

    def error(self) -> float:
        torch.nn.CrossEntropyLoss()(self._reference(self._images), self._labels).backward()
        parameters = _parameters(self._reference)
        expected = [(parameter - RATE * parameter.grad).detach().numpy() for parameter in parameters]
        return step_error(self._before, [_open(parameter) for parameter in _parameters(self._model)], expected)


def _open(secret: Any) -> Array:
    """The value in the clear. CrypTen's own decoding is off by one for some values just below a negative integer."""
    value: Array = (secret.reveal().double() / secret.encoder.scale).float().numpy()
    return value


def _network(library: Any, name: str, values: list[Array]) -> Any:
    """The network, made of the modules of ``torch.nn`` or ``crypten.nn``, with the given weights."""
    model = library.Sequential(*[_module(library, layer) for layer in NETWORKS[name]])
    for parameter, value in zip(_parameters(model), values, strict=True):
        parameter.data.copy_(torch.from_numpy(value))
    return model


def _parameters(model: Any) -> list[Any]:
    """Weight and bias of each layer, in order."""
    layers = [module for module in model.modules() if hasattr(module, "weight")]
    return [getattr(layer, name) for layer in layers for name in ("weight", "bias")]


def _module(library: Any, layer: Layer) -> Any:
    make: dict[str, Callable[..., Any]] = {
        "linear": library.Linear,
        "conv": library.Conv2d,
        "pool": library.AvgPool2d,
        "relu": library.ReLU,
        "flatten": library.Flatten,
    }
    return make[layer.kind](*layer.sizes)


def build(setup: Setup) -> Task:
    """Meet the other party and share the inputs."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    os.environ |= {
        "DISTRIBUTED_BACKEND": "gloo",
        "RENDEZVOUS": f"file://{setup.folder.resolve()}/rendezvous",
        "WORLD_SIZE": "2",
        "RANK": str(setup.party),
    }
    crypten.init()
    torch.manual_seed(0)
    work = WORKS[setup.work]
    if work.kind == "step":
        return _Step(work, threshold=setup.protocol == "threshold")
    return _Inference(work) if work.kind == "inference" else _Operation(work)


if __name__ == "__main__":
    serve(build)
