"""The start of a training: public, held by the first party, the same for the same toss."""

from __future__ import annotations

import pytest
import torch

from common.architecture import initial_tensors
from common.ids import Party
from server_node.train.optimizer import Optimizer
from server_node.train.state import FIRST, SECOND, SLOTS, VELOCITY, ModelState, initial_state, trained_names
from tests.helpers.jobs.projects import architecture, model_of, specification

SEED = b"s" * 32
NETWORK = architecture(
    specification(model=model_of("resnet"), features={"extractor": "none"}, hiding={"mask": False}), (8, 8, 1)
)


def start(party: Party, slots: tuple[str, ...] = (), seed: bytes = SEED) -> ModelState:
    return initial_state(party, 16, NETWORK, seed, slots)


def test_first_party_holds_the_public_start_and_the_other_nothing() -> None:
    first, second = start(Party.P0), start(Party.P1)
    expected = initial_tensors(NETWORK, SEED, 16)
    assert list(first.weights) == list(second.weights) == list(NETWORK.tensors)
    for name, value in expected.items():
        assert first.weights[name].tolist() == value.tolist()
        assert second.weights[name].shape == value.shape and not second.weights[name].any()
    assert first.steps == 0 and not first.slots


def test_start_depends_on_the_toss_alone() -> None:
    name = next(iter(NETWORK.tensors))
    one, again, other = (start(Party.P0, seed=seed).weights[name] for seed in (SEED, SEED, b"t" * 32))
    assert torch.equal(one, again) and not torch.equal(one, other)


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [(Optimizer(), ()), (Optimizer(momentum=0.9), (VELOCITY,)), (Optimizer("adam", momentum=0.9), (FIRST, SECOND))],
)
def test_memory_is_what_the_optimiser_needs_for_what_is_trained(optimizer: Optimizer, slots: tuple[str, ...]) -> None:
    """Running statistics are no business of an optimiser."""
    assert optimizer.slots == slots and set(slots) <= set(SLOTS)
    for party in Party:
        state = start(party, optimizer.slots)
        assert tuple(state.slots) == slots
        for tensors in state.slots.values():
            assert list(tensors) == trained_names(NETWORK)
            assert all(value.shape == NETWORK.tensors[name] and not value.any() for name, value in tensors.items())
    assert set(NETWORK.tensors) - set(trained_names(NETWORK)) == NETWORK.statistics != frozenset()


def test_shapes_alone_can_be_recorded() -> None:
    plain = start(Party.P0, (VELOCITY,))
    plain.steps = 3
    state = plain.on(torch.device("meta"))
    assert (list(state.weights), list(state.slots), state.steps) == (list(plain.weights), [VELOCITY], 3)
    assert all(value.is_meta for value in [*state.weights.values(), *state.slots[VELOCITY].values()])
