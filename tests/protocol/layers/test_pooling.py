"""Average, largest and global pooling: outputs and gradients of torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from server_node.train.network import pool_before_relu
from tests.helpers.networks.build import ONE, conv, layer, linear, network, random_images, random_tensors
from tests.helpers.networks.run import assert_like_torch, pass_back
from tests.helpers.two_party.operations import Source, uniform

POOLS: dict[str, dict[str, Any]] = {
    "average 2": {"op": "average-pool", "size": 2},
    "average 3": {"op": "average-pool", "size": 3},
    "average 4": {"op": "average-pool", "size": 4},
    "largest of 2": {"op": "max-pool", "size": 2, "stride": 2},
    "largest of 3 at 2": {"op": "max-pool", "size": 3, "stride": 2},
    "largest of 2 at 1": {"op": "max-pool", "size": 2, "stride": 1},
    "largest of 2 at 3": {"op": "max-pool", "size": 2, "stride": 3},
}


def error_of(classes: int, batch: int) -> torch.Tensor:
    return uniform(-ONE, ONE, batch, classes, seed=77)


@pytest.mark.parametrize("kind", POOLS)
def test_pooling_after_a_product_is_that_of_torch(dealer: Source, kind: str) -> None:
    """A remainder at the edge is dropped and gets no error. The product is not rounded before it is summed."""
    found = network((2, 7, 8), conv(3, padding=1), POOLS[kind], layer("flatten"), linear(3))
    bounds = (120, 2500)
    assert_like_torch(dealer, found, random_tensors(found), random_images(found, 4), error_of(3, 4), bounds)


@pytest.mark.parametrize("kind", ["average 2", "average 3", "largest of 2", "largest of 3 at 2"])
def test_pooling_with_prepared_correlations_is_the_same(source: Source, kind: str) -> None:
    found = network((1, 6, 6), conv(2), POOLS[kind], layer("flatten"), linear(2))
    assert_like_torch(source, found, random_tensors(found), random_images(found, 2), error_of(2, 2), (30, 300))


@pytest.mark.parametrize("shape", [(2, 4, 4), (2, 8, 8), (2, 5, 3)])
def test_global_pooling_is_the_mean_of_every_channel(source: Source, shape: tuple[int, int, int]) -> None:
    """Exact for powers of two; else the factor has sixteen places."""
    found = network(shape, conv(3, padding=1), layer("global-average-pool"), linear(3))
    assert_like_torch(source, found, random_tensors(found), random_images(found, 2), error_of(3, 2), (6, 80))


@pytest.mark.parametrize("first", ["relu", "pool"])
def test_relu_and_largest_pool_in_either_order_are_the_same(source: Source, first: str) -> None:
    pool, relu = layer("max-pool", size=2, stride=2), layer("relu")
    middle = [relu, pool] if first == "relu" else [pool, relu]
    found = network((1, 6, 6), conv(2), *middle, layer("flatten"), linear(2))
    assert_like_torch(source, found, random_tensors(found), random_images(found, 2), error_of(2, 2), (30, 300))


def test_pools_go_before_relus_that_nothing_else_uses() -> None:
    nodes: list[dict[str, Any]] = [
        {"id": "c", "op": "conv", "in": ["x"]},
        {"id": "r", "op": "relu", "in": ["c"]},
        {"id": "p", "op": "max-pool", "in": ["r"], "size": 2, "stride": 2},
        {"id": "s", "op": "relu", "in": ["p"]},
        {"id": "q", "op": "max-pool", "in": ["s"], "size": 2, "stride": 1},
        {"id": "b", "op": "add", "in": ["q", "s"]},
    ]
    kept = [dict(node) for node in nodes]
    found = pool_before_relu(nodes)
    assert [(node["op"], node["id"], node["in"]) for node in found[:3]] == [
        ("conv", "c", ["x"]), ("max-pool", "r", ["c"]), ("relu", "p", ["r"]),
    ]  # fmt: skip
    assert found[3:] == nodes[3:], "the second ReLU is used twice"
    assert nodes == kept


def test_equal_values_send_the_whole_error_to_the_first(dealer: Source) -> None:
    pool = layer("max-pool", size=2, stride=2)
    found = network((1, 2, 2), conv(1, (1, 1), bias=False), pool, layer("flatten"), linear(2))
    tensors = {**random_tensors(found), "n0.weight": torch.full((1, 1, 1, 1), ONE)}
    x = torch.full((1, 2, 2, 1), ONE // 2)
    got = pass_back(dealer, found, tensors, x, error_of(2, 1))
    expected = (tensors["n3.weight"].double() @ error_of(2, 1)[0].double()) / ONE**2 / 2
    assert abs(float(got.gradients["n0.weight"]) - float(expected)) * ONE <= 1
