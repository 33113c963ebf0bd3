"""Features on shares are those of the network in floating point, up to a rounding that is worked out here."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from common.architecture import Architecture
from common.ids import Party
from server_node.features.extractor import extract
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.jobs.projects import architecture, specification
from tests.helpers.two_party.operations import Source, added, record, share, uniform

ONE = 1 << 16
BATCH = 5
KINDS = [
    (extractor, channels, bits, scale)
    for extractor in ("average-pool", "filter-bank")
    for channels in (1, 3)
    for bits in (8, 16)
    for scale in ("unit", "signed")
]


def network(extractor: str, channels: int, bits: int, scale: str) -> Architecture:
    spec = specification(features={"extractor": extractor}, hiding={"scale": scale})
    return architecture(spec, (14, 18, channels), bits)


def reference(found: Architecture, x: torch.Tensor) -> torch.Tensor:
    """The same network in float64 by torch's own layers; x [batch, c, h, w]."""
    energy = x * x
    if len(found.extractor) == 4:
        return 2 * functional.avg_pool2d(energy, 2).flatten(1)
    taps = torch.tensor(found.extractor[1]["taps"], dtype=torch.float64) / 32
    weight = taps[:, None].repeat(x.shape[1], 1, 1, 1)
    lines = functional.conv2d(energy, weight, stride=2, padding=3, groups=x.shape[1])
    texture = functional.avg_pool2d(lines * lines, 2).flatten(1)
    return torch.cat([texture, 0.75 * functional.avg_pool2d(energy, 4).flatten(1)], dim=1)


def allowed_error(found: Architecture) -> float:
    """How far rounding alone can move a feature, node by node: each rounding is off by less than one unit."""
    unit = 1.0 / ONE
    errors = {"x": 0.0}
    for node in found.extractor:
        error = max(errors[name] for name in node["in"])
        if node["op"] == "square":
            error = 2 * found.bounds[node["in"][0]] * (error + unit) + unit
        elif node["op"] == "conv2d":
            error *= max(sum(abs(v) for row in kernel for v in row) for kernel in node["taps"]) / 2 ** node["shift"]
        elif node["op"] == "scale":
            error *= node["numerator"] / 2 ** node["shift"]
        errors[node["id"]] = error
    return errors[found.features] + unit


def inputs(found: Architecture, seed: int = 0) -> torch.Tensor:
    """Network inputs in fixed point [batch, c, h, w], with both signs, the ends of the range among them."""
    values = uniform(-ONE, ONE + 1, BATCH, *found.shape, seed=seed)
    values[0], values[1, :, ::2], values[1, :, 1::2] = 0, ONE, -ONE
    return values


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_features_are_those_of_the_network(dealer: Source, kind: tuple[str, int, int, str]) -> None:
    found = network(*kind)
    x = inputs(found)
    run = dealer.run(lambda session, own: extract(session, found, own), share(x.reshape(BATCH, -1)))
    expected = reference(found, x.double() / ONE)
    got = added(run).double() / ONE
    assert got.shape == expected.shape == (BATCH, found.shapes["features"][0])
    assert float((got - expected).abs().max()) <= allowed_error(found)
    assert abs(float((got - expected).mean())) < 2 / ONE


@pytest.mark.parametrize("extractor", ["average-pool", "filter-bank"])
def test_features_with_prepared_correlations_are_the_same(source: Source, extractor: str) -> None:
    found = network(extractor, 1, 8, "unit")
    x = inputs(found)
    run = source.run(lambda session, own: extract(session, found, own), share(x.reshape(BATCH, -1)))
    error = added(run).double() / ONE - reference(found, x.double() / ONE)
    assert float(error.abs().max()) <= allowed_error(found)


@pytest.mark.parametrize("extractor", ["average-pool", "filter-bank"])
def test_features_do_not_depend_on_the_signs(dealer: Source, extractor: str) -> None:
    """What makes the mask harmless to learning: only the absolute value carries information."""
    found = network(extractor, 1, 8, "signed")
    x = inputs(found)
    flips = 2 * uniform(0, 2, *x.shape, seed=4) - 1
    runs = [
        dealer.run(lambda session, own: extract(session, found, own), share(one.reshape(BATCH, -1), seed))
        for seed, one in enumerate((x, x * flips))
    ]
    difference = (added(runs[0]) - added(runs[1])).double() / ONE
    assert float(difference.abs().max()) <= 2 * allowed_error(found)


@pytest.mark.parametrize(("extractor", "waits"), [("average-pool", 3), ("filter-bank", 6)])
def test_features_cost_a_few_rounds_whatever_the_size(dealer: Source, extractor: str, waits: int) -> None:
    """Two for a square, one for any other rounding."""
    for channels in (1, 3):
        found = network(extractor, channels, 8, "unit")
        run = dealer.run(lambda session, own: extract(session, found, own), share(inputs(found).reshape(BATCH, -1)))
        assert run.latency == waits


@pytest.mark.parametrize("extractor", ["average-pool", "filter-bank"])
def test_features_send_one_word_for_each_square_and_one_bit_for_each_rounding(dealer: Source, extractor: str) -> None:
    found = network(extractor, 1, 8, "unit")
    run = dealer.run(lambda session, own: extract(session, found, own), share(inputs(found).reshape(BATCH, -1)))
    pixels, features = int(np.prod(found.shape)), found.shapes["features"][0]
    lines = int(np.prod(found.shapes["lines"])) if extractor == "filter-bank" else 0
    words, bits = pixels + lines, pixels + 2 * lines + features
    expected = BATCH * (8 * words + bits / 8)
    assert expected <= run.stats[0].bytes_sent <= 1.02 * expected + 200


def test_linear_nodes_open_nothing(dealer: Source) -> None:
    """All that is opened is one masked value per square and private top bits for the roundings."""
    found = network("filter-bank", 1, 8, "unit")
    run = dealer.run(lambda session, own: extract(session, found, own), share(inputs(found).reshape(BATCH, -1)))
    squares = [value.numel() for step, value in run.opened[0] if step == "open"]
    assert squares == [BATCH * 14 * 18, BATCH * int(np.prod(found.shapes["lines"]))]
    assert {step for step, _ in run.opened[0]} == {"open", "swap-bits"}


def test_extraction_is_planned_without_arithmetic(dealer: Source) -> None:
    """The recorder sees the same shapes that the real run has."""
    found = network("filter-bank", 3, 8, "unit")

    def shapes(session: Session, own: torch.Tensor) -> Steps[torch.Size]:
        return (yield from extract(session, found, own)).shape

    run = dealer.run(shapes, share(inputs(found).reshape(BATCH, -1)))
    assert run.results[0] == (BATCH, found.shapes["features"][0])
    assert record(shapes, Party.P0, inputs(found).reshape(BATCH, -1))
