"""Updates are those of torch's optimisers, step after step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.vector import wide_inverse_root
from tests.helpers.networks.build import ONE, layer, linear, network, random_images, random_labels, random_tensors
from tests.helpers.networks.run import Batch, network_of, steps_of_torch, steps_on_shares
from tests.helpers.two_party.operations import Source, added, share

MLP = network((1, 3, 3), linear(6), layer("relu"), linear(3), flat=True)
START = random_tensors(MLP)
Make = Callable[[list[torch.Tensor]], torch.optim.Optimizer]
KINDS: dict[str, tuple[dict[str, Any], Make]] = {
    "plain": ({}, lambda tensors: torch.optim.SGD(tensors)),
    "momentum": ({"momentum": 0.9}, lambda tensors: torch.optim.SGD(tensors, momentum=0.9)),
    "decay": (
        {"momentum": 0.5, "weight_decay": 0.01},
        lambda tensors: torch.optim.SGD(tensors, momentum=0.5, weight_decay=0.01),
    ),
    "adam": ({"name": "adam"}, lambda tensors: torch.optim.Adam(tensors)),
    "adam-decay": (
        {"name": "adam", "weight_decay": 0.05},
        lambda tensors: torch.optim.Adam(tensors, weight_decay=0.05),
    ),
}


def batches(count: int, size: int = 8) -> list[Batch]:
    return [(random_images(MLP, size, seed), random_labels(MLP, size, seed)) for seed in range(count)]


def furthest(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> float:
    return max(float((found[name] - expected[name]).abs().max()) for name in expected)


def moved(expected: dict[str, torch.Tensor]) -> float:
    return furthest(expected, {name: value.double() / ONE for name, value in START.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_is_that_of_torch(source: Source, kind: str) -> None:
    settings, make = KINDS[kind]
    rates = [0.01 if kind.startswith("adam") else 0.5]
    found, _ = steps_on_shares(source, network_of(MLP, **settings), START, batches(1), rates)
    expected = steps_of_torch(MLP, START, batches(1), rates, make)
    # The first step of Adam is the rate itself, up or down, wherever the gradient is not nearly zero.
    assert furthest(found, expected) <= (2e-4 if kind.startswith("adam") else 1e-3)
    assert moved(expected) > (0.0099 if kind.startswith("adam") else 0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_several_steps_follow_torch(dealer: Source, kind: str) -> None:
    settings, make = KINDS[kind]
    rates = [0.1, 0.2, 0.3, 0.2, 0.1, 0.05] if not kind.startswith("adam") else [0.01] * 6
    found, _ = steps_on_shares(dealer, network_of(MLP, **settings), START, batches(6, 16), rates)
    expected = steps_of_torch(MLP, START, batches(6, 16), rates, make)
    assert furthest(found, expected) <= (3e-3 if kind.startswith("adam") else 2e-3)
    assert moved(expected) > 0.04


@pytest.mark.parametrize("clip", [0.05, 0.2, 100.0])
def test_clipping_is_that_of_torch(source: Source, clip: float) -> None:
    """The largest norm is far below, below and far above that of the gradients."""
    network = network_of(MLP, clip=clip)
    found, _ = steps_on_shares(source, network, START, batches(1), [1.0])
    expected = steps_of_torch(MLP, START, batches(1), [1.0], lambda tensors: torch.optim.SGD(tensors), clip=clip)
    assert furthest(found, expected) <= 5e-4 * min(clip, 1.0) + 2e-5
    length = sum((value - START[name].double() / ONE).square().sum() for name, value in expected.items()) ** 0.5
    assert abs(float(length) - clip) < 1e-6 or (clip == 100.0 and 0.2 < float(length) < 2)


def test_clipping_comes_before_decay_and_adam(dealer: Source) -> None:
    network = network_of(MLP, name="adam", clip=0.1, weight_decay=0.05)
    found, _ = steps_on_shares(dealer, network, START, batches(3), [0.01] * 3)
    expected = steps_of_torch(
        MLP, START, batches(3), [0.01] * 3, lambda tensors: torch.optim.Adam(tensors, weight_decay=0.05), clip=0.1
    )
    assert furthest(found, expected) <= 2e-3


@pytest.mark.parametrize("size", [2, 32, 256])
def test_step_takes_the_mean_of_the_batch(dealer: Source, size: int) -> None:
    """Twice the same images give the same step."""
    ((x, labels),) = batches(1, size // 2)
    twice = torch.cat([x, x]), torch.cat([labels, labels])
    found, _ = steps_on_shares(dealer, network_of(MLP), START, [twice], [0.5])
    expected = steps_of_torch(MLP, START, [(x, labels)], [0.5], lambda tensors: torch.optim.SGD(tensors))
    assert furthest(found, expected) <= 1e-3


def test_learning_rate_of_nothing_changes_nothing(dealer: Source) -> None:
    for settings in ({}, {"momentum": 0.9}, {"name": "adam"}):
        found, _ = steps_on_shares(dealer, network_of(MLP, **settings), START, batches(1), [0.0])
        assert furthest(found, {name: value.double() / ONE for name, value in START.items()}) == 0


def test_weights_without_a_gradient_stay_exactly(dealer: Source) -> None:
    """A pixel that is always dark moves nothing, under Adam too, where every small number becomes a step."""
    ((x, labels),) = batches(1)
    x[:, 4] = 0
    for settings in ({"momentum": 0.9}, {"name": "adam"}):
        found, _ = steps_on_shares(dealer, network_of(MLP, **settings), START, [(x, labels)] * 3, [0.05] * 3)
        assert torch.equal(found["n0.weight"][4], START["n0.weight"][4].double() / ONE)
        assert not torch.equal(found["n0.weight"][3], START["n0.weight"][3].double() / ONE)


@pytest.mark.parametrize(("settings", "rounds"), [({"momentum": 0.9}, 1), ({"name": "adam"}, 25), ({"clip": 1.0}, 34)])
def test_update_takes_so_many_rounds(dealer: Source, settings: dict[str, Any], rounds: int) -> None:
    """Whatever the network; the rest of a step is that of plain SGD, whose update is one round."""
    _, plain = steps_on_shares(dealer, network_of(MLP), START, batches(1), [0.1])
    _, run = steps_on_shares(dealer, network_of(MLP, **settings), START, batches(1), [0.1])
    extra = rounds if "clip" in settings else rounds - 1
    assert run.stats[0].rounds == plain.stats[0].rounds + extra


@pytest.mark.parametrize("places", [30, 44])
def test_wide_inverse_root_over_its_whole_range(dealer: Source, places: int) -> None:
    exact = [1, 2, 3, 1000, 2**29, 2**30 - 2, 2**31, 2**34, 2**40 + 12345, 2**53, 2**54 - 1]
    x = torch.tensor(exact + [round(1.37**n) for n in range(1, 118)])
    found_places: list[int] = []

    def operation(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
        inverse, result_places = yield from wide_inverse_root(session, own, places)
        found_places.append(result_places)
        return inverse

    got = added(dealer.run(operation, share(x))).double() / 2.0 ** found_places[0]
    expected = (x.double() / 2.0**places).rsqrt()
    error = (got / expected - 1).abs()
    assert float(error.max()) <= 0.01
    assert float(error[(x < 2**29) | (x >= 2**34)].max()) <= 0.0015
