"""The networks a specification stands for: sizes, bounds that hold, and the form in which they travel."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from common.architecture import Pixels, build_architecture, check_range, parse_architecture
from common.errors import SpecRefused
from desktop_client.reveal.network import run_nodes
from tests.helpers.jobs.projects import architecture, model_of, specification

EXTRACTORS = ("average-pool", "filter-bank")
SHAPES = [(8, 8, 1), (12, 20, 3), (28, 28, 1), (9, 13, 2)]


def feature_count(extractor: str, shape: tuple[int, int, int]) -> int:
    """Worked out by hand: quarters of the image; or strided lines pooled by two, and light pooled by four."""
    height, width, channels = shape
    if extractor == "average-pool":
        return channels * (height // 2) * (width // 2)
    rows, columns = (height + 1) // 2, (width + 1) // 2
    return channels * (4 * (rows // 2) * (columns // 2) + (height // 4) * (width // 4))


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_build_logistic_maps_features_to_classes(extractor: str, shape: tuple[int, int, int]) -> None:
    network = architecture(specification(features={"extractor": extractor}), shape, classes=5)
    assert network.shape == (shape[2], shape[0], shape[1])
    assert network.tensors == {"head.0.weight": (feature_count(extractor, shape), 5)}
    assert network.extractor[-1]["id"] == network.features == "features"
    assert [node["op"] for node in network.head] == ["linear"]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_build_mlp_has_a_hidden_layer(extractor: str) -> None:
    spec = specification(features={"extractor": extractor}, model=model_of("mlp", 7))
    network = architecture(spec, (16, 16, 1), classes=3)
    features = feature_count(extractor, (16, 16, 1))
    assert network.tensors == {"head.0.weight": (features, 7), "head.1.weight": (7, 3)}
    assert [node["op"] for node in network.head] == ["linear", "relu", "linear"]


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize("head", ["logistic", "mlp"])
@pytest.mark.parametrize("scale", ["unit", "signed"])
def test_build_survives_the_way_through_json(extractor: str, head: str, scale: str) -> None:
    spec = specification(features={"extractor": extractor}, model=model_of(head), hiding={"scale": scale})
    network = architecture(spec, (16, 12, 3), bits=16, classes=4)
    assert parse_architecture(json.loads(json.dumps(network.as_json()))) == network


@pytest.mark.parametrize(
    ("extractor", "shape"),
    [("average-pool", (1, 8, 1)), ("average-pool", (8, 1, 1)), ("filter-bank", (3, 8, 1)), ("filter-bank", (8, 2, 1))],
)
def test_build_refuses_images_that_leave_no_features(extractor: str, shape: tuple[int, int, int]) -> None:
    with pytest.raises(SpecRefused, match="too small"):
        architecture(specification(features={"extractor": extractor}), shape)


@pytest.mark.parametrize("classes", [[], ["only"], [str(index) for index in range(1001)], ["a", 2]])
def test_build_refuses_class_names_it_cannot_use(classes: list[Any]) -> None:
    with pytest.raises(SpecRefused, match="classes"):
        build_architecture(specification(), (8, 8, 1), 8, classes)


@pytest.mark.parametrize("shape", [(70_000, 8, 1), (0, 8, 1), (8, 8, 0)])
def test_build_refuses_impossible_images(shape: tuple[int, int, int]) -> None:
    with pytest.raises(SpecRefused, match="input shape"):
        architecture(specification(), shape)


def test_build_refuses_images_too_large_to_compute_on() -> None:
    with pytest.raises(SpecRefused, match="impossible size"):
        architecture(specification(), (65_536, 65_536, 1))


# --- pixels and bounds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_pixels_become_input_as_written(bits: int, dtype: type[np.unsignedinteger[Any]]) -> None:
    top = (1 << bits) - 1
    pixels = np.array([0, 1, top], dtype)
    np.testing.assert_array_equal(Pixels("unit", bits).values(pixels), np.array([0, 1, top]) / (top + 1))
    np.testing.assert_array_equal(Pixels("signed", bits).values(pixels), np.array([-top, 2 - top, top]) / (top + 1))


def noise(shape: tuple[int, int, int], top: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, top + 1, (64, *shape))


def corners(shape: tuple[int, int, int], top: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(1).integers(0, 2, (64, *shape)) * top


def steps(shape: tuple[int, int, int], top: int) -> npt.NDArray[np.int64]:
    """Half black, half white, cut at every row: the strongest answer of the line kernels."""
    rows = [np.where(np.arange(shape[0])[:, None, None] < cut, 0, top) for cut in range(shape[0])]
    return np.stack([np.broadcast_to(row, shape) for row in rows])


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize("scale", ["unit", "signed"])
@pytest.mark.parametrize("make", [noise, corners, steps], ids=lambda make: str(make.__name__))
def test_bounds_hold_for_every_node(
    extractor: str, scale: str, make: Callable[[tuple[int, int, int], int], npt.NDArray[np.int64]]
) -> None:
    network = architecture(specification(features={"extractor": extractor}, hiding={"scale": scale}), (16, 16, 1))
    inputs = network.pixels.values(make((16, 16, 1), 255).transpose(0, 3, 1, 2))
    for end in range(1, len(network.extractor) + 1):
        node = network.extractor[end - 1]
        values = run_nodes(network.extractor[:end], inputs, {})
        assert values.shape[1:] == network.shapes[node["id"]]
        assert np.abs(values).max() <= network.bounds[node["id"]]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_range_of_our_own_networks_is_safe(extractor: str) -> None:
    check_range(architecture(specification(features={"extractor": extractor}), (64, 64, 3)), 16)


def chain(*nodes: dict[str, Any]) -> dict[str, Any]:
    """A network that runs its nodes one after the other, then flattens."""
    listed, last = [], "x"
    for number, node in enumerate(nodes):
        listed.append({"id": f"n{number}", "in": [last], **node})
        last = f"n{number}"
    listed.append({"id": "flat", "op": "flatten", "in": [last]})
    listed.append({"id": "logits", "op": "linear", "in": ["flat"], "weight": "w", "bias": None, "outputs": 2})
    pixels = {"scale": "unit", "bits": 8}
    return {"nodes": listed, "input": [1, 4, 4], "classes": ["0", "1"], "pixels": pixels, "features": "flat"}


TIMES_16: dict[str, Any] = {"op": "scale", "numerator": 16, "shift": 0}
SQUARE: dict[str, Any] = {"op": "square"}


@pytest.mark.parametrize("nodes", [[TIMES_16, SQUARE], [TIMES_16] * 5, [SQUARE] * 9])
def test_range_that_fits_is_accepted(nodes: list[dict[str, Any]]) -> None:
    check_range(parse_architecture(chain(*nodes)), 16)


@pytest.mark.parametrize("nodes", [[TIMES_16, SQUARE, SQUARE], [TIMES_16] * 6, [TIMES_16, TIMES_16, SQUARE]])
def test_range_that_could_overflow_is_refused(nodes: list[dict[str, Any]]) -> None:
    """A square of 2^8 needs 2 * 8 + 3 * 16 bits, which the ring does not have."""
    with pytest.raises(SpecRefused, match="range"):
        check_range(parse_architecture(chain(*nodes)), 16)


def test_range_depends_on_the_fraction() -> None:
    network = parse_architecture(chain(TIMES_16, SQUARE))
    check_range(network, 16)
    with pytest.raises(SpecRefused):
        check_range(network, 20)
