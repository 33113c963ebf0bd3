"""Jobs with convolutions, normalisation, dropout and every optimiser and loss: the model of training in the clear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.errors import PeerGone
from common.specification import Specification
from server_node.model.snapshot import load_checkpoint
from tests.helpers.jobs.clear import same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import Notes, make_work, run_job, seeded, train_with_dealer
from tests.helpers.two_party.helping import LocalHelper, local_rooms

SIDE = 12
SEED = b"joint toss".ljust(32)
CONV: dict[str, Any] = {
    "layer": "conv", "outputs": 4, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 1, "bias": True,
}  # fmt: skip
NORM: dict[str, Any] = {"layer": "batch-norm"}
RELU: dict[str, Any] = {"layer": "relu"}
LAST: dict[str, Any] = {"layer": "linear", "outputs": 2, "bias": True}
RESIDUAL: list[dict[str, Any]] = [
    CONV, NORM, RELU, {"layer": "max-pool", "size": 2, "stride": 2},
    {"layer": "residual", "layers": [{**CONV, "groups": 2}, NORM]}, RELU, {"layer": "global-average-pool"}, LAST,
]  # fmt: skip
DROPPING: list[dict[str, Any]] = [
    {**CONV, "stride": 2}, RELU, {"layer": "average-pool", "size": 2}, {"layer": "dropout", "drop": 128},
    {"layer": "flatten"}, LAST,
]  # fmt: skip
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "residual with momentum": (model_of("custom", layers=RESIDUAL), {"learning_rate": "0.1"}, 0.06),
    "dropout with decay": (
        model_of("custom", layers=DROPPING),
        {"learning_rate": "0.1", "weight_decay": "0.01", "schedule": "cosine"},
        0.01,
    ),
    "adam with clipping": (
        model_of("custom", layers=DROPPING),
        {"learning_rate": "0.01", "optimizer": "adam", "momentum": "0", "clip": "0.5", "schedule": "step"},
        0.02,
    ),
    "logistic loss": (model_of("mlp", bias=True), {"learning_rate": "0.2", "loss": "logistic"}, 0.01),
    "squared loss": (model_of("logistic", bias=True), {"learning_rate": "0.02", "loss": "squared"}, 0.01),
}


def spec_of(model: dict[str, Any], **training: Any) -> Specification:
    extractor = "square" if model["name"] == "custom" else "average-pool"
    fields = {"epochs": 2, "batch": 16, "validation": 16, **training}
    return specification(model=model, features={"extractor": extractor}, training=fields, hiding={"k": 2})


@pytest.mark.parametrize("case", CASES)
def test_training_on_shares_is_training_in_the_clear(case: str) -> None:
    """With the same draws; the whole move of the weights is many times the difference."""
    model, training, bound = CASES[case]
    spec = spec_of(model, **training)
    images, labels = halves(96, SIDE)
    work = make_work(spec, images, labels, [60, 36])
    shared = train_with_dealer(work, SEED)
    clear = same_training_in_clear(spec, images, labels, work.counts, SEED)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(shared.weights[name], weight, atol=bound, err_msg=name)
    biases = [name for name in clear.tensors if name.endswith("bias")]
    assert max(float(np.abs(clear.tensors[name]).max()) for name in biases) > 0.02
    last = list(clear.tensors)[-2]
    assert float(np.abs(clear.tensors[last]).max()) > 2 * bound


def test_whole_job_of_a_convolutional_network_with_a_helper(tmp_path: Path) -> None:
    """Prepared for real, broken off after an epoch and taken up again: Adam's memory is in the checkpoint."""
    model, training, bound = CASES["adam with clipping"]
    spec = spec_of(model, **training)
    images, labels = halves(64, 8)
    work = make_work(spec, images, labels, [40, 24])

    def stop(action: str, subject: dict[str, str | int]) -> None:
        if action == "job-checkpoint":
            raise Stopped

    with local_rooms() as rooms:
        with pytest.raises((Stopped, PeerGone)):
            run_job(work, tmp_path, seeded("first"), (Notes(stop), Notes()), source=LocalHelper(rooms))
    state = load_checkpoint(tmp_path / "a", 1).state
    assert sorted(state.slots) == ["first", "second"] and state.steps == 3
    with local_rooms() as rooms:
        run = run_job(work, tmp_path, seeded("second"), source=LocalHelper(rooms))
    assert [epoch for epoch, _ in run.notes[0].steps] == [2]
    clear = same_training_in_clear(spec, images, labels, work.counts, run.seed)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(run.weights()[name], weight, atol=2 * bound, err_msg=name)


class Stopped(Exception):
    """The test broke the job off."""
