"""Named networks as a whole: torch's gradients, the rounds they take, repeatable to the byte, and they learn."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from common.architecture import Architecture
from server_node.train.state import ModelState
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.networks.build import ONE, conv, layer, linear, network, random_images, random_labels, random_tensors
from tests.helpers.networks.reference import Reference
from tests.helpers.networks.run import (
    MOMENT,
    network_of,
    pass_back,
    shares_of,
    steps_of_torch,
    steps_on_shares,
)
from tests.helpers.two_party.operations import DealerSource, Source, uniform

MOMENTUM: dict[str, Any] = {"momentum": 0.9}


def named(name: str, shape: tuple[int, int, int], *hidden: int, classes: int = 3) -> Architecture:
    """A model of a specification on images without an extractor."""
    spec = specification(
        model=model_of(name, *hidden, bias=True), features={"extractor": "none"}, hiding={"mask": False}
    )
    return architecture(spec, shape, classes=classes)


def start(found: Architecture) -> dict[str, torch.Tensor]:
    """Half as large as training starts with, but no tensor is zero."""
    tensors = random_tensors(found)
    for name, value in tensors.items():
        if name.endswith("weight") and value.dim() > 1:
            tensors[name] = (value.double() * (6 / (value.numel() / value.shape[-1])) ** 0.5).to(torch.int64)
    return tensors


CASES = {
    "logistic": named("logistic", (6, 6, 1)),
    "mlp": named("mlp", (6, 6, 1), 16, 12),
    "lenet": named("lenet", (16, 16, 1)),
    "resnet": named("resnet", (8, 8, 1)),
}


@pytest.mark.parametrize("name", ["logistic", "mlp", "lenet", pytest.param("resnet", marks=pytest.mark.slow)])
def test_named_network_has_the_gradients_of_torch(dealer: Source, name: str) -> None:
    """By length: a ReLU whose input is nearly zero may fall to the other side and move a few entries visibly.

    After a normalisation, whose scale is off by half a part in a thousand, more of them do.
    """
    found, batch = CASES[name], 8
    tensors, x, error = start(found), random_images(found, batch), uniform(-ONE, ONE, batch, 3, seed=77)
    got = pass_back(dealer, found, tensors, x, error)
    reference = Reference.of(found, tensors)
    logits = reference.logits(x.double() / ONE, MOMENT)
    assert float((got.logits - logits.detach()).abs().max()) <= 0.005
    torch.autograd.backward((logits * (error.double() / ONE)).sum())
    for tensor, gradient in got.gradients.items():
        expected = reference.tensors[tensor].grad
        assert expected is not None
        apart, length = float((gradient - expected).norm()), float(expected.norm())
        assert apart <= (0.06 if name == "resnet" else 0.02) * length + 0.005, tensor


ROUNDS = {"logistic": 20, "mlp": 40, "lenet": 50}


@pytest.mark.parametrize("name", ROUNDS)
def test_step_takes_so_many_rounds(dealer: Source, name: str) -> None:
    """With three classes. Two hidden layers: 6 to compare and select, 1 to mask forward, 3 backward for each."""
    found = CASES[name]
    batch = random_images(found, 4), random_labels(found, 4)
    _, run = steps_on_shares(dealer, network_of(found, **MOMENTUM), start(found), [batch], [0.1])
    assert run.stats[0].rounds == run.stats[1].rounds == ROUNDS[name]


def test_step_of_the_digits_network_takes_43_rounds(dealer: Source) -> None:
    """784-128-128-10 but for the widths, which do not matter: ten classes are what softmax sees."""
    found = named("mlp", (4, 4, 1), 8, 8, classes=10)
    batch = random_images(found, 4), random_labels(found, 4)
    _, run = steps_on_shares(dealer, network_of(found, **MOMENTUM), start(found), [batch], [0.1])
    assert run.stats[0].rounds == 43


def test_same_seeds_give_the_same_messages_and_shares(source: Source) -> None:
    """Every byte of both parties; other seeds give other bytes and the same model, up to rounding."""
    found = network((1, 4, 4), conv(2), layer("batch-norm"), layer("relu"), layer("flatten"), linear(2))
    batch = random_images(found, 4), random_labels(found, 4)
    results, runs = zip(
        *(steps_on_shares(one, network_of(found, **MOMENTUM), random_tensors(found), [batch], [0.1])
          for one in (DealerSource(), DealerSource(), DealerSource(b"other"), source)), strict=True,
    )  # fmt: skip
    first, again, other, _ = runs
    assert first.received == again.received
    for party in range(2):
        for name, value in first.results[party].items():
            assert torch.equal(value, again.results[party][name])
    assert first.received != other.received
    for got in results[1:]:
        for name, value in results[0].items():
            assert float((got[name] - value).abs().max()) <= 60 / ONE


def test_dropout_follows_torch_through_steps(dealer: Source) -> None:
    """Positions are those of the joint toss, for torch as well."""
    found = network((1, 4, 4), linear(16), layer("relu"), layer("dropout", drop=128), linear(3), flat=True)
    batches = [(random_images(found, 8, seed), random_labels(found, 8, seed)) for seed in range(3)]
    got, _ = steps_on_shares(dealer, network_of(found, **MOMENTUM), random_tensors(found), batches, [0.2] * 3)
    expected = steps_of_torch(
        found, random_tensors(found), batches, [0.2] * 3, lambda tensors: torch.optim.SGD(tensors, momentum=0.9)
    )
    for name, value in expected.items():
        assert float((got[name] - value).abs().max()) <= 0.002


# --- learning ----------------------------------------------------------------------------------------------------


def bars(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with one bright row or column of eight; which of the two is the class."""
    images, labels = uniform(0, ONE // 3, count, 8, 8, 1, seed=seed), uniform(0, 2, count, seed=seed + 1)
    for image, label, place in zip(images, labels, uniform(0, 8, count, seed=seed + 2), strict=True):
        line = image[place] if label else image[:, place]
        line += ONE // 2
    return images, labels


BARS = network(
    (1, 8, 8), conv(6, padding=1), layer("relu"), layer("max-pool", size=2, stride=2), conv(8), layer("batch-norm"),
    layer("relu"), layer("global-average-pool"), linear(2),
)  # fmt: skip


@pytest.mark.parametrize("settings", [{"momentum": 0.9}, {"name": "adam", "clip": 1.0}], ids=["momentum", "adam"])
def test_convolutional_network_learns(dealer: Source, settings: dict[str, Any]) -> None:
    """Sixty small steps at a falling rate, from guessing to nearly no mistakes on images it never saw."""
    images, labels = bars(320, seed=1)
    one_hot = torch.nn.functional.one_hot(labels, 2) * ONE
    batches = list(zip(torch.split(images, 16), torch.split(one_hot, 16), strict=True)) * 3
    peak = 0.02 if "name" in settings else 0.2
    rates = [peak * (1 - step / len(batches)) for step in range(len(batches))]
    trained, _ = steps_on_shares(dealer, network_of(BARS, **settings), random_tensors(BARS), batches, rates)
    test_images, test_labels = bars(400, seed=100)
    logits = Reference(BARS, trained).logits(test_images.double() / ONE)
    assert float((logits.argmax(1) == test_labels).double().mean()) >= 0.97
    untrained = Reference.of(BARS, random_tensors(BARS)).logits(test_images.double() / ONE)
    assert float((untrained.argmax(1) == test_labels).double().mean()) < 0.8


def test_standalone_forward_is_inference(dealer: Source) -> None:
    """The entry for a single batch."""
    found = CASES["mlp"]
    tensors, x = start(found), random_images(found, 5)
    net, names = network_of(found), list(tensors)
    run = dealer.run(
        lambda session, x, *own: net.forward(session, x, ModelState(dict(zip(names, own, strict=True)))),
        *shares_of([x, *tensors.values()]),
    )
    expected = Reference.of(found, tensors).logits(x.double() / ONE).detach()
    assert float(((run.results[0] + run.results[1]).double() / ONE - expected).abs().max()) <= 20 / ONE
