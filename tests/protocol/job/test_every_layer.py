"""A network with a layer of every kind, from images to weights: on shares as in the clear with the same draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers.jobs.clear import same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import make_work, train_with_dealer

SEED = b"joint toss".ljust(32)
LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 4, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 1, "bias": False},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "residual", "layers": [
        {"layer": "conv", "outputs": 4, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 2, "bias": True},
        {"layer": "square"},
    ]},
    {"layer": "max-pool", "size": 2, "stride": 2},
    {"layer": "average-pool", "size": 2},
    {"layer": "dropout", "drop": 64},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 6, "bias": True},
    {"layer": "relu"},
    {"layer": "linear", "outputs": 3, "bias": True},
]  # fmt: skip
BUDGETS: list[dict[str, str]] = [
    {"learning_rate": "0.1", "schedule": "cosine"},
    {"learning_rate": "0.1", "loss": "logistic", "weight_decay": "0.01", "schedule": "step", "clip": "1"},
    {"learning_rate": "0.01", "optimizer": "adam", "loss": "squared", "schedule": "constant"},
]


@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: "-".join(budget.values()))
def test_every_layer_trains_on_shares_as_in_the_clear(budget: dict[str, str]) -> None:
    spec = specification(
        features={"extractor": "square"}, model=model_of("custom", layers=LAYERS), hiding={"k": 2},
        training={"epochs": 1, "batch": 16, "validation": 8, **budget},
    )  # fmt: skip
    images, labels = halves(48, 8, 3)
    work = make_work(spec, images, labels, [28, 20])
    shared = train_with_dealer(work, SEED)
    clear = same_training_in_clear(spec, images, labels, work.counts, SEED)
    assert list(shared.weights) == list(clear.tensors) == list(work.architecture.tensors)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(shared.weights[name], weight, atol=3e-3, err_msg=name)
