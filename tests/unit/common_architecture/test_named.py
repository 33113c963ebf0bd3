"""Named models, models of one's own and extractors together: nodes, shapes, tensors and their number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.architecture import Architecture, parse_architecture
from common.errors import SpecRefused
from tests.helpers.jobs.projects import architecture, model_of, specification


def built(
    name: str, extractor: str = "none", shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10, **model: Any
) -> Architecture:
    hidden = model.pop("hidden", ())
    spec = specification(
        model=model_of(name, *hidden, **model), features={"extractor": extractor}, hiding={"mask": extractor != "none"}
    )
    return architecture(spec, shape, classes=classes)


def conv(outputs: int, kernel: int = 3, **fields: Any) -> dict[str, Any]:
    return {"layer": "conv", "outputs": outputs, "kernel": [kernel, kernel], "stride": 1, "padding": 0, "groups": 1,
            "bias": False, **fields}  # fmt: skip


def linear(outputs: int, bias: bool = False) -> dict[str, Any]:
    return {"layer": "linear", "outputs": outputs, "bias": bias}


def test_lenet_is_that_of_the_comparisons() -> None:
    found = built("lenet", bias=True)
    assert found.features == "x" and found.extractor == ()
    assert [node["op"] for node in found.head] == [
        "conv", "relu", "average-pool", "conv", "relu", "average-pool", "flatten", "linear", "relu", "linear",
    ]  # fmt: skip
    assert found.tensors == {
        "head.0.weight": (5, 5, 1, 20), "head.0.bias": (20,), "head.1.weight": (5, 5, 20, 50), "head.1.bias": (50,),
        "head.2.weight": (800, 500), "head.2.bias": (500,), "head.3.weight": (500, 10), "head.3.bias": (10,),
    }  # fmt: skip
    assert (found.shapes["conv0"], found.shapes["average-pool1"]) == ((20, 24, 24), (50, 4, 4))
    assert found.parameters == 431_080
    assert found.statistics == frozenset()


def test_mlp_has_the_hidden_layers_it_is_given() -> None:
    found = built("mlp", hidden=(128, 128), bias=True)
    assert [(node["id"], node["op"]) for node in found.nodes] == [
        ("features", "flatten"), ("linear0", "linear"), ("relu0", "relu"), ("linear1", "linear"), ("relu1", "relu"),
        ("logits", "linear"),
    ]  # fmt: skip
    assert found.parameters == 784 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10
    assert (found.features, len(found.extractor)) == ("features", 1)


def test_resnet_adds_its_blocks_and_has_statistics() -> None:
    found = built("resnet", bias=True)
    blocks = [node["in"] for node in found.head if node["op"] == "add"]
    assert blocks == [["batch-norm2", "relu0"], ["batch-norm5", "relu3"]]
    assert found.shapes["add0"] == (16, 28, 28) and found.shapes["add1"] == (32, 14, 14)
    norms = [node for node in found.head if node["op"] == "batch-norm"]
    assert len(norms) == 6
    assert found.statistics == {node[field] for node in norms for field in ("mean", "variance")}
    assert [found.tensors[norms[0][field]] for field in ("weight", "bias", "mean", "variance")] == [(16,)] * 4
    weights = 9 * 1 * 16 + 2 * 9 * 16 * 16 + 9 * 16 * 32 + 2 * 9 * 32 * 32 + 32 * 10 + 10
    assert found.parameters == weights + 2 * (3 * 16 + 3 * 32)
    assert [node["id"] for node in found.head][-2:] == ["global-average-pool0", "logits"]


@pytest.mark.parametrize("name", ["logistic", "mlp", "lenet", "resnet"])
@pytest.mark.parametrize("extractor", ["none", "square", "average-pool"])
def test_named_networks_survive_the_way_through_json(name: str, extractor: str) -> None:
    found = built(name, extractor, (36, 40, 3))
    assert parse_architecture(json.loads(json.dumps(found.as_json()))) == found


@pytest.mark.parametrize(
    ("extractor", "features", "shape", "ops"),
    [
        ("none", "x", (2, 20, 24), []),
        ("square", "features", (2, 20, 24), ["square"]),
        ("average-pool", "features", (2, 10, 12), ["square", "average-pool", "scale"]),
    ],
)
def test_extractors_give_images_to_networks_of_images(
    extractor: str, features: str, shape: tuple[int, ...], ops: list[str]
) -> None:
    found = built("resnet", extractor, (20, 24, 2))
    assert (found.features, found.shapes[found.features]) == (features, shape)
    assert [node["op"] for node in found.extractor] == ops
    flat = built("logistic", extractor, (20, 24, 2))
    assert [node["op"] for node in flat.extractor] == [*ops, "flatten"]
    assert flat.shapes["features"] == (shape[0] * shape[1] * shape[2],)


def test_filter_bank_has_no_images_for_a_convolution() -> None:
    with pytest.raises(SpecRefused, match="takes images"):
        built("lenet", "filter-bank")


def test_a_first_flatten_belongs_to_the_public_part() -> None:
    layers = [{"layer": "flatten"}, {"layer": "relu"}, linear(10)]
    for extractor in ("none", "filter-bank"):
        found = built("custom", extractor, layers=layers)
        assert [node["op"] for node in found.head] == ["relu", "linear"]
        assert found.features == "features"
    with pytest.raises(SpecRefused, match="layers to train"):
        built("custom", layers=[{"layer": "flatten"}])


def test_layers_become_nodes_with_names_in_order() -> None:
    inner = [conv(4, 3, padding=1, groups=2, bias=True), {"layer": "residual", "layers": [{"layer": "square"}]}]
    layers = [
        conv(4, 2, stride=2), {"layer": "residual", "layers": inner}, {"layer": "batch-norm"},
        {"layer": "max-pool", "size": 3, "stride": 2}, {"layer": "dropout", "drop": 128},
        {"layer": "global-average-pool"}, linear(10, bias=True),
    ]  # fmt: skip
    found = built("custom", shape=(17, 12, 1), layers=layers)
    assert [(node["id"], node["in"]) for node in found.nodes] == [
        ("conv0", ["x"]), ("conv1", ["conv0"]), ("square0", ["conv1"]), ("add0", ["square0", "conv1"]),
        ("add1", ["add0", "conv0"]), ("batch-norm0", ["add1"]), ("max-pool0", ["batch-norm0"]),
        ("dropout0", ["max-pool0"]), ("global-average-pool0", ["dropout0"]), ("logits", ["global-average-pool0"]),
    ]  # fmt: skip
    assert list(found.tensors.items()) == [
        ("head.0.weight", (2, 2, 1, 4)), ("head.1.weight", (3, 3, 2, 4)), ("head.1.bias", (4,)),
        ("head.2.weight", (4,)), ("head.2.bias", (4,)), ("head.2.mean", (4,)), ("head.2.variance", (4,)),
        ("head.3.weight", (4, 10)), ("head.3.bias", (10,)),
    ]  # fmt: skip
    assert (found.shapes["conv0"], found.shapes["max-pool0"]) == ((4, 8, 6), (4, 3, 2))


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([linear(7)], "one output per class"),
        ([conv(2), linear(10)], "flatten"),
        ([{"layer": "flatten"}, conv(2)], "takes images"),
        ([linear(10), {"layer": "global-average-pool"}], "takes images"),
        ([conv(2, 29)], "too small"),
        ([{"layer": "average-pool", "size": 32}], "too small"),
        ([{"layer": "max-pool", "size": 30, "stride": 1}], "too small"),
        ([conv(3, groups=3)], "divide"),
        ([conv(3), conv(4, groups=3)], "divide"),
        ([{"layer": "residual", "layers": [conv(2)]}], "same shape"),
        ([linear(10), {"layer": "dropout", "drop": 5}], "Dropout"),
        ([{"layer": "global-average-pool"}, linear(65536), linear(65536), linear(10)], "parameters"),
        ([conv(40_000, 1, padding=0), {"layer": "global-average-pool"}, linear(10)], "impossible size"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: list[dict[str, Any]], word: str) -> None:
    with pytest.raises(SpecRefused, match=word):
        built("custom", layers=layers)
