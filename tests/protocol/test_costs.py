"""Every price in the price list is what the channel measures: rounds, and bits per element in each direction."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

import server_node
from common.ids import Party
from common.net.channel import Channel
from common.wire.framing import HEADER_BYTES
from server_node.hide.mixing import flip_signs
from server_node.kernels import bits
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.extension import BLOCK_BITS
from server_node.offline.plan import WORD_BITS, PlanRecorder, packed_words
from server_node.offline.views import PLAIN, TRANSPOSED
from server_node.online import circuits, comparison, linear, nonlinear, roots, truncation
from server_node.online.session import PRICES, Session
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import listen
from tests.helpers.two_party.operations import DealerSource, Run, Shares, Source, share, share_words, uniform

Case = tuple[Callable[..., Any], Callable[[int], Sequence[Shares]]]
STAGES = ("online", "hide", "features", "train", "model")


def ring(count: int = 1) -> Callable[[int], Sequence[Shares]]:
    """Inputs: so many ring tensors of the size, within the range of comparisons."""
    return lambda size: [share(uniform(-(2**31), 2**31, size, seed=i), i) for i in range(count)]


def bit_and_ring(size: int) -> Sequence[Shares]:
    return [share_words(bits.pack(uniform(0, 2, size))), *ring()(size)]


def two_bits(size: int) -> Sequence[Shares]:
    return [share_words(bits.pack(uniform(0, 2, size, seed=i)), i) for i in range(2)]


def halves(size: int) -> Sequence[Shares]:
    x, first = uniform(0, 2**15, size), uniform(0, 2**16, size, seed=1)
    return [(first, (x - first) % 2**16)]


def local(operation: Callable[[Session, linear.Masked], Any]) -> Callable[..., Any]:
    """An operation on masked values by itself: the masking is paid for elsewhere, so nothing is sent here."""

    def run(session: Session, x: torch.Tensor) -> Any:
        row = x.reshape(1, -1)
        mask = session.correlations.mask(tuple(row.shape))
        return operation(session, linear.Masked(row, mask, row.clone()))

    return run


# A line for every price; an operation that gets a price needs one here.
CASES: dict[str, Case] = {
    "mask_values": (linear.mask_values, ring()),
    "multiply": (local(lambda session, x: linear.multiply(session, x, x)), ring()),
    "square": (local(linear.square), ring()),
    "matmul": (local(lambda session, x: linear.matmul(session, x, x, (PLAIN, TRANSPOSED))), ring()),
    "truncate": (lambda session, x: truncation.truncate(session, (x, 16)), ring()),
    "multiples": (lambda session, x: truncation.multiples(session, x, [(1, 16), (655, 32)]), ring()),
    "lift": (lambda session, x: truncation.lift(session, x, 16), halves),
    "is_negative": (comparison.is_negative, ring()),
    "select": (comparison.select, bit_and_ring),
    "multiply_bits": (lambda session, a, b: circuits.multiply_bits(session, [(a, b)]), two_bits),
    "to_ring": (lambda session, bit, x: comparison.to_ring(session, bit, x.numel()), bit_and_ring),
    "relu": (comparison.relu, ring()),
    "rectified": (lambda session, x: comparison.rectified(session, x << 8, 8), ring()),
    "exp_nonpositive": (nonlinear.exp_nonpositive, ring()),
    "inverse_square_root": (lambda session, x: roots.inverse_square_root(session, x, 16, 22), ring()),
    "square_root": (lambda session, x: roots.square_root(session, x, 16, 23), ring()),
    "divide": (roots.divide, ring(2)),
    "flip_signs": (flip_signs, ring()),
}


def _payload(run: Run[Any], party: int) -> int:
    return run.stats[party].bytes_sent - HEADER_BYTES * len(run.received[1 - party])


@pytest.fixture(scope="module", autouse=True)
def _all_prices() -> None:
    """A price is on the list once its module was imported."""
    for stage in STAGES:
        path = f"{server_node.__name__}.{stage}"
        for module in pkgutil.iter_modules(importlib.import_module(path).__path__, f"{path}."):
            importlib.import_module(module.name)


def test_costs_every_price_is_measured_here() -> None:
    assert set(CASES) == set(PRICES)
    assert all(price.opens for price in PRICES.values())


@pytest.mark.parametrize("by_digits", [False, True])
@pytest.mark.parametrize("size", [64, 640, 6400])
@pytest.mark.parametrize("name", CASES)
def test_costs_of_whole_words_are_as_declared(name: str, size: int, by_digits: bool) -> None:
    operation, inputs = CASES[name]
    run = DealerSource(by_digits=by_digits).run(operation, *inputs(size))
    price = PRICES[name]
    assert run.latency == price.rounds
    assert [_payload(run, party) * 8 for party in range(2)] == [bits * size for bits in price.bits(by_digits)]


@pytest.mark.parametrize("by_digits", [False, True])
@pytest.mark.parametrize("size", [1, 63, 65, 1001])
@pytest.mark.parametrize("name", CASES)
def test_costs_of_odd_sizes_add_the_padding_of_a_word(name: str, size: int, by_digits: bool) -> None:
    operation, inputs = CASES[name]
    run = DealerSource(by_digits=by_digits).run(operation, *inputs(size))
    price = PRICES[name]
    assert run.latency == price.rounds
    for party, item_bits in enumerate(price.bits(by_digits)):
        assert item_bits * size <= _payload(run, party) * 8
        assert _payload(run, party) * 8 <= item_bits * packed_words(size) * WORD_BITS


def test_costs_by_digits_differ_where_there_are_comparisons() -> None:
    assert {name for name, price in PRICES.items() if price.digit_bits} == {
        "is_negative", "relu", "rectified", "exp_nonpositive",
    }  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_costs_are_the_same_with_either_source(source: Source, name: str) -> None:
    operation, inputs = CASES[name]
    dealer = DealerSource(by_digits=source.by_digits)
    mine, theirs = source.run(operation, *inputs(130)), dealer.run(operation, *inputs(130))
    assert [stats.bytes_sent for stats in mine.stats] == [stats.bytes_sent for stats in theirs.stats]
    assert mine.latency == theirs.latency


@pytest.mark.parametrize("name", [name for name in CASES if name != "flip_signs"])
def test_costs_rounds_are_counted_by_the_channel(dealer: Source, name: str) -> None:
    """In all but the sign flip both parties send at the same time, so each waits once a round."""
    operation, inputs = CASES[name]
    run = dealer.run(operation, *inputs(65))
    assert [stats.rounds for stats in run.stats] == [PRICES[name].rounds] * 2


def test_costs_of_a_relu_on_a_matrix_do_not_depend_on_its_shape(dealer: Source) -> None:
    x = uniform(-(2**31), 2**31, 640)
    flat = dealer.run(comparison.relu, share(x)).stats
    square = dealer.run(comparison.relu, share(x.reshape(20, 32))).stats
    assert flat == square


# --- preparation -------------------------------------------------------------------------------------------------


def _packed(ring_bits: int) -> int:
    """Correction bytes of one product mod 2^ring_bits, as the spec has them."""
    return ring_bits // 8 * (ring_bits // 8 + 1) * 4


TRANSFER_BYTES = 16 // BLOCK_BITS
# Bytes of both directions together, as the table in docs/specs/triples-v3.md says, for sizes without padding.
PREPARED: dict[str, tuple[Callable[[PlanRecorder], object], int]] = {
    "product": (lambda plan: plan.product(plan.mask((9,)), plan.mask((9,))), 9 * (128 * TRANSFER_BYTES + 576)),
    "square": (lambda plan: plan.square(plan.mask((10,))), 10 * (64 * TRANSFER_BYTES + _packed(64))),
    "square-40": (lambda plan: plan.square(plan.mask((16,)), 40), 16 * (40 * TRANSFER_BYTES + _packed(40))),
    "matmul": (
        lambda plan: plan.matmul(plan.mask((5, 4)), plan.mask((4, 3))),
        2 * 4 * 3 * (64 * TRANSFER_BYTES + _packed(64) * 5),
    ),
    "matmul-wide": (
        lambda plan: plan.matmul(plan.mask((3, 8)), plan.mask((8, 6)), (PLAIN, PLAIN), 40),
        2 * 8 * 3 * (40 * TRANSFER_BYTES + _packed(40) * 6),
    ),
    "bit-triples": (lambda plan: plan.bit_triples(7), 7 * (128 * TRANSFER_BYTES + 32)),
    "private-and": (lambda plan: plan.private_and(7), 7 * (64 * TRANSFER_BYTES + 8)),
    "private-product": (lambda plan: plan.private_product(128, 2), 128 * (TRANSFER_BYTES + 2)),
    "private-pairs": (lambda plan: plan.private_pairs(7), 7 * (192 * TRANSFER_BYTES + 40)),
    "digit-pads": (lambda plan: plan.digit_pads(7, (4, 3)), 7 * 64 * 7 * TRANSFER_BYTES),
    "private-values": (lambda plan: plan.private_values(16, 56), 16 * (56 * TRANSFER_BYTES + _packed(56))),
    "random-ots": (lambda plan: plan.random_ots(128, 6), 128 * 2 * TRANSFER_BYTES),
    "lookups": (lambda plan: plan.lookups(32, 4), 32 * 4 * TRANSFER_BYTES),
}


@pytest.mark.parametrize("name", PREPARED)
def test_costs_of_preparation_are_as_the_spec_says(name: str) -> None:
    ask, expected = PREPARED[name]
    recorder = PlanRecorder()
    ask(recorder)

    def play(party: Party, channel: Channel) -> int:
        engine = CotEngine(channel, party, SeededRandom(party.letter), b"a public session")
        heard, before = listen(channel), channel.stats.copy()
        stored = np.zeros(Layout(recorder.requests, party, SOURCE).stored_bytes, np.uint8)
        SegmentMaker(engine, recorder.requests, bytes(32), stored, lambda count: None).run()
        return channel.stats.since(before).bytes_received - HEADER_BYTES * len(heard)

    assert sum(run_two(play).results) == expected
