"""One party of SPU: ``python -m`` this module with the interpreter of SPU's environment.

Protocol ``semi2k`` deals its correlations at the first party, SPU's default, ``cheetah`` needs no dealer. Ring of
64 bits and 18 bits of fraction, SPU's default for it. Every operand is secret, the weights too; the loss itself is
not computed, only its gradient.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.peers.workers.worker import Setup, Task, serve
from tests.bench.peers.workers.works import (
    BATCH,
    NETWORKS,
    RATE,
    WORKS,
    Array,
    Work,
    batch,
    largest_difference,
    operands,
    step_error,
    weights,
)

# No type information can be had here: these live in another environment than the one that checks types.
jax: Any = importlib.import_module("jax")
spu: Any = importlib.import_module("spu")
libspu: Any = importlib.import_module("spu.libspu")
frontend: Any = importlib.import_module("spu.utils.frontend")

SECRET = libspu.Visibility.VIS_SECRET
PATIENCE_MS = 3_600_000
TRAFFIC = re.compile(r"Link details: total send bytes (\d+), .*send actions (\d+)")
OPERATIONS: dict[str, Callable[..., Any]] = {
    "relu": jax.nn.relu,
    "matmul": lambda x, y: x @ y,
    "multiply": lambda x, y: x * y,
}


class _Program:
    """A function compiled for SPU, and its shared arguments."""

    def __init__(self, setup: Setup, function: Callable[..., list[Any]], arguments: list[Array]) -> None:
        config = _config(setup.protocol)
        self._log = setup.folder / f"spu-{setup.party}.log"
        _log_to(self._log)
        self._link = _meet(setup)
        self._other = 1 - setup.party
        self._io = spu.Io(2, config)
        self._runtime = spu.Runtime(self._link, config)
        self._function, self._arguments = function, arguments
        names = [f"in-{index}" for index in range(len(arguments))]
        self._executable, _ = frontend.compile(
            frontend.Kind.JAX,
            function,
            arguments,
            {},
            names,
            [SECRET] * len(names),
            lambda outputs: [f"out-{index}" for index in range(len(outputs))],
        )
        for name, value in zip(names, arguments, strict=True):
            self._runtime.set_var(name, self._share(value))

    def wait(self) -> None:
        self._link.barrier()

    def run(self) -> None:
        self._runtime.run(self._executable)

    def traffic(self) -> tuple[int, int]:
        # The last run: the first one of Cheetah also sets its transfers up.
        bytes_sent, sends = TRAFFIC.findall(self._log.read_text(encoding="utf-8"))[-1]
        return int(bytes_sent), int(sends)

    def error(self) -> float:
        expected = [np.asarray(value) for value in self._function(*self._arguments)]
        return self._distance([self._open(name) for name in self._executable.output_names], expected)

    def _distance(self, found: list[Array], expected: list[Array]) -> float:
        return max(map(largest_difference, found, expected))

    def _share(self, value: Array) -> Any:
        if self._other == 0:
            return self._receive()
        mine, theirs = self._io.make_shares(value, SECRET)
        self._send(theirs)
        return mine

    def _open(self, name: str) -> Array:
        mine = self._runtime.get_var(name)
        self._send(mine)
        pair = [mine, self._receive()]
        value: Array = self._io.reconstruct(pair if self._other else pair[::-1])
        return value

    def _send(self, share: Any) -> None:
        self._link.send(self._other, str(len(share.share_chunks)))
        for part in (share.meta, *share.share_chunks):
            self._link.send(self._other, part)

    def _receive(self) -> Any:
        share, chunks = libspu.Share(), int(self._link.recv(self._other))
        share.meta = self._link.recv(self._other)
        share.share_chunks = [self._link.recv(self._other) for _ in range(chunks)]
        return share


class _Training(_Program):
    """A step, judged by the change of the weights."""

    def _distance(self, found: list[Array], expected: list[Array]) -> float:
        return step_error(self._arguments[:-2], found, expected)


def _forward(network: str, parameters: list[Any], images: Any) -> Any:
    """What the network says about the images, which are ``(batch, height, width, channels)`` if not flat."""
    rest, x = list(parameters), images
    for kind, sizes in NETWORKS[network]:
        if kind == "linear":
            x = x @ rest.pop(0) + rest.pop(0)
        elif kind == "conv":
            order = ("NHWC", "HWIO", "NHWC")
            x = jax.lax.conv_general_dilated(x, rest.pop(0), (1, 1), "VALID", dimension_numbers=order) + rest.pop(0)
        elif kind == "pool":
            window = (1, sizes[0], sizes[0], 1)
            x = jax.lax.reduce_window(x, 0.0, jax.lax.add, window, window, "VALID") * sizes[0] ** -2
        elif kind == "relu":
            x = jax.nn.relu(x)
        else:
            x = x.reshape(x.shape[0], -1)
    return x


def _step(network: str, *arguments: Any) -> list[Any]:
    *parameters, images, labels = arguments

    def loss(parameters: list[Any]) -> Any:
        logits = _forward(network, parameters, images)
        return -(labels * jax.nn.log_softmax(logits)).sum()

    gradients = jax.grad(loss)(parameters)
    return [value - RATE / BATCH * gradient for value, gradient in zip(parameters, gradients, strict=True)]


def _jax_weights(network: str) -> list[Array]:
    """The weights in the order of axes that the network above takes."""
    orders = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}
    return [np.ascontiguousarray(value.transpose(orders[value.ndim])) for value in weights(network)]


def _jax_batch(network: str) -> list[Array]:
    images, labels = batch(network)
    return [images if images.ndim == 2 else np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels]


def _config(protocol: str) -> Any:
    kinds = {"semi2k": libspu.ProtocolKind.SEMI2K, "cheetah": libspu.ProtocolKind.CHEETAH}
    config = libspu.RuntimeConfig(kinds[protocol], libspu.FieldType.FM64)
    # The profile is the only place where SPU says how many bytes it sent; it costs a few lines of log a run.
    config.enable_pphlo_profile = True
    return config


def _log_to(path: Path) -> None:
    options = libspu.logging.LogOptions()
    options.enable_console_logger = False
    options.system_log_path = str(path)
    libspu.logging.setup_logging(options)


def _meet(setup: Setup) -> Any:
    about = libspu.link.Desc()
    about.recv_timeout_ms = PATIENCE_MS
    about.http_timeout_ms = PATIENCE_MS
    about.connect_retry_times = 60
    for party, address in enumerate(setup.addresses):
        about.add_party(f"party-{party}", address)
    return libspu.link.create_brpc(about, setup.party)


def build(setup: Setup) -> Task:
    """Meet the other party, compile, and share the inputs."""
    work: Work = WORKS[setup.work]
    name = work.network
    if work.kind == "step":
        return _Training(setup, lambda *arguments: _step(name, *arguments), _jax_weights(name) + _jax_batch(name))
    if work.kind == "inference":
        arguments = [*_jax_weights(name), _jax_batch(name)[0]]
        return _Program(setup, lambda *values: [_forward(name, list(values[:-1]), values[-1])], arguments)
    operation = OPERATIONS[work.kind]
    return _Program(setup, lambda *values: [operation(*values)], operands(work))


if __name__ == "__main__":
    serve(build)
