"""The trained part of a description from elsewhere: every field, number, shape and name is checked."""

from __future__ import annotations

import copy
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.architecture import parse_architecture
from common.errors import SpecRefused
from desktop_client.reveal.network import run_nodes
from tests.helpers.jobs.projects import architecture, model_of, specification

Path = tuple[str | int, ...]
LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 4, "kernel": [3, 2], "stride": 1, "padding": 1, "groups": 1, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "residual", "layers": [{"layer": "square"}]},
    {"layer": "max-pool", "size": 2, "stride": 1},
    {"layer": "average-pool", "size": 3},
    {"layer": "relu"},
    {"layer": "dropout", "drop": 64},
    {"layer": "global-average-pool"},
    {"layer": "linear", "outputs": 2, "bias": False},
]


def body() -> dict[str, Any]:
    """A network with a trained node of every kind but flatten."""
    spec = specification(features={"extractor": "square"}, model=model_of("custom", layers=LAYERS))
    return copy.deepcopy(architecture(spec, (9, 8, 2)).as_json())


NODES = {node["id"]: index for index, node in enumerate(body()["nodes"])}
CONV, NORM, ADD, POOL = (NODES[name] for name in ("conv0", "batch-norm0", "add0", "max-pool0"))
WRONG: list[tuple[Path, Any]] = [
    (("nodes", CONV, "outputs"), 0),
    (("nodes", CONV, "outputs"), 65_537),
    (("nodes", CONV, "outputs"), 4.0),
    (("nodes", CONV, "outputs"), True),
    (("nodes", CONV, "kernel"), [3]),
    (("nodes", CONV, "kernel"), [0, 3]),
    (("nodes", CONV, "kernel"), [3, 65]),
    (("nodes", CONV, "kernel"), [3, True]),
    (("nodes", CONV, "kernel"), "33"),
    (("nodes", CONV, "kernel"), [13, 2]),
    (("nodes", CONV, "stride"), 0),
    (("nodes", CONV, "stride"), 17),
    (("nodes", CONV, "padding"), -1),
    (("nodes", CONV, "padding"), 33),
    (("nodes", CONV, "groups"), 0),
    (("nodes", CONV, "groups"), 3),
    (("nodes", CONV, "weight"), None),
    (("nodes", CONV, "weight"), "Head"),
    (("nodes", CONV, "weight"), "head.0.bias"),
    (("nodes", CONV, "weight"), "head.1.mean"),
    (("nodes", CONV, "bias"), 0),
    (("nodes", CONV, "bias"), "x" * 65),
    (("nodes", CONV, "in"), ["x"]),
    (("nodes", CONV, "in"), ["features", "features"]),
    (("nodes", CONV, "taps"), [[[1]]]),
    (("nodes", NORM, "bias"), None),
    (("nodes", NORM, "mean"), "head.1.variance"),
    (("nodes", NORM, "outputs"), 4),
    (("nodes", ADD, "in"), ["square0"]),
    (("nodes", ADD, "in"), ["square0", "square0"]),
    (("nodes", ADD, "in"), ["square0", "features"]),
    (("nodes", ADD, "in"), ["square0", "batch-norm0", "batch-norm0"]),
    (("nodes", ADD, "in"), ["batch-norm0", "conv0"]),
    (("nodes", POOL, "size"), 0),
    (("nodes", POOL, "size"), 20),
    (("nodes", POOL, "stride"), 0),
    (("nodes", NODES["average-pool0"], "size"), 65),
    (("nodes", NODES["dropout0"], "drop"), 0),
    (("nodes", NODES["dropout0"], "drop"), 256),
    (("nodes", NODES["global-average-pool0"], "op"), "relu"),
    (("nodes", NODES["relu0"], "op"), "scale"),
    (("nodes", NODES["relu0"], "op"), "concat"),
    (("nodes", NODES["features"], "op"), "relu"),
    (("nodes", NODES["relu0"], "id"), "Relu"),
    (("nodes", NODES["relu0"], "id"), "a.b"),
    (("nodes", NODES["logits"], "in"), ["relu0"]),
    (("features",), "conv0"),
    (("features",), "logits"),
]


def put(path: Path, value: Any) -> dict[str, Any]:
    changed = body()
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = copy.deepcopy(value)
    return changed


def places(value: Any, path: Path = ()) -> list[Path]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, child in children for place in places(child, (*path, key))]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda value: repr(value)[:40])
def test_parse_refuses_trained_nodes_that_cannot_be_run(path: Path, value: Any) -> None:
    with pytest.raises(SpecRefused) as refusal:
        parse_architecture(put(path, value))
    assert refusal.value.details["field"] == "architecture"
    assert str(refusal.value).endswith((".", "?"))


def test_parse_refuses_a_node_that_nothing_uses() -> None:
    changed = body()
    changed["nodes"].insert(CONV, {"id": "idle", "op": "relu", "in": ["features"]})
    with pytest.raises(SpecRefused, match="Nothing uses the node 'idle'"):
        parse_architecture(changed)


def test_parse_without_a_public_part_takes_the_image_itself() -> None:
    changed = body()
    changed["nodes"] = changed["nodes"][1:]
    changed["nodes"][0]["in"] = changed["nodes"][0]["in"][:0] + ["x"]
    changed["features"] = "x"
    found = parse_architecture(changed)
    assert found.extractor == () and len(found.head) == len(LAYERS) + 1
    assert found.shapes["x"] == (2, 9, 8)


def test_parse_leaves_what_it_is_given_as_it_was() -> None:
    given_body = body()
    parse_architecture(given_body)
    assert given_body == body()


ATOMS = st.one_of(st.none(), st.booleans(), st.integers(-5, 99), st.floats(), st.sampled_from([*NODES, "x", "head.9"]))
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_lowercase), inner, max_size=3),
    max_leaves=6,
)


@given(path=st.sampled_from(places(body())), value=JSON)
def test_parse_gives_a_trained_network_that_runs_or_refuses(path: Path, value: Any) -> None:
    try:
        network = parse_architecture(put(path, value))
    except SpecRefused:
        return
    tensors = {name: np.ones(shape) for name, shape in network.tensors.items()}
    logits = run_nodes(network.nodes, np.ones((2, *network.shape)), tensors)
    assert logits.shape == (2, len(network.classes))
