"""A list of layers is taken only if every field of every layer is in range."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import SpecRefused
from common.layers import MAX_DEPTH, MAX_LAYERS, check_layers

CONV: dict[str, Any] = {
    "layer": "conv", "outputs": 8, "kernel": [3, 5], "stride": 2, "padding": 1, "groups": 2, "bias": True,
}  # fmt: skip
GOOD: list[dict[str, Any]] = [
    CONV,
    {"layer": "linear", "outputs": 65536, "bias": False},
    *({"layer": name} for name in ("batch-norm", "relu", "square", "flatten", "global-average-pool")),
    {"layer": "average-pool", "size": 64},
    {"layer": "max-pool", "size": 1, "stride": 16},
    {"layer": "dropout", "drop": 255},
    {"layer": "residual", "layers": [CONV]},
]


@pytest.mark.parametrize("layer", GOOD, ids=lambda layer: layer["layer"])
def test_layers_of_every_kind_are_taken(layer: dict[str, Any]) -> None:
    assert check_layers([layer, layer]) == (layer, layer)


@pytest.mark.parametrize("layer", GOOD, ids=lambda layer: layer["layer"])
def test_layers_with_more_or_fewer_fields_are_refused(layer: dict[str, Any]) -> None:
    changed = [{**layer, "extra": 1}] + [{k: v for k, v in layer.items() if k != name} for name in layer]
    for wrong in changed:
        with pytest.raises(SpecRefused) as refusal:
            check_layers([wrong])
        assert refusal.value.details["field"] == "model.layers"


@pytest.mark.parametrize(
    ("layer", "field", "values"),
    [
        (GOOD[1], "outputs", [0, 65_537, 1.0, "8", True, None]),
        (GOOD[1], "bias", [0, 1, None, "yes"]),
        (CONV, "kernel", [[3], [3, 3, 3], [0, 3], [3, 65], [3, 2.0], [True, 1], 3, "33"]),
        (CONV, "stride", [0, 17, [1, 1]]),
        (CONV, "padding", [-1, 33]),
        (CONV, "groups", [0, -1]),
        (GOOD[7], "size", [0, 65]),
        (GOOD[8], "stride", [0]),
        (GOOD[9], "drop", [0, 256, 0.5]),
        (GOOD[10], "layers", [[], {}, None, [{"layer": "gelu"}], [CONV, 5]]),
        (GOOD[3], "layer", ["gelu", None, 5, ["relu"], ""]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_layers_with_a_wrong_value_are_refused(layer: dict[str, Any], field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(SpecRefused):
            check_layers([{**copy.deepcopy(layer), field: value}])


def nested(depth: int) -> dict[str, Any]:
    layer: dict[str, Any] = {"layer": "square"}
    for _ in range(depth):
        layer = {"layer": "residual", "layers": [layer]}
    return layer


def test_layers_are_capped_in_number_and_depth() -> None:
    relu: dict[str, Any] = {"layer": "relu"}
    check_layers([relu] * MAX_LAYERS)
    check_layers([nested(MAX_DEPTH)])
    for wrong in ([relu] * (MAX_LAYERS + 1), [{"layer": "residual", "layers": [relu] * MAX_LAYERS}]):
        with pytest.raises(SpecRefused, match="at most"):
            check_layers(wrong)
    for depth in (MAX_DEPTH + 1, 100):
        with pytest.raises(SpecRefused, match="deep"):
            check_layers([nested(depth)])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"layer": inner, "layers": inner}),
        max_leaves=8,
    )
)
def test_anything_else_is_refused_by_name(value: Any) -> None:
    with pytest.raises(SpecRefused) as refusal:
        check_layers(value)
    assert refusal.value.details["field"] == "model.layers"
