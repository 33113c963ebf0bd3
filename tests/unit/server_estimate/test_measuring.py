"""What is measured of a machine: every unit that a bill can hold, once a day, and kept in a form that is checked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from common.errors import EstimateFailed
from common.ids import Party
from common.net.identity import NodeIdentity
from common.net.memory import memory_pair
from common.pipeline import Stage
from server_node.estimate.counting import cot, helper
from server_node.estimate.counting.recording import Repeated, Work, record
from server_node.estimate.measuring import calibration, probes, rehearsal
from server_node.estimate.measuring.calibration import (
    FILE_NAME,
    FRESH_SECONDS,
    Calibration,
    all_cores,
    calibrate,
    cores_of_a_worker,
)
from server_node.estimate.measuring.companion import company
from server_node.estimate.measuring.link import LinkCost, measure_link
from server_node.estimate.measuring.rehearsal import Pace, Rehearsed, rehearse
from server_node.estimate.measuring.silent import SilentChannel
from server_node.estimate.run import outcome
from server_node.offline.plan import PlanRecorder
from server_node.online.session import CPU
from tests.helpers.jobs.projects import architecture, specification
from tests.helpers.plans import every_kind
from tests.helpers.two_party.tls import make_identities

FREE = frozenset({"segments", "stored", "products"})
FEW = 4
COT = {"base": 0.1, **{probe.unit: 1e-6 for probe in probes.COT_PROBES}}
HELPER = {probe.unit: 1e-6 for probe in probes.HELPER_PROBES}
MEASURED = Calibration(1000, cores_of_a_worker(False), False, COT, HELPER, LinkCost(1e-4, 1e-9))


def _segment(probe: probes.Probe, party: Party) -> Repeated:
    recorder = PlanRecorder(party)
    probe.ask(recorder)
    return Repeated(recorder.requests, [1] * len(recorder.requests))


@pytest.mark.parametrize("party", Party)
def test_probes_stand_in_an_order_in_which_the_rest_is_known(party: Party) -> None:
    for price, all_probes in ((cot.price_segment, probes.COT_PROBES), (helper.price_segment, probes.HELPER_PROBES)):
        known = set(FREE)
        for probe in all_probes:
            units = price(_segment(probe, party), party).units
            assert units[probe.unit] > 0
            assert {unit for unit, count in units.items() if count > FEW * units[probe.unit]} <= known
            known.add(probe.unit)


@pytest.mark.parametrize("party", Party)
def test_probes_cover_every_kind_of_work(party: Party) -> None:
    segment = Repeated(every_kind(100), [1] * len(every_kind(100)))
    assert set(cot.price_segment(segment, party).units) - FREE <= set(COT)
    assert set(helper.price_segment(segment, party).units) - FREE <= set(HELPER)


def test_seconds_of_a_bill_are_its_units_at_their_price() -> None:
    bill = cot.price_segment(_segment(probes.COT_PROBES[0], Party.P0), Party.P0)
    assert probes.seconds_of(bill, {"batches": 0.5}) == 4.0


@pytest.fixture
def node(tmp_path: Path) -> NodeIdentity:
    return make_identities(tmp_path / "nodes")[0]


def _stub(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def answer(name: str, found: object) -> Any:
        asked.append(name)
        return found

    monkeypatch.setattr(calibration, "measure_cot", lambda party: answer("cot", COT.items()))
    monkeypatch.setattr(calibration, "measure_helper", lambda: answer("helper", HELPER.items()))
    monkeypatch.setattr(calibration, "measure_link", lambda identity: answer("link", MEASURED.link))
    return asked


def test_calibration_is_made_once_a_day(tmp_path: Path, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _stub(monkeypatch)
    for now, times in ((1000, 1), (1000 + FRESH_SECONDS - 1, 1), (1000 + FRESH_SECONDS, 2), (500, 3)):
        found = calibrate(tmp_path, node, False, lambda: now)
        assert len(asked) == 3 * times
    assert found == replace(MEASURED, time=500)
    calibrate(tmp_path, node, True, lambda: 501)
    assert len(asked) == 12, "with a second worker on the machine everything takes another time"


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: {**raw, "version": 2},
        lambda raw: {**raw, "cot": {"base": 1.0}},
        lambda raw: {**raw, "helper": None},
        lambda raw: {**raw, "link": {"round": -1.0, "byte": 0.0}},
        lambda raw: {**raw, "cot": {**raw["cot"], "ring": "fast"}},
        lambda raw: [],
        lambda raw: {**raw, "time": float("inf")},
        lambda raw: {**raw, "cores": float("nan")},
    ],
)
def test_calibration_that_cannot_be_read_is_made_anew(
    damage: Any, tmp_path: Path, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _stub(monkeypatch)
    (tmp_path / FILE_NAME).write_text(json.dumps(damage({"version": 1, **asdict(MEASURED)})), encoding="utf-8")
    assert calibrate(tmp_path, node, False, lambda: 1000) == MEASURED
    assert len(asked) == 3


def test_calibration_that_is_nested_without_end_is_made_anew(
    tmp_path: Path, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stub(monkeypatch)
    (tmp_path / FILE_NAME).write_text("[" * 60_000, encoding="utf-8")
    assert calibrate(tmp_path, node, False, lambda: 1000) == MEASURED


def test_calibration_that_is_not_possible_has_a_name(
    tmp_path: Path, node: NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(identity: NodeIdentity) -> LinkCost:
        raise OSError("no loopback")

    _stub(monkeypatch)
    monkeypatch.setattr(calibration, "measure_link", fails)
    with pytest.raises(EstimateFailed, match="cannot be measured"):
        calibrate(tmp_path, node, False)


def test_cores_are_shared_by_two_workers_on_one_machine() -> None:
    assert cores_of_a_worker(False) == all_cores() >= 1
    assert cores_of_a_worker(True) == max(1, all_cores() // 2)
    assert replace(MEASURED, cores=3, is_shared=True).all_cores == 6
    assert replace(MEASURED, cores=3).all_cores == 3


@pytest.mark.slow
def test_link_costs_something(node: NodeIdentity) -> None:
    found = measure_link(node)
    assert 1e-6 < found.round < 0.1
    assert 1e-11 < found.byte < 1e-6


def test_company_computes_while_it_is_wanted_and_no_longer() -> None:
    with company(False):
        pass
    command = [sys.executable, "-m", "server_node.estimate.measuring.companion"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.read(1) == b"1"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(10) == 0


def test_silent_channel_passes_on_until_its_inner_one_is_taken_away() -> None:
    ends = memory_pair()
    channel = SilentChannel(ends[0])
    ends[1].send("one", np.full(3, 7, np.uint8))
    assert channel.receive("one", np.empty(3, np.uint8)).tolist() == [7, 7, 7]
    channel.inner = None
    channel.send("two", np.zeros(5, np.uint8))
    assert channel.receive("three", np.full(3, 7, np.uint8)).tolist() == [0, 0, 0]


def test_pace_is_a_straight_line_that_never_falls() -> None:
    assert Pace((2, 1.0), (4, 2.0)).at(10) == 5.0
    assert Pace((2, 1.0), (4, 2.0)).at(3) == 1.5
    assert Pace((2, 3.0), (4, 2.0)).at(100) == 2.0
    assert Pace((4, 2.0), (4, 2.0)).at(8) == 2.0


def test_rehearsal_is_drawn_out_to_the_whole_job() -> None:
    spec = specification(training={"epochs": 3, "batch": 8, "validation": 8})
    work = Work(Party.P0, spec, architecture(spec, (6, 6, 1)), (30, 26), 16)
    line = Pace((1, 0.1), (2, 0.2))
    found = Rehearsed(line, line, line, line, line, 1e-9, (0.5, 1000), (0.25, 2000)).seconds(work)
    assert work.trained == 49
    assert found == {
        Stage.HIDE: pytest.approx(5.6 + 3 * 4.9),
        Stage.FEATURES: pytest.approx(3 * 4.9),
        Stage.TRAIN: pytest.approx(3 * (6 * 0.8 + 0.7)),
        Stage.SEAL: 0.25,
    }


@pytest.mark.slow
def test_job_whose_smallest_step_has_no_room_is_not_tried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = specification(training={"epochs": 1, "batch": 2, "validation": 0})
    work = Work(Party.P0, spec, architecture(spec, (6, 6, 1)), (30,), 16)
    monkeypatch.setattr(rehearsal, "MOST_STORED", 1000)
    with pytest.raises(EstimateFailed, match="too large"):
        rehearse(work, tmp_path, torch.device("cpu"))
    assert list(tmp_path.iterdir()) == []


def test_model_for_many_is_sealed_for_few_and_counted_for_all(tmp_path: Path) -> None:
    spec = specification()
    names = [f"user{index}" for index in range(8)]
    members = [{**spec.body["members"][0], "user": name} for name in names]
    spec = replace(spec, body={**spec.body, "members": members}, recipients=tuple(names))
    stage = rehearsal._Stage(Work(Party.P0, spec, architecture(spec, (6, 6, 1)), (30,), 16), tmp_path, CPU)
    _, size = stage.seal()
    sealed = [path.stat().st_size for path in tmp_path.iterdir()]
    assert (len(sealed), 2 * sum(sealed)) == (4, size)


@pytest.mark.slow
@pytest.mark.parametrize("party", Party)
def test_rehearsal_leaves_a_model_and_a_checkpoint_of_their_true_size(party: Party, tmp_path: Path) -> None:
    spec = specification(training={"epochs": 3, "batch": 8, "validation": 8})
    work = Work(party, spec, architecture(spec, (6, 6, 1)), (30, 26), 16)
    found = rehearse(work, tmp_path, torch.device("cpu"))
    sealed = [path.stat().st_size for path in tmp_path.glob("model-*.sealed")]
    assert (len(sealed), sum(sealed)) == (2, found.seal[1])
    assert found.keeping[1] == (tmp_path / "checkpoint-00001").stat().st_size
    assert found.step.large[0] == 8
    assert all(one.large[1] > 0 for one in (found.lift, found.hide, found.features, found.step, found.end))
    said = outcome(work, record(work), found, replace(MEASURED, cores=1), (2.0, 0.5))
    assert (said.images, said.trained, said.steps) == (56, 49, 18)
    assert said.start_seconds == pytest.approx(2.0 + 3 * found.keeping[0])
    assert said.link_seconds == MEASURED.link.byte
    prepared = said.preparations["cot"]
    assert prepared.disk_bytes == cot.price_cot(record(work), party).stored + 4 * 528
    assert {one.stage: one.disk_bytes for one in said.online}[Stage.TRAIN] == 3 * found.keeping[1]
