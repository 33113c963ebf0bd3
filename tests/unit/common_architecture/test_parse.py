"""A network description from elsewhere is taken only if every part of it can be run."""

from __future__ import annotations

import copy
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.architecture import parse_architecture
from common.architecture.checks import MAX_NODES
from common.errors import SpecRefused
from desktop_client.reveal.network import run_nodes
from tests.helpers.jobs.projects import architecture, model_of, specification

Path = tuple[str | int, ...]


def body() -> dict[str, Any]:
    """A network with a node of every kind but pooling by one."""
    spec = specification(features={"extractor": "filter-bank"}, model=model_of("mlp", 3, bias=True))
    return copy.deepcopy(architecture(spec, (8, 8, 1)).as_json())


NODES = {node["id"]: index for index, node in enumerate(body()["nodes"])}
WRONG: list[tuple[Path, Any]] = [
    (("nodes",), []),
    (("nodes",), "nodes"),
    (("nodes",), [{"id": f"n{i}", "op": "square", "in": ["x"]} for i in range(MAX_NODES + 1)]),
    (("nodes", 0), []),
    (("nodes", 0, "op"), "sigmoid"),
    (("nodes", 0, "op"), ["square"]),
    (("nodes", 0, "id"), "x"),
    (("nodes", 0, "id"), 5),
    (("nodes", 1, "id"), "energy"),
    (("nodes", 0, "in"), "x"),
    (("nodes", 0, "in"), []),
    (("nodes", 0, "in"), ["nowhere"]),
    (("nodes", 0, "in"), ["features"]),
    (("nodes", 0, "in"), ["x", "x"]),
    (("nodes", 0, "in"), [["x"]]),
    (("nodes", 0, "extra"), 1),
    (("nodes", NODES["lines"], "shift"), 17),
    (("nodes", NODES["lines"], "shift"), True),
    (("nodes", NODES["lines"], "stride"), 0),
    (("nodes", NODES["lines"], "stride"), 1.0),
    (("nodes", NODES["lines"], "padding"), -1),
    (("nodes", NODES["lines"], "padding"), 33),
    (("nodes", NODES["lines"], "taps"), []),
    (("nodes", NODES["lines"], "taps"), [[]]),
    (("nodes", NODES["lines"], "taps"), [[[]]]),
    (("nodes", NODES["lines"], "taps"), [[1, 2]]),
    (("nodes", NODES["lines"], "taps"), [[[1, 2], [3]]]),
    (("nodes", NODES["lines"], "taps"), [[[1]], [[1, 2]]]),
    (("nodes", NODES["lines"], "taps"), [[[0.5]]]),
    (("nodes", NODES["lines"], "taps"), [[[4096]]]),
    (("nodes", NODES["lines"], "taps"), [[[1] * 65]]),
    (("nodes", NODES["lines"], "taps"), [[[1]]] * 65),
    (("nodes", NODES["lines"], "taps"), [[[1] * 64] * 64]),
    (("nodes", NODES["texture"], "size"), 3),
    (("nodes", NODES["texture"], "size"), 0),
    (("nodes", NODES["texture"], "size"), 64),
    (("nodes", NODES["texture"], "in"), ["texture-flat"]),
    (("nodes", NODES["light-scaled"], "numerator"), 4097),
    (("nodes", NODES["light-scaled"], "numerator"), "3"),
    (("nodes", NODES["features"], "in"), ["texture-flat", "light"]),
    (("nodes", NODES["linear0"], "in"), ["lines"]),
    (("nodes", NODES["linear0"], "weight"), 7),
    (("nodes", NODES["linear0"], "weight"), "head.1.weight"),
    (("nodes", NODES["linear0"], "outputs"), 0),
    (("nodes", NODES["linear0"], "outputs"), 65_537),
    (("nodes", NODES["linear0"], "outputs"), None),
    (("nodes", NODES["logits"], "outputs"), 3),
    (("input",), [1, 8]),
    (("input",), [1, 8, 0]),
    (("input",), [1, 8, "8"]),
    (("input",), [1, 65_537, 8]),
    (("classes",), ["one"]),
    (("classes",), "ab"),
    (("classes",), ["a", None]),
    (("classes",), ["a", "b", "c"]),
    (("pixels",), {"scale": "unit"}),
    (("pixels",), []),
    (("pixels", "scale"), "half"),
    (("pixels", "bits"), 12),
    (("pixels", "bits"), [8]),
    (("features",), "lines"),
    (("features",), "nothing"),
    (("features",), ["features"]),
]


def put(path: Path, value: Any) -> dict[str, Any]:
    """The good network with another value at one place."""
    changed = body()
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = copy.deepcopy(value)
    return changed


def places(value: Any, path: Path = ()) -> list[Path]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, child in children for place in places(child, (*path, key))]


PLACES = [place for place in places(body()) if "taps" not in place[:-1]]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda value: repr(value)[:40])
def test_parse_refuses_what_cannot_be_run(path: Path, value: Any) -> None:
    with pytest.raises(SpecRefused) as refusal:
        parse_architecture(put(path, value))
    assert refusal.value.details["field"] == "architecture"


@pytest.mark.parametrize("name", ["nodes", "input", "classes", "pixels", "features"])
def test_parse_refuses_missing_parts(name: str) -> None:
    changed = body()
    del changed[name]
    with pytest.raises(SpecRefused):
        parse_architecture(changed)


@pytest.mark.parametrize("value", [None, [], "network", 3])
def test_parse_refuses_what_is_no_description(value: object) -> None:
    with pytest.raises(SpecRefused):
        parse_architecture(value)


def test_parse_needs_the_width_of_every_layer() -> None:
    """A file says how wide each layer is; nothing else does."""
    changed = body()
    for node in changed["nodes"]:
        node.pop("outputs", None)
    with pytest.raises(SpecRefused, match="fields"):
        parse_architecture(changed)


ATOMS = st.one_of(st.none(), st.booleans(), st.integers(-5, 99_999), st.floats(), st.text(string.printable, max_size=6))
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_lowercase), inner, max_size=3),
    max_leaves=6,
)


@given(path=st.sampled_from(PLACES), value=JSON)
def test_parse_gives_a_network_that_runs_or_refuses(path: Path, value: Any) -> None:
    try:
        network = parse_architecture(put(path, value))
    except SpecRefused:
        return
    tensors = {name: np.ones(shape) for name, shape in network.tensors.items()}
    logits = run_nodes(network.nodes, np.ones((2, *network.shape)), tensors)
    assert logits.shape == (2, len(network.classes))
