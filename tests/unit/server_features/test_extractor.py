"""Linear nodes on whole numbers, exactly, mod 2^64: what each party does to its own share."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from common.architecture import parse_architecture
from common.ids import Party
from server_node.features.extractor import extract
from server_node.online.session import recording_session
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.two_party.operations import RING, DealerSource, Source, added, record, share, uniform

ONE = 1 << 16


def chain(shape: tuple[int, int, int], *nodes: dict[str, Any]) -> Any:
    """A network of these nodes one after the other."""
    listed, last = [], "x"
    for number, node in enumerate([*nodes, {"op": "flatten"}]):
        listed.append({"id": f"n{number}", "in": [last], **node})
        last = f"n{number}"
    listed.append({"id": "logits", "op": "linear", "in": [last], "weight": "w", "bias": None, "outputs": 2})
    return parse_architecture(
        {
            "nodes": listed,
            "input": list(shape),
            "classes": ["0", "1"],
            "pixels": {"scale": "unit", "bits": 8},
            "features": last,
        }
    )


@pytest.fixture
def dealer() -> Source:
    return DealerSource()


def run(dealer: Source, network: Any, x: torch.Tensor) -> torch.Tensor:
    return added(dealer.run(lambda session, own: extract(session, network, own), share(x.reshape(len(x), -1))))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 5)])
def test_convolution_is_that_of_torch(dealer: Source, stride: int, padding: int, kernel: tuple[int, int]) -> None:
    taps = uniform(-50, 51, 4, *kernel, seed=3)
    node = {"op": "conv2d", "taps": taps.tolist(), "shift": 0, "stride": stride, "padding": padding}
    x = uniform(-ONE, ONE, 2, 3, 7, 9)
    weight = taps.double()[:, None].repeat(3, 1, 1, 1)
    expected = functional.conv2d(x.double(), weight, stride=stride, padding=padding, groups=3)
    assert torch.equal(run(dealer, chain((3, 7, 9), node), x), expected.flatten(1).to(torch.int64))


def test_convolution_wraps_with_the_ring(dealer: Source) -> None:
    """Shares are uniform in the whole ring: no product of them may lose a bit."""
    taps = uniform(-4095, 4096, 1, 2, 2, seed=3)
    node = {"op": "conv2d", "taps": taps.tolist(), "shift": 0, "stride": 1, "padding": 0}
    x = uniform(*RING, 1, 1, 3, 3)
    got = run(dealer, chain((1, 3, 3), node), x).reshape(2, 2)
    for row in range(2):
        for column in range(2):
            cells = [(i, j) for i in range(2) for j in range(2)]
            exact = sum(int(x[0, 0, row + i, column + j]) * int(taps[0, i, j]) for i, j in cells)
            assert (int(got[row, column]) - exact) % 2**64 == 0


@pytest.mark.parametrize("size", [1, 2, 4])
def test_pooling_is_the_mean_and_drops_the_rest(dealer: Source, size: int) -> None:
    x = uniform(-100, 100, 2, 2, 7, 9) * size * size
    expected = functional.avg_pool2d(x.double(), size).flatten(1)
    got = run(dealer, chain((2, 7, 9), {"op": "average-pool", "size": size}), x).double()
    assert float((got - expected).abs().max()) <= (0 if size == 1 else 1)


@pytest.mark.parametrize(("numerator", "shift"), [(3, 0), (-2, 0), (3, 2), (0, 4), (4096, 12)])
def test_scaling_multiplies_by_a_fraction(dealer: Source, numerator: int, shift: int) -> None:
    x = uniform(-ONE, ONE, 3, 1, 4, 4)
    got = run(dealer, chain((1, 4, 4), {"op": "scale", "numerator": numerator, "shift": shift}), x).double()
    error = (got - x.double().flatten(1) * numerator / 2**shift).abs()
    assert float(error.max()) <= (1 if shift else 0)


def test_squares_of_large_values_keep_to_their_bound(dealer: Source) -> None:
    """A square takes a ring just large enough for its bound; values at the bound must fit."""
    network = chain((1, 4, 4), {"op": "scale", "numerator": 12, "shift": 0}, {"op": "square"})
    x = torch.full((2, 1, 4, 4), ONE)
    x[1] = -ONE
    got = run(dealer, network, x).double() / ONE
    assert float((got - 144).abs().max()) <= 1 / ONE


def test_concatenation_rounds_only_what_grew(dealer: Source) -> None:
    listed = [
        {"id": "flat", "op": "flatten", "in": ["x"]},
        {"id": "half", "op": "scale", "in": ["flat"], "numerator": 1, "shift": 1},
        {"id": "both", "op": "concat", "in": ["flat", "half"]},
        {"id": "logits", "op": "linear", "in": ["both"], "weight": "w", "bias": None, "outputs": 2},
    ]
    network = parse_architecture(
        {
            "nodes": listed,
            "input": [1, 2, 2],
            "classes": ["0", "1"],
            "pixels": {"scale": "unit", "bits": 8},
            "features": "both",
        }
    )
    x = 2 * uniform(-ONE, ONE, 5, 1, 2, 2)
    got = run(dealer, network, x)
    assert torch.equal(got[:, :4], x.reshape(5, 4))
    assert int((got[:, 4:] - x.reshape(5, 4) // 2).abs().max()) <= 1


@pytest.mark.parametrize("extractor", ["average-pool", "filter-bank"])
@pytest.mark.parametrize("channels", [1, 3])
def test_recorded_features_have_the_declared_shape(extractor: str, channels: int) -> None:
    network = architecture(specification(features={"extractor": extractor}), (13, 18, channels))
    session, recorder = recording_session(Party.P0)
    x = torch.empty((6, channels * 13 * 18), dtype=torch.int64, device="meta")
    assert session.run(extract(session, network, x)).shape == (6, *network.shapes["features"])
    kinds = {request.kind for request in recorder.requests}
    assert kinds == {"mask", "square", "private-product"}


def test_plan_does_not_depend_on_the_party() -> None:
    network = architecture(specification(features={"extractor": "filter-bank"}), (12, 12, 1))
    x = torch.empty((4, 144), dtype=torch.int64)
    plans = [record(lambda session, own: extract(session, network, own), party, x) for party in Party]
    assert plans[0] == plans[1]


def test_images_are_features_too_with_channels_last(dealer: Source) -> None:
    spec = specification(features={"extractor": "none"}, hiding={"mask": False}, model=model_of("lenet"))
    network = architecture(spec, (16, 16, 3))
    x = uniform(-ONE, ONE, 2, 3, 16, 16)
    assert network.features == "x"
    assert torch.equal(run(dealer, network, x), x.permute(0, 2, 3, 1))
