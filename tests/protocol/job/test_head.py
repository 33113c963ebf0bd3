"""The secret head on shares: logits, gradients and steps are those of torch, up to the stated error of softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from common.architecture import Architecture
from common.ids import Party
from common.schedule import RATE_BITS
from server_node.online.nonlinear import SOFTMAX_ERROR
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.train.head import HeadState, forward, initial_state, train_step
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.two_party.operations import Shares, Source, added, share, uniform

ONE = 1 << 16
HEADS = ["logistic", "mlp"]
Weights = dict[str, torch.Tensor]


def network(head: str, classes: int = 4, hidden: int = 6) -> Architecture:
    """Sixteen features."""
    return architecture(specification(model=model_of(head, hidden)), (8, 8, 1), classes=classes)


def fixed(values: torch.Tensor) -> torch.Tensor:
    return (values * ONE).round().to(torch.int64)


def random_weights(found: Architecture, seed: int = 5) -> Weights:
    """Fixed point, up to about one half."""
    return {
        name: uniform(-ONE // 2, ONE // 2, *shape, seed=seed + index)
        for index, (name, shape) in enumerate(found.tensors.items())
    }


@dataclass
class Batch:
    """Features in [0, 2) and soft labels that sum to one, in fixed point."""

    features: torch.Tensor
    labels: torch.Tensor


def batch(found: Architecture, size: int = 8, seed: int = 0) -> Batch:
    features = uniform(0, 2 * ONE, size, found.shapes["features"][0], seed=seed)
    cuts = uniform(0, 256, size, len(found.classes) - 1, seed=seed + 1).sort(dim=1).values
    ends = torch.cat([cuts, torch.full((size, 1), 256)], dim=1)
    return Batch(features, torch.diff(ends, dim=1, prepend=torch.zeros(size, 1, dtype=torch.int64)) << 8)


def float_logits(weights: list[torch.Tensor], features: torch.Tensor) -> torch.Tensor:
    x = features
    for weight in weights[:-1]:
        x = torch.relu(x @ weight)
    return x @ weights[-1]


class FloatTraining:
    """The same steps by torch: autograd for the gradient of mean cross-entropy, torch's own SGD with momentum."""

    def __init__(self, weights: Weights, momentum: float) -> None:
        self.weights = [(w.double() / ONE).requires_grad_() for w in weights.values()]
        self._sgd = torch.optim.SGD(self.weights, lr=1.0, momentum=momentum)

    def step(self, data: Batch, rate: float) -> None:
        for group in self._sgd.param_groups:
            group["lr"] = rate
        self._sgd.zero_grad()
        logits = float_logits(self.weights, data.features.double() / ONE)
        loss = torch.nn.functional.cross_entropy(logits, data.labels.double() / ONE)
        torch.autograd.backward(loss)
        self._sgd.step()


def own_state(found: Architecture, shares: tuple[torch.Tensor, ...]) -> HeadState:
    weights = dict(zip(found.tensors, shares, strict=True))
    return HeadState(weights, {name: torch.zeros_like(value) for name, value in weights.items()})


def steps_on_shares(
    source: Source, found: Architecture, weights: Weights, batches: list[Batch], rates: list[float], momentum: float
) -> list[torch.Tensor]:
    """Weights in the clear after all steps."""

    def operation(session: Session, *own: torch.Tensor) -> Steps[list[torch.Tensor]]:
        state = own_state(found, own[: len(found.tensors)])
        data = own[len(found.tensors) :]
        for number, rate in enumerate(rates):
            features, labels = data[2 * number : 2 * number + 2]
            scaled = round(rate * 2**RATE_BITS), round(momentum * 2**RATE_BITS)
            yield from train_step(session, state, features, labels, *scaled)
        return list(state.weights.values())

    inputs: list[Shares] = [share(w, seed) for seed, w in enumerate(weights.values())]
    for seed, one in enumerate(batches):
        inputs += [share(one.features, 100 + seed), share(one.labels, 200 + seed)]
    first, second = source.run(operation, *inputs).results
    return [a + b for a, b in zip(first, second, strict=True)]


def assert_close(found: list[torch.Tensor], expected: list[torch.Tensor], bound: float) -> None:
    for got, wanted in zip(found, expected, strict=True):
        error = float((got.double() / ONE - wanted.detach()).abs().max())
        assert error <= bound, f"{error} is more than {bound}"


@pytest.mark.parametrize("head", HEADS)
def test_forward_gives_the_logits_of_the_network(source: Source, head: str) -> None:
    found = network(head)
    weights, data = random_weights(found), batch(found)

    def operation(session: Session, features: torch.Tensor, *own: torch.Tensor) -> Steps[torch.Tensor]:
        return forward(session, features, own_state(found, own))

    run = source.run(operation, share(data.features), *[share(w, 1) for w in weights.values()])
    expected = float_logits([w.double() / ONE for w in weights.values()], data.features.double() / ONE)
    # A rounded hidden value is off by one unit and enters each logit with a weight below one half.
    bound = (1 + (6 / 2 if head == "mlp" else 0)) / ONE
    assert float((added(run).double() / ONE - expected).abs().max()) <= bound


@pytest.mark.parametrize("head", HEADS)
def test_one_step_is_a_step_of_torch(source: Source, head: str) -> None:
    """A probability that is off by the error of softmax moves a weight by the rate times that times the input."""
    found = network(head)
    weights, data, rate = random_weights(found), batch(found), 0.5
    plain = FloatTraining(weights, 0.9)
    plain.step(data, rate)
    moved = steps_on_shares(source, found, weights, [data], [rate], 0.9)
    largest_input = 2.0 if head == "logistic" else 2.0 * 16 * 0.5
    assert_close(moved, plain.weights, rate * SOFTMAX_ERROR * largest_input)
    start = [w.double() / ONE for w in weights.values()]
    step = max(float((new.detach() - old).abs().max()) for new, old in zip(plain.weights, start, strict=True))
    assert step > 10 * rate * SOFTMAX_ERROR * 2, "the step is large enough to be measured"


@pytest.mark.parametrize("head", HEADS)
def test_typical_error_of_a_step_is_far_below_the_bound(dealer: Source, head: str) -> None:
    found = network(head)
    weights, data = random_weights(found), batch(found, size=64)
    plain = FloatTraining(weights, 0.0)
    plain.step(data, 0.25)
    moved = steps_on_shares(dealer, found, weights, [data], [0.25], 0.0)
    errors = [(a.double() / ONE - b.detach()) for a, b in zip(moved, plain.weights, strict=True)]
    spread = float(torch.cat([error.reshape(-1) for error in errors]).square().mean().sqrt())
    assert spread < 0.25 * SOFTMAX_ERROR


@pytest.mark.parametrize("head", HEADS)
def test_several_steps_follow_torch_with_momentum(dealer: Source, head: str) -> None:
    found = network(head)
    weights = random_weights(found)
    batches = [batch(found, size=16, seed=10 * number) for number in range(6)]
    rates = [0.1, 0.2, 0.3, 0.2, 0.1, 0.05]
    plain = FloatTraining(weights, 0.9)
    for one, rate in zip(batches, rates, strict=True):
        plain.step(one, rate)
    assert_close(steps_on_shares(dealer, found, weights, batches, rates, 0.9), plain.weights, 0.02)


@pytest.mark.parametrize("size", [2, 32, 256])
def test_step_takes_the_mean_of_the_batch(dealer: Source, size: int) -> None:
    """Twice the same images give the same step."""
    found = network("logistic")
    weights, one = random_weights(found), batch(found, size=size // 2)
    double = Batch(one.features.repeat(2, 1), one.labels.repeat(2, 1))
    plain = FloatTraining(weights, 0.0)
    plain.step(one, 0.5)
    assert_close(steps_on_shares(dealer, found, weights, [double], [0.5], 0.0), plain.weights, SOFTMAX_ERROR)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_step_with_any_number_of_classes(dealer: Source, classes: int) -> None:
    found = network("logistic", classes=classes)
    weights, data = random_weights(found), batch(found)
    plain = FloatTraining(weights, 0.9)
    plain.step(data, 0.5)
    assert_close(steps_on_shares(dealer, found, weights, [data], [0.5], 0.9), plain.weights, SOFTMAX_ERROR)


def test_gradient_stops_at_relus_that_are_off(dealer: Source) -> None:
    """With a hidden layer that is off everywhere nothing moves."""
    found = network("mlp")
    weights = random_weights(found)
    weights["head.0.weight"] = -weights["head.0.weight"].abs() - 1000
    moved = steps_on_shares(dealer, found, weights, [batch(found)], [1.0], 0.0)
    for new, old in zip(moved, weights.values(), strict=True):
        assert int((new - old).abs().max()) <= 2


def test_learning_rate_of_nothing_changes_nothing_but_rounding(dealer: Source) -> None:
    found = network("logistic")
    weights = random_weights(found)
    (moved,) = steps_on_shares(dealer, found, weights, [batch(found)], [0.0], 0.9)
    assert int((moved - weights["head.0.weight"]).abs().max()) <= 1


# --- the start ---------------------------------------------------------------------------------------------------


def start(party: Party, found: Architecture, seed: bytes = b"s" * 32) -> HeadState:
    return initial_state(party, 16, found, seed)


@pytest.mark.parametrize("head", HEADS)
def test_initial_weights_are_public_and_their_last_layer_is_zero(head: str) -> None:
    found = network(head, hidden=64)
    first, second = start(Party.P0, found), start(Party.P1, found)
    assert list(first.weights) == list(found.tensors)
    for state in (first, second):
        assert all(not value.any() for value in state.velocity.values())
        assert {name: tuple(value.shape) for name, value in state.weights.items()} == found.tensors
    assert all(not value.any() for value in second.weights.values())
    *hidden, last = first.weights.values()
    assert not last.any()
    for weight in hidden:
        limit = (6 / weight.shape[0]) ** 0.5
        values = weight.double() / ONE
        assert float(values.abs().max()) <= limit + 1 / ONE
        assert abs(float(values.mean())) < 6 * limit / (3 * values.numel()) ** 0.5
        assert abs(float(values.std()) - limit / 3**0.5) < 0.05 * limit


def test_initial_weights_depend_on_the_joint_seed_only() -> None:
    found: Any = network("mlp")
    name = "head.0.weight"
    first, again, other = (start(Party.P0, found, seed).weights[name] for seed in (b"s" * 32, b"s" * 32, b"t" * 32))
    assert torch.equal(first, again) and not torch.equal(first, other)
