"""The measured work as every peer sees it: names, shapes and networks. Runs in every environment: numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]

BATCH: Final = 128
CLASSES: Final = 10
PIXELS: Final = 784
RATE: Final = 1.0
SEED: Final = 20
MILLION: Final = 1_000_000


class Layer(NamedTuple):
    """``linear`` (inputs, outputs), ``conv`` (inputs, outputs, window), ``pool`` (window,), ``relu`` or ``flatten``."""

    kind: str
    sizes: tuple[int, ...] = ()


RELU: Final = Layer("relu")
NETWORKS: Final[dict[str, tuple[Layer, ...]]] = {
    "softmax": (Layer("linear", (PIXELS, CLASSES)),),
    "mlp": (
        Layer("linear", (PIXELS, 128)), RELU,
        Layer("linear", (128, 128)), RELU,
        Layer("linear", (128, CLASSES)),
    ),
    "lenet": (
        Layer("conv", (1, 20, 5)), RELU, Layer("pool", (2,)),
        Layer("conv", (20, 50, 5)), RELU, Layer("pool", (2,)),
        Layer("flatten"), Layer("linear", (800, 500)), RELU, Layer("linear", (500, CLASSES)),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """One piece of work.

    A step takes the gradient of the loss's sum over the batch and divides the rate by the batch size instead: the same
    step at the same price, but in fixed point the gradients of the mean drown in the rounding of the truncations.

    Args:
        kind: ``step`` (forward, softmax cross-entropy, backward, plain SGD), ``inference``, ``relu``, ``matmul``
            or ``multiply`` (elementwise, with truncation).
        network: a name in `NETWORKS`, of a step or an inference.
        shapes: of the operands of the others.
        allowed: the largest error a correct run makes: of a step, the distance between the weights' change and that of
            the same step in the clear, relative to the latter; otherwise the largest absolute difference.
        heavy: a run takes so long that few repeats must do.
    """

    kind: str
    network: str = ""
    shapes: tuple[tuple[int, ...], ...] = ()
    allowed: float = 2**-6
    heavy: bool = False


# What 16 bits of fraction leave; the missing or wrong gradient of one layer makes more.
STEP_ALLOWED: Final = 0.1
WORKS: Final[dict[str, Work]] = {
    "W1": Work("step", "softmax", allowed=STEP_ALLOWED),
    "W2": Work("step", "mlp", allowed=STEP_ALLOWED),
    "W3": Work("step", "lenet", allowed=STEP_ALLOWED, heavy=True),
    "W4mlp": Work("inference", "mlp"),
    "W4lenet": Work("inference", "lenet", heavy=True),
    "W5": Work("relu", shapes=((MILLION,),)),
    "W6a": Work("matmul", shapes=((BATCH, PIXELS), (PIXELS, BATCH))),
    "W6b": Work("matmul", shapes=((1024, 1024), (1024, 1024))),
    "W7": Work("multiply", shapes=((MILLION,), (MILLION,))),
}


def operands(work: Work) -> list[Array]:
    """Values within +-2 in the shapes of ``work``."""
    generator = np.random.default_rng(SEED)
    return [generator.uniform(-2, 2, shape).astype(np.float32) for shape in work.shapes]


def batch(network: str) -> tuple[Array, Array]:
    """Pictures within [0, 1), flat ``(128, 784)`` or ``(128, 1, 28, 28)`` as the network takes them; one-hot labels."""
    generator = np.random.default_rng(SEED)
    flat = NETWORKS[network][0].kind == "linear"
    images = generator.random((BATCH, PIXELS) if flat else (BATCH, 1, 28, 28), dtype=np.float32)
    labels = np.eye(CLASSES, dtype=np.float32)[generator.integers(0, CLASSES, BATCH)]
    return images, labels


def weights(network: str) -> list[Array]:
    """Weight and bias of each layer that has them: ``(outputs, inputs)`` or ``(outputs, inputs, window, window)``."""
    generator = np.random.default_rng(SEED)
    found: list[Array] = []
    for kind, sizes in NETWORKS[network]:
        if kind not in ("linear", "conv"):
            continue
        inputs, outputs, *window = sizes
        bound = (inputs * (window[0] ** 2 if window else 1)) ** -0.5
        for shape in ((outputs, inputs, *window * 2), (outputs,)):
            found.append(generator.uniform(-bound, bound, shape).astype(np.float32))
    return found


def step_error(before: list[Array], found: list[Array], expected: list[Array]) -> float:
    """Distance of two changes of weights, relative to the expected one."""

    def change(after: list[Array]) -> Array:
        return np.concatenate([(new - old).ravel() for new, old in zip(after, before, strict=True)])

    return float(np.linalg.norm(change(found) - change(expected)) / np.linalg.norm(change(expected)))


def largest_difference(found: Array, expected: Array) -> float:
    """Largest absolute difference of two arrays."""
    return float(np.abs(found - expected).max())
