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
from server_node.estimate.counting import cot, helper
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.recording import Recorded, Repeated, Talk, Work, record
from server_node.hide.samples import SmallShares, shapes_only
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import HELPER, Layout
from server_node.offline.ot import cots
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import Request, Segment
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
    return Repeated(requests, [1] * len(requests))


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


@pytest.mark.parametrize("batch", [1 << 20, 64 * 37])
def test_counts_of_every_kind_are_what_two_servers_send(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", batch)
    segment = every_kind(100)

    def play(party: Party, channel: Channel) -> int:
        engine = CotEngine(channel, party, SeededRandom(party.letter), b"estimate")
        before = channel.stats.copy()
        stored = np.zeros(Layout(segment, party, SOURCE).stored_bytes, np.uint8)
        SegmentMaker(engine, segment, bytes(32), stored, lambda count: None).run()
        assert len(stored) == cot.price_segment(_once(segment), party).stored
        return channel.stats.since(before).bytes_sent

    sent = run_two(play).results
    assert sent == tuple(cot.price_segment(_once(segment), party).bytes_sent for party in Party)


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
    bill = Bill(1, 2, 3, dealt=4)
    bill.units["ring"] = 5
    bill.add(bill, 2)
    assert (bill.bytes_sent, bill.rounds, bill.stored, bill.dealt, bill.units["ring"]) == (3, 6, 9, 12, 15)
    talk = Talk(10, 1)
    talk.add(Talk(5, 2), 3)
    assert talk == Talk(25, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_counts_are_what_a_whole_job_sends(name: str, tmp_path: Path) -> None:
    spec = specification(**MODELS[name])
    work = make_work(spec, *halves(48, 6), counts=[30, 18])
    run = run_job(work, tmp_path, lanes=0)
    for party in Party:
        found = record(_work(party, spec, work.architecture, (30, 18)))
        costs = run.notes[party].costs
        told = {stage: costs[stage].traffic.bytes_sent for stage in (Stage.HIDE, Stage.FEATURES, Stage.TRAIN)}
        assert {stage: found.talk.get(stage, Talk()).bytes_sent for stage in told} == told
        assert found.talk[Stage.TRAIN].rounds == costs[Stage.TRAIN].traffic.rounds
        assert cot.price_cot(found, party).bytes_sent == costs[Stage.PREPARE].traffic.bytes_sent


def test_counts_of_a_helper_begin_with_the_plan() -> None:
    found = Recorded(Repeated([], []), Repeated([], []), 3)
    assert found.segments == 4
    for party in Party:
        bill = helper.price_helper(found, party)
        # Plan and nonce, four segments that may be ready, two frames; a seed for each segment.
        assert (bill.bytes_sent, bill.dealt, bill.stored) == (48 + 4 * 32 + 2 * 16, 4 * 32, 0)
