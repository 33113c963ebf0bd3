"""What is counted before a job is what the job takes and says, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.architecture import Architecture
from common.ids import Party
from common.net.channel import Channel
from common.pipeline import Stage
from common.specification import Specification
from server_node.estimate.counting import groups, helper
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.groups import grouped
from server_node.estimate.counting.preparing import Lane, OwnSource, Terms, price
from server_node.estimate.counting.recording import Recorded, Repeated, Talk, Work, record
from server_node.estimate.counting.transfers import table_of
from server_node.estimate.sources import SOURCES
from server_node.hide.samples import SmallShares, shapes_only
from server_node.offline import generate
from server_node.offline.lattice.slots import plain_primes
from server_node.offline.lattice.source import HybridSource
from server_node.offline.layout import HELPER, Layout
from server_node.offline.ot import choice, cots
from server_node.offline.ot.choice import DEFAULT, MEASURED, Extension, Link, agreement_bytes
from server_node.offline.ot.silent.parameters import SETS, Parameters
from server_node.offline.plan import PlanRecorder, Request, Segment
from server_node.offline.source import CotSource, Making, Source
from server_node.offline.sources import source_of
from server_node.worker.computation import Task, record_plan
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.jobs.runs import make_work, run_job
from tests.helpers.plans import every_kind
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

MODELS: dict[str, dict[str, Any]] = {
    "logistic": {"model": model_of("logistic")},
    "mlp without a mask": {
        "model": model_of("mlp", 5, 3, bias=True),
        "hiding": {"k": 1, "mask": False, "scale": "signed"},
        "features": {"extractor": "none"},
    },
    "adam with a clip": {
        "model": model_of("logistic"),
        "training": {"optimizer": "adam", "learning_rate": "0.002", "clip": "1", "epochs": 3},
    },
}


def _once(requests: Segment) -> Repeated:
    return _times(requests, 1)


def _times(requests: Segment, times: int) -> Repeated:
    return Repeated(requests, [times] * len(requests))


def _unrolled(segment: Repeated) -> list[Request]:
    """Loops one after the other, as a plan has them; masks are left out, for they are counted from the start."""
    found: list[Request] = []
    turn: list[Request] = []
    before = 0
    for request, times in [*segment, (Request("mask", ()), 0)]:
        if turn and times != before:
            found += turn * before
            turn = []
        turn.append(request)
        before = times
    return found


def _kinds(requests: list[Request]) -> list[tuple[str, tuple[int, ...], str]]:
    return [(request.kind, request.shape, request.option) for request in requests]


def _work(party: Party, spec: Specification, network: Architecture, counts: tuple[int, ...]) -> Work:
    return Work(party, spec, network, counts, 16)


COT, HYBRID = OwnSource(encrypts=False), OwnSource(encrypts=True)
LOOPBACK, PRODUCT = Link(1e-4, 2e-9), "private-product"
SILENT = Extension(choice.SILENT, 3)
"""With a parameter set so small that a few thousand transfers take several rounds."""
WAYS = [DEFAULT, Extension(choice.SOFTSPOKEN, 2), Extension(choice.SOFTSPOKEN, 8), SILENT]


@pytest.fixture
def small_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETS, 3, Parameters(600, 7, 3))


def _made(source: Source, segments: list[Segment]) -> tuple[int, int]:
    """Bytes that both parties send for segments, from the opening on."""

    def play(party: Party, channel: Channel) -> int:
        making = Making(channel, party, SeededRandom(party.letter), bytes(32), bytes(16), segments)
        with source.open(making) as maker:
            for index, segment in enumerate(segments):
                maker.seed(index, segment)
                maker.fill(np.zeros(Layout(segment, party, source.name).stored_bytes, np.uint8), lambda count: None)
        return channel.stats.bytes_sent

    return run_two(play).results


def _lane(*segments: Segment) -> Lane:
    """The first segment, and another one as often as there are others."""
    recorded = Recorded(_once(segments[0]), _once(segments[-1]), len(segments) - 1)
    return Lane(recorded, True, len(segments) - 1)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=table_of)
@pytest.mark.parametrize("batch", [1 << 20, 64 * 37])
def test_counts_of_every_kind_are_what_two_servers_send(
    batch: int, way: Extension, small_set: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", batch)
    monkeypatch.setattr(generate, "_GROUP_ELEMENTS", 250)
    segment, other = every_kind(100), every_kind(30)
    expected = [COT.price_with(way, _lane(segment, other, other), party) for party in Party]
    assert _made(CotSource(way), [segment, other, other]) == tuple(bill.bytes_sent for bill in expected)
    for party, bill in zip(Party, expected, strict=True):
        layouts = [Layout(one, party, "cot").stored_bytes for one in (segment, other, other)]
        assert bill.stored == sum(layouts)
    assert (expected[0].received, expected[0].given) == (expected[1].given, expected[1].received)


@pytest.mark.slow
def test_counts_of_products_under_encryption_are_what_two_servers_send() -> None:
    plan = PlanRecorder()
    plan.matmul(plan.mask((40, 300)), plan.mask((300, 30)))
    plan.matmul(plan.mask((3, 5)), plan.mask((5, 2)), ring_bits=48)
    plan.product(plan.mask((9000,)), plan.mask((9000,)), 40)
    plan.square(plan.mask((3,)))
    plan.private_values(20_000, 40)
    plan.private_values(20_000, 8)
    plan.bit_triples(3)
    for segments in ([plan.requests], [every_kind(4), plan.requests, plan.requests]):
        expected = [HYBRID.price_with(DEFAULT, _lane(*segments), party) for party in Party]
        assert _made(HybridSource(), segments) == tuple(bill.bytes_sent for bill in expected)
    units = expected[0].units
    assert units["lattice/opening"] == 1
    # Two blocks of products and two of half the values, which is what pays of these.
    assert units["lattice/slots"] == 2 * (2 + 2) * len(plain_primes(40))
    assert units["lattice/matrices"] > 0


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_counts_of_a_dealer_are_what_it_stores(size: int) -> None:
    segment = every_kind(size)
    stored = tuple(Layout(segment, party, HELPER).stored_bytes for party in Party)
    assert helper.dealt_bytes(_once(segment)) == stored
    bills = [helper.price_segment(_once(segment), party) for party in Party]
    assert [(bill.stored, bill.dealt, bill.bytes_sent) for bill in bills] == [(one, 32 + one, 0) for one in stored]


def test_counts_of_long_loops_are_close_to_every_turn() -> None:
    turn = [request for request in every_kind(65) if request.kind != "matmul" and not request.masks]
    whole = tuple(Layout(turn * 200, party, HELPER).stored_bytes for party in Party)
    found = helper.dealt_bytes(Repeated(turn, [200] * len(turn)))
    assert sum(found) == pytest.approx(sum(whole), rel=1e-4)
    assert found[0] == pytest.approx(whole[0], rel=0.02)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("party", Party)
def test_counts_follow_the_plan_of_the_job(name: str, party: Party) -> None:
    spec = specification(**MODELS[name])
    network, counts = architecture(spec, (6, 6, 1)), (30, 21)
    work = _work(party, spec, network, counts)
    shares = shapes_only(sum(counts), 36, 2, 16)
    values = SmallShares(shares.values, shares.pixels, shares.ring_bits)
    task = Task("j", party, spec, network, values, list(counts), Path(), SeededRandom("x"))
    lifting, first, *others = record_plan(task, work.epochs)
    found = record(work)
    assert (found.epochs, found.segments) == (spec.training.epochs, 2 + len(others))
    assert _kinds(found.lifting.requests) == _kinds(lifting)
    assert _kinds(_unrolled(found.epoch)) == _kinds(first)


def test_counts_grow_in_no_memory_with_the_epochs_and_steps() -> None:
    sizes = []
    for images, epochs in ((64, 2), (6400, 200)):
        spec = specification(training={"epochs": epochs})
        found = record(_work(Party.P0, spec, architecture(spec, (6, 6, 1)), (images,)))
        sizes.append(len(found.epoch.requests))
    assert sizes[1] < 1.5 * sizes[0]


def test_counts_of_a_bill_add_up() -> None:
    bill = Bill(1, 2, stored=3, dealt=4)
    bill.units["ring"] = 5
    bill.add(bill, 2)
    assert (bill.bytes_sent, bill.rounds, bill.stored, bill.dealt, bill.units["ring"]) == (3, 6, 9, 12, 15)
    talk = Talk(10, 1)
    talk.add(Talk(5, 2), 3)
    assert talk == Talk(25, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("source", "lanes"), [("cot", 0), ("cot", 1), ("cot", 2), ("hybrid", 1)])
def test_counts_are_what_a_whole_job_sends(name: str, source: str, lanes: int, tmp_path: Path) -> None:
    spec = specification(**MODELS[name])
    work = make_work(spec, *halves(48, 6), counts=[30, 18])
    run = run_job(work, tmp_path, lanes=lanes, source=source_of(source))
    for party in Party:
        found = record(_work(party, spec, work.architecture, (30, 18)))
        costs = run.notes[party].costs
        told = {stage: costs[stage].traffic.bytes_sent for stage in (Stage.HIDE, Stage.FEATURES, Stage.TRAIN)}
        assert {stage: found.talk.get(stage, Talk()).bytes_sent for stage in told} == told
        assert found.talk[Stage.TRAIN].rounds == costs[Stage.TRAIN].traffic.rounds
        bill = price(SOURCES[source], found, party, Terms(lanes, LOOPBACK))
        assert bill.bytes_sent == costs[Stage.PREPARE].traffic.bytes_sent


def test_counts_of_many_transfers_are_those_that_suit_the_link() -> None:
    plan = PlanRecorder()
    plan.random_ots(MEASURED)
    lane, slow = Lane(Recorded(_once(plan.requests), _once([]), 0), True, 0), Link(0.04, 8e-8)
    near, far = (COT.price(lane, Party.P0, link) for link in (LOOPBACK, slow))
    said = agreement_bytes(2 * MEASURED, Party.P0)
    assert near.bytes_sent == said + COT.price_with(DEFAULT, lane, Party.P0).bytes_sent
    assert far.bytes_sent == said + COT.price_with(choice.choose(2 * MEASURED, slow), lane, Party.P0).bytes_sent
    assert far.bytes_sent - said < (near.bytes_sent - said) / 5
    assert near.received == near.given == far.received == MEASURED
    assert {unit.split("/")[0] for unit in near.units} == {"softspoken-4"}
    assert {unit.split("-")[0] for unit in far.units} == {"silent"}


def test_counts_of_longest_loops_take_an_option_as_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = PlanRecorder()
    plan.private_product(65, 2)
    plan.private_product(1, 3)
    plan.private_and(5)
    found = [(group.example.width, group.size, group.times) for group in grouped(_times(plan.requests, 3), PRODUCT)]
    assert sorted(found) == [(2, 6, 1), (3, 3, 1)]
    monkeypatch.setattr(generate, "_GROUP_ELEMENTS", 65)
    found = [(group.example.width, group.size, group.times) for group in grouped(_times(plan.requests, 3), PRODUCT)]
    assert sorted(found) == [(2, 2, 3), (3, 3, 1)]
    monkeypatch.setattr(groups, "LONGEST", 5)
    found = [(group.example.width, group.size, group.times) for group in grouped(_times(plan.requests, 3), PRODUCT)]
    assert sorted(found) == [(2, 6, 1), (3, 3, 1)]


@pytest.mark.parametrize("lanes", [0, 1, 3])
def test_counts_of_a_helper_begin_with_the_plan(lanes: int) -> None:
    found = Recorded(Repeated([], []), Repeated([], []), 3)
    assert found.segments == 4
    # Plan and nonce, four segments that may be ready, two frames; then for lanes their number, a greeting of each and a
    # word about each segment; a seed for each segment.
    said = 48 + 4 * 32 + 2 * 16 + ((8 + 16) + (lanes + 4) * (32 + 16) if lanes else 0)
    for party in Party:
        bill = price(SOURCES["helper"], found, party, Terms(lanes, LOOPBACK))
        assert (bill.bytes_sent, bill.dealt, bill.stored) == (said, 4 * 32, 0)
        assert bill.units["helper/opening"] == max(1, lanes)
