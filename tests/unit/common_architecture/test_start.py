"""Where a training starts: the same for everybody who has the seed."""

from __future__ import annotations

import math

import numpy as np

from common.architecture import initial_tensors
from tests.helpers.jobs.projects import architecture, model_of, specification

SEED = b"start".ljust(32)
SPEC = specification(model=model_of("resnet", bias=True), features={"extractor": "square"})
NETWORK = architecture(SPEC, (16, 16, 3), classes=5)


def test_start_has_every_tensor_in_order() -> None:
    found = initial_tensors(NETWORK, SEED, 16)
    assert list(found) == list(NETWORK.tensors)
    assert {name: value.shape for name, value in found.items()} == NETWORK.tensors
    assert all(value.dtype == np.int64 for value in found.values())


def test_start_of_weights_is_uniform_within_a_bound_of_their_inputs() -> None:
    found = initial_tensors(NETWORK, SEED, 16)
    limit = round(math.sqrt(6 / (9 * 16)) * 65536)
    weight = found["head.2.weight"]
    assert weight.shape == (3, 3, 16, 16) and np.abs(weight).max() <= limit
    assert abs(np.abs(weight).mean() / limit - 0.5) < 0.05 and abs(weight.mean() / limit) < 0.05
    assert np.abs(found["head.0.weight"]).max() <= round(math.sqrt(6 / 27) * 65536)


def test_start_of_everything_else_is_fixed() -> None:
    found = initial_tensors(NETWORK, SEED, 16)
    *_, last = (node for node in NETWORK.head if node["op"] == "linear")
    assert not found[last["weight"]].any() and not found[last["bias"]].any()
    for node in NETWORK.head:
        if node["op"] == "batch-norm":
            assert (found[node["weight"]] == 65536).all() and (found[node["variance"]] == 65536).all()
            assert not found[node["bias"]].any() and not found[node["mean"]].any()


def test_start_is_another_one_for_another_seed_and_tensor() -> None:
    first, again, other = (initial_tensors(NETWORK, seed, 16) for seed in (SEED, SEED, SEED[::-1]))
    np.testing.assert_array_equal(first["head.2.weight"], again["head.2.weight"])
    assert (first["head.2.weight"] != other["head.2.weight"]).mean() > 0.99
    assert (first["head.2.weight"] != first["head.4.weight"]).mean() > 0.99
    coarse = initial_tensors(NETWORK, SEED, 8)["head.2.weight"]
    assert np.abs(coarse).max() <= round(math.sqrt(6 / (9 * 16)) * 256)
