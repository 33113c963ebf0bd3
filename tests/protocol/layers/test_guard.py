"""The range check: its one bit is right at every bound, for every value, and it says nothing else."""

from __future__ import annotations

import pytest
import torch

from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train import guard
from server_node.train.guard import in_range
from server_node.train.layers.layer import Gradient
from server_node.train.layers.linear import gradient_ring
from server_node.train.layers.values import VALUE_BITS
from server_node.train.optimizer import Optimizer, slot_bits
from server_node.train.state import FIRST, SECOND, VELOCITY, ModelState
from tests.helpers.networks.run import shares_of
from tests.helpers.two_party.operations import RING, DealerSource, Run, Source, uniform

PLACES = 16
STATISTICS = frozenset({"mean"})
BOUNDS = {
    "weight": guard.WEIGHT_BITS + PLACES,
    "mean": VALUE_BITS + PLACES,
    "logits": VALUE_BITS + PLACES,
    **{kind: slot_bits(kind, PLACES) for kind in (VELOCITY, FIRST, SECOND)},
}
SIZES = {"weight": 70, "mean": 3, "logits": 64, VELOCITY: 70, FIRST: 1, SECOND: 129}


def sane() -> dict[str, torch.Tensor]:
    """Values all over their ranges."""
    return {
        name: uniform(-(2 ** BOUNDS[name]), 2 ** BOUNDS[name], size, seed=seed)
        for seed, (name, size) in enumerate(SIZES.items())
    }


def checked(source: Source, values: dict[str, torch.Tensor]) -> Run[bool]:
    def operation(session: Session, *own: torch.Tensor) -> Steps[bool]:
        parts = dict(zip(values, own, strict=True))
        slots = {kind: {"weight": parts[kind]} for kind in (VELOCITY, FIRST, SECOND)}
        state = ModelState({"weight": parts["weight"], "mean": parts["mean"]}, slots)
        return in_range(session, state, STATISTICS, parts["logits"])

    run = source.run(operation, *shares_of(list(values.values())))
    assert run.results[0] == run.results[1]
    return run


def test_values_inside_their_bounds_are_in_range(source: Source) -> None:
    assert checked(source, sane()).results[0]


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("sign", [1, -1])
def test_one_value_outside_is_noticed(dealer: Source, name: str, sign: int) -> None:
    """A 64th above its bound, far above it, and at the end of the ring; first, last or in the middle."""
    bound, size = 2 ** BOUNDS[name], SIZES[name]
    for place, value in ((0, bound + bound // 64), (size - 1, 2 * bound), (size // 2, 2**63 - 1)):
        values = sane()
        values[name][place] = sign * value - (sign < 0)
        assert not checked(dealer, values).results[0], value


@pytest.mark.parametrize("name", SIZES)
def test_values_at_their_bounds_are_in_range(dealer: Source, name: str) -> None:
    values = sane()
    values[name][0], values[name][-1] = 2 ** BOUNDS[name] - 1, -(2 ** BOUNDS[name])
    assert checked(dealer, values).results[0]


def test_random_words_are_not_in_range(source: Source) -> None:
    values = {**sane(), "weight": uniform(*RING, SIZES["weight"])}
    assert not checked(source, values).results[0]


def test_state_without_logits_and_slots_can_be_checked(dealer: Source) -> None:
    def operation(session: Session, own: torch.Tensor) -> Steps[bool]:
        return in_range(session, ModelState({"w": own}), frozenset(), own[:0])

    for value, expected in ((2**24 - 1, True), (2**25, False)):
        run = dealer.run(operation, *shares_of([torch.tensor([value])]))
        assert run.results == (expected, expected)


@pytest.mark.parametrize("place", [0, 3, 69])
@pytest.mark.parametrize(
    ("value", "expected"),
    [*((value, True) for value in (31.9, -32.0)), *((value, False) for value in (33.0, -33.0, 129.0, -200.0, 255.9))],
)
def test_gradient_that_adam_cannot_hold_is_noticed_steps_later(
    dealer: Source, value: float, expected: bool, place: int
) -> None:
    """Whatever its moments have become by then."""
    batch, surplus, count = 64, 26, 70

    def operation(session: Session, weights: torch.Tensor, first: torch.Tensor, later: torch.Tensor) -> Steps[bool]:
        optimizer = Optimizer(name="adam")
        state = ModelState({"w": weights}, {kind: {"w": torch.zeros_like(weights)} for kind in optimizer.slots})
        ring_bits = gradient_ring(session, surplus, batch)
        for own in (first, later, later):
            yield from optimizer.update(session, state, {"w": Gradient(own.clone(), surplus, ring_bits)}, batch, 1)
        sane = ModelState({"w": torch.zeros_like(weights)}, within=state.within)
        return (yield from in_range(session, sane, frozenset(), weights[:0]))

    later = torch.full((count,), round(0.01 * batch * 2.0 ** (PLACES + surplus)))
    first = later.clone()
    first[place] = round(value * batch * 2.0 ** (PLACES + surplus))
    run = dealer.run(operation, *shares_of([torch.zeros_like(first), first, later]))
    assert run.results == (expected, expected)


@pytest.mark.parametrize("chunk", [64, 100])
def test_large_models_are_checked_piece_by_piece(dealer: Source, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(guard, "_CHUNK", chunk)
    assert checked(dealer, sane()).results[0]
    for name in SIZES:
        values = sane()
        values[name][-1] = 2 ** (BOUNDS[name] + 1)
        assert not checked(dealer, values).results[0], name


def test_only_the_bit_itself_is_opened_as_it_is(dealer: Source) -> None:
    """The last message is one word with one bit; all others are masked, and the same for every state but one bit."""
    good = checked(dealer, sane())
    values = sane()
    values["weight"][3] = 2**40
    bad = checked(dealer, values)
    for party in range(2):
        (_, last_good), (_, last_bad) = good.received[party][-1], bad.received[party][-1]
        assert len(last_good) == len(last_bad) == 8
        assert int.from_bytes(last_good, "little") <= 1 and int.from_bytes(last_bad, "little") <= 1
        assert [len(body) for _, body in good.received[party]] == [len(body) for _, body in bad.received[party]]


def test_shares_of_the_bit_are_fair_coins() -> None:
    """What a server receives at the end is random: only both shares together say anything."""
    run_bits = []
    for seed in range(40):
        run = checked(DealerSource(f"masks {seed}".encode()), sane())
        run_bits.append(run.received[0][-1][1][0])
    assert 8 <= sum(run_bits) <= 32
