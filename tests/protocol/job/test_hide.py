"""Hiding on shares is InstaHide exactly: the mixture in the clear, times a sign that neither server knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from common.ids import Party
from common.net.channel import Channel
from common.schedule import MixPlan, mix_plan
from server_node.hide import mixing, samples
from server_node.hide.toss import joint_seed
from server_node.kernels import bits
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.jobs.images import halves, share_small
from tests.helpers.jobs.projects import specification
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.operations import Run, Shares, Source, added, share, uniform

SEED = b"joint toss".ljust(32)
COUNT, SIDE = 60, 12
ONE = 1 << 16


def pixels(count: int = COUNT, depth: int = 8) -> torch.Tensor:
    return uniform(0, 1 << depth, count, SIDE * SIDE, seed=3)


def mixture(values: torch.Tensor, plan: MixPlan) -> torch.Tensor:
    """Over 256, one image at a time: the definition."""
    rows = [sum(int(w) * values[s] for s, w in zip(*row, strict=True)) for row in zip(plan.sources, plan.weights)]
    return torch.stack([row if isinstance(row, torch.Tensor) else torch.zeros(0) for row in rows])


def hiding(k: int, mask: bool = True, scale: str = "unit") -> Any:
    return specification(hiding={"k": k, "mask": mask, "scale": scale}).hiding


def hide(k: int, mask: bool = True, scale: str = "unit", depth: int = 8, epoch: int = 0) -> Callable[..., Any]:
    """The operation: from shares of pixel numerators to shares of hidden images, with the sign bits it took."""

    def operation(session: Session, x: torch.Tensor) -> Steps[tuple[torch.Tensor, list[torch.Tensor]]]:
        own: list[torch.Tensor] = []
        plain = session.correlations.random_ots

        def noting(size: int) -> Any:
            found = plain(size)
            own.append(bits.unpack(found.own, size))
            return found

        setattr(session.correlations, "random_ots", noting)
        plan = mix_plan(SEED, epoch, len(x), k)
        mixed = mixing.mix(mixing.pixel_values(session, x, scale, depth), plan, slice(None))
        hidden = yield from mixing.hide_pixels(session, mixed, hiding(k, mask, scale), depth)
        setattr(session.correlations, "random_ots", plain)
        return hidden, own

    return operation


def secret(run: Run[Any]) -> torch.Tensor:
    hidden: torch.Tensor = run.results[0][0] + run.results[1][0]
    return hidden


def signs(run: Run[Any]) -> torch.Tensor:
    """Product of both servers' secret signs, from the bits each drew by itself."""
    (first,), (second,) = run.results[0][1], run.results[1][1]
    product: torch.Tensor = (1 - 2 * first) * (1 - 2 * second)
    return product


@pytest.mark.parametrize("k", [1, 2, 4, 6])
@pytest.mark.parametrize("scale", ["unit", "signed"])
def test_hidden_images_are_plus_or_minus_the_mixture(source: Source, k: int, scale: str) -> None:
    x = pixels()
    run = source.run(hide(k, scale=scale), share(x))
    plain = x if scale == "unit" else 2 * x - 255
    expected = mixture(plain, mix_plan(SEED, 0, COUNT, k))
    assert torch.equal(secret(run).reshape(-1), expected.reshape(-1) * signs(run))
    assert int(expected.abs().max()) <= ONE


def test_sign_mask_is_the_product_of_bits_that_are_each_fair(dealer: Source) -> None:
    run = dealer.run(hide(4), share(pixels()))
    size = COUNT * SIDE * SIDE
    (first,), (second,) = run.results[0][1], run.results[1][1]
    for fair in (first, second, first ^ second):
        assert abs(int(fair.sum()) - size / 2) < 6 * (size / 4) ** 0.5
    agreement = int((first == second).sum())
    assert abs(agreement - size / 2) < 6 * (size / 4) ** 0.5


def test_sign_mask_is_fresh_each_time(dealer: Source) -> None:
    def twice(session: Session, x: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
        first = yield from mixing.flip_signs(session, x)
        return first, (yield from mixing.flip_signs(session, x))

    x = pixels() + 1
    run = dealer.run(twice, share(x))
    patterns = [(a + b) // x for a, b in zip(*run.results, strict=True)]
    assert all(torch.equal(pattern.abs(), torch.ones_like(x)) for pattern in patterns)
    same = float((patterns[0] == patterns[1]).double().mean())
    assert abs(same - 0.5) < 6 * 0.5 / x.numel() ** 0.5


def test_sign_mask_of_nothing_is_nothing(dealer: Source) -> None:
    x = torch.zeros(5, 40, dtype=torch.int64)
    assert torch.equal(added(dealer.run(mixing.flip_signs, share(x))), x)


def test_sign_mask_holds_in_the_whole_ring(source: Source) -> None:
    x = uniform(-(2**63), 2**63 - 1, 333)
    flipped = added(source.run(mixing.flip_signs, share(x)))
    assert bool(((flipped == x) | (flipped == -x)).all())
    assert 0.3 < float((flipped == x).double().mean()) < 0.7


def test_unmasked_images_are_the_mixture(dealer: Source) -> None:
    x = pixels()
    run = dealer.run(hide(4, mask=False), share(x))
    assert torch.equal(secret(run), mixture(x, mix_plan(SEED, 0, COUNT, 4)))
    assert not run.opened[0] and not run.stats[0].bytes_sent


def test_epochs_mix_afresh(dealer: Source) -> None:
    x = share(pixels())
    hidden = [secret(dealer.run(hide(4, mask=False, epoch=epoch), x)) for epoch in (0, 1)]
    assert float((hidden[0] == hidden[1]).double().mean()) < 0.05


@pytest.mark.parametrize("scale", ["unit", "signed"])
def test_deep_pixels_are_rounded_to_the_nearest_places(source: Source, scale: str) -> None:
    x = pixels(depth=16)
    run = source.run(hide(4, scale=scale, depth=16), share(x))
    plain = x if scale == "unit" else 2 * x - 65535
    exact = mixture(plain, mix_plan(SEED, 0, COUNT, 4)).double().reshape(-1) / 256 * signs(run)
    error = secret(run).double().reshape(-1) - exact
    assert float(error.abs().max()) <= 1
    assert abs(float(error.mean())) < 0.02


def test_mixing_is_local_and_the_mask_costs_what_it_says(dealer: Source) -> None:
    x = share(pixels())
    run = dealer.run(hide(4), x)
    elements = COUNT * SIDE * SIDE
    for opened, stats in zip(run.opened, run.stats, strict=True):
        assert [(step, value.numel()) for step, value in opened] == [("corrections", elements)]
        assert 8 * elements <= stats.bytes_sent <= 8 * elements + 64
    assert run.latency == 2


def test_mixed_labels_are_the_coefficients_of_their_classes(dealer: Source) -> None:
    labels = torch.from_numpy(np.eye(3, dtype=np.int64)[np.arange(COUNT) % 3])
    plan = mix_plan(SEED, 0, COUNT, 4)

    def operation(session: Session, y: torch.Tensor) -> torch.Tensor:
        return mixing.mixed_labels(session, mixing.mix(y, plan, slice(None)))

    mixed = added(dealer.run(operation, share(labels)))
    assert torch.equal(mixed, mixture(labels, plan) * 256)
    assert torch.equal(mixed.sum(dim=1), torch.full((COUNT,), ONE))


def test_rows_of_the_plan_can_be_mixed_in_pieces() -> None:
    shares, plan = uniform(-(2**63), 2**63 - 1, COUNT, 20), mix_plan(SEED, 0, COUNT, 4)
    whole = mixing.mix(shares, plan, slice(None))
    pieces = [mixing.mix(shares, plan, slice(start, start + 25)) for start in range(0, COUNT, 25)]
    assert torch.equal(torch.cat(pieces), whole)


# --- from the store to the ring ----------------------------------------------------------------------------------


class Stored:
    """A chunk of one party as the store gives it."""

    def __init__(self, values: torch.Tensor, shape: tuple[int, int, int]) -> None:
        self._values, self._shape = values.numpy().astype(np.uint16), shape

    def pixels_share(self) -> Any:
        return self._values[:, : SIDE * SIDE].reshape(len(self._values), *self._shape)

    def labels_share(self) -> Any:
        return self._values[:, SIDE * SIDE :]


@pytest.mark.parametrize("ring_bits", [16, 32])
def test_lifted_samples_are_the_images_and_labels(source: Source, ring_bits: int) -> None:
    images, labels = halves(50, SIDE, classes=3)
    deep = images.astype(np.int64) * (1 if ring_bits == 16 else 257)
    small = share_small(deep, labels, 3, ring_bits)
    counts = [20, 30]

    def operation(session: Session, values: torch.Tensor) -> samples.Samples:
        own = samples.SmallShares(values, SIDE * SIDE, ring_bits)
        return samples.lift_samples(session, own, counts, 10)

    pair: Shares = (small[Party.P0].values, small[Party.P1].values)
    first, second = source.run(operation, pair).results
    assert torch.equal(first.pixels + second.pixels, torch.from_numpy(deep).reshape(50, -1))
    assert torch.equal((first.labels + second.labels).argmax(1), torch.from_numpy(labels))
    assert torch.equal((first.labels + second.labels).sum(1), torch.ones(50, dtype=torch.int64))
    assert list(first.validation) == list(second.validation) == [0, 1, 2, 3, 20, 21, 22, 23, 24, 25]


def test_lifting_goes_on_over_the_end_of_a_piece(dealer: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "_LIFT_ELEMENTS", 5000)
    x = uniform(0, 256, 4500, 3)
    first = uniform(0, 1 << 16, 4500, 3, seed=9)

    def operation(session: Session, values: torch.Tensor) -> torch.Tensor:
        own = samples.SmallShares(values, 2, 16)
        return samples.lift_samples(session, own, [4500], 0).pixels

    run = dealer.run(operation, (first, (x - first) % (1 << 16)))
    assert torch.equal(added(run), x[:, :2])
    assert run.latency == 3


def test_chunks_of_all_data_sets_are_gathered_in_order() -> None:
    images, labels = halves(30, SIDE)
    small = share_small(images, labels, 2)[Party.P0]
    cuts = [slice(0, 11), slice(11, 12), slice(12, 30)]
    found = samples.gather((Stored(small.values[cut], (SIDE, SIDE, 1)) for cut in cuts), 16)
    assert torch.equal(found.values, small.values)
    assert (found.pixels, found.ring_bits) == (SIDE * SIDE, 16)


# --- the joint toss ----------------------------------------------------------------------------------------------


def toss(names: tuple[str, str]) -> tuple[bytes, bytes]:
    def play(party: Party, channel: Channel) -> bytes:
        seed = joint_seed(channel, SeededRandom(names[party]))
        assert channel.stats.rounds == 1
        return seed

    return run_two(play).results


def test_joint_seed_is_the_same_at_both_and_depends_on_both() -> None:
    first, second = toss(("one", "two"))
    assert first == second and len(first) == 32
    assert len({first, toss(("one", "three"))[0], toss(("three", "two"))[0]}) == 3
    assert first not in (SeededRandom("one").token(32), SeededRandom("two").token(32))
