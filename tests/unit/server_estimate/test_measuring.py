"""What is measured of a machine: every unit that a bill can hold, once a day, and kept in a form that is checked."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.deployment import ROLES
from common.errors import BadFrame, EstimateFailed
from common.ids import Party
from common.net.channel import Channel
from common.net.identity import NodeIdentity
from server_node.estimate.counting import helper
from server_node.estimate.counting.lattice import TABLE as LATTICE
from server_node.estimate.counting.preparing import Lane
from server_node.estimate.counting.recording import Recorded, Repeated
from server_node.estimate.counting.transfers import table_of
from server_node.estimate.measuring.calibration import FILE_NAME, FRESH_SECONDS, Calibration, all_cores, fresh, keep
from server_node.estimate.measuring.dealer import MeasuredHelper
from server_node.estimate.measuring.link import (
    LinkCost,
    accept,
    channel_of,
    connect,
    listening,
    measure_link,
    port_of,
)
from server_node.estimate.measuring.pair import Pair
from server_node.estimate.measuring.partner import dealing
from server_node.estimate.measuring.probes import (
    EXTENSIONS,
    NEEDED_BEFORE,
    PROBINGS,
    Probe,
    measure,
    seconds_of,
    tables_of,
)
from server_node.estimate.measuring.turn import NAME, turn
from server_node.estimate.sources import SOURCES
from server_node.offline.layout import HELPER
from server_node.offline.ot.choice import ALLOWED, Link
from server_node.offline.plan import PlanRecorder
from server_node.offline.source import CotSource, Making
from tests.helpers.plans import every_kind
from tests.helpers.simulate import run_two
from tests.helpers.two_party.tls import make_deployment

FEW = 4
SOFTSPOKEN, SILENT_TABLE = "softspoken-4", "silent-11"
TABLES = (SOFTSPOKEN, SILENT_TABLE, LATTICE, HELPER)
COSTS = {unit: 1e-6 for table in TABLES for unit in PROBINGS[table].units}
MEASURED = Calibration(1000, all_cores(), LinkCost(1e-4, 1e-9), COSTS)


def _segment(probe: Probe, party: Party) -> Repeated:
    recorder = PlanRecorder(party)
    probe.ask(recorder)
    return Repeated(recorder.requests, [1] * len(recorder.requests))


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("table", TABLES)
def test_probes_stand_in_an_order_in_which_the_rest_is_known(table: str, party: Party) -> None:
    probing = PROBINGS[table]
    known = {f"{table}/requests", *(PROBINGS[NEEDED_BEFORE[table]].units if table in NEEDED_BEFORE else ())}
    for probe in probing.probes:
        units, unit = probing.price(_segment(probe, party), party).units, f"{table}/{probe.unit}"
        assert units[unit] > 0
        assert {other for other, count in units.items() if count > FEW * units[unit]} <= known
        known.add(unit)


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("source", SOURCES)
def test_tables_cover_every_kind_of_work(source: str, party: Party) -> None:
    plan = PlanRecorder(party)
    plan.product(plan.mask((9000,)), plan.mask((9000,)))
    segment = Repeated([*every_kind(100), *plan.requests], [1] * len(every_kind(100) + plan.requests))
    bill = SOURCES[source].price(Lane(Recorded(segment, segment, 0), True, 0), party, Link(1e-4, 2e-9))
    assert set(bill.units) <= set(COSTS)


@pytest.mark.parametrize("source", SOURCES)
def test_both_parties_pay_the_same_units(source: str) -> None:
    segment = Repeated(every_kind(100), [2] * len(every_kind(100)))
    lane = Lane(Recorded(segment, segment, 3), True, 3)
    first, second = (SOURCES[source].price(lane, party, Link(0.04, 8e-8)) for party in Party)
    assert first.units == second.units
    assert first.bytes_sent + first.one_way == second.bytes_sent + second.one_way


def test_every_way_to_make_transfers_has_a_table() -> None:
    assert {table_of(extension) for extension in ALLOWED} | {LATTICE, HELPER} == set(PROBINGS)


def test_seconds_of_a_bill_are_its_units_at_their_price() -> None:
    bill = PROBINGS[SOFTSPOKEN].price(_segment(PROBINGS[SOFTSPOKEN].probes[0], Party.P0), Party.P0)
    assert seconds_of(bill, {f"{SOFTSPOKEN}/batches": 0.5}) == 4.0
    assert tables_of(bill) == {SOFTSPOKEN}


@pytest.mark.parametrize("table", [SOFTSPOKEN, SILENT_TABLE])
def test_machine_is_measured_by_both_parties_together(table: str) -> None:
    probing = replace(PROBINGS[table], probes=PROBINGS[table].probes[:3])
    source = CotSource(EXTENSIONS[table])
    first, second = run_two(lambda party, channel: measure(Pair(channel, party), source, probing, {})).results
    assert first == second
    assert set(first) == probing.units
    assert first[f"{table}/batches"] > 0 and first[f"{table}/opening"] > 0
    assert 0 < first[f"{table}/busy"] <= 4


def test_pair_is_as_fast_as_the_slower_of_both() -> None:
    def play(party: Party, channel: Channel) -> tuple[list[float], list[float], int]:
        pair, runs = Pair(channel, party), list[int]()
        seconds = pair.usual(lambda: runs.append(1))
        return pair.slower([0.5, 2.0] if party is Party.P0 else [1.5, 1.0]), list(seconds), len(runs)

    first, second = run_two(play).results
    assert first == second
    assert first[0] == [1.5, 2.0]
    assert first[2] == 4


def test_pair_is_told_what_to_do() -> None:
    def play(party: Party, channel: Channel) -> dict[str, Any]:
        pair = Pair(channel, party)
        if party is Party.P0:
            pair.order({"do": "table", "table": "é"})
            return {}
        return pair.ordered()

    assert run_two(play).results[1] == {"do": "table", "table": "é"}


def test_pair_takes_no_long_orders() -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            channel.send("calibration-order", np.array([1 << 20], "<u4"))
        else:
            Pair(channel, party).ordered()

    with pytest.raises(BadFrame, match="longer than an order"):
        run_two(play)


def test_calibration_is_kept_for_a_day(tmp_path: Path) -> None:
    assert fresh(tmp_path) is None
    keep(tmp_path, MEASURED)
    found = {now: fresh(tmp_path, now) for now in (999.0, 1000.0, 999.0 + FRESH_SECONDS, 1000.0 + FRESH_SECONDS)}
    assert list(found.values()) == [None, MEASURED, MEASURED, None]
    keep(tmp_path, replace(MEASURED, cores=all_cores() + 1))
    assert fresh(tmp_path, 1000) is None, "a machine with other cores is another one"


def test_calibration_is_extended_by_what_it_lacks() -> None:
    assert MEASURED.lacks(TABLES) == []
    nothing = replace(MEASURED, costs={})
    assert nothing.lacks({LATTICE, HELPER}) == [HELPER, SOFTSPOKEN, LATTICE]
    some = nothing.extended({unit: 1.0 for unit in PROBINGS[SOFTSPOKEN].units})
    assert some.lacks({LATTICE, SOFTSPOKEN}) == [LATTICE]
    partly = some.extended({f"{LATTICE}/slots": 1.0})
    assert partly.lacks({LATTICE}) == [LATTICE], "a table that lacks a unit is measured anew"


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: {**raw, "version": 1},
        lambda raw: {**raw, "costs": None},
        lambda raw: {**raw, "link": {"round": -1.0, "byte": 0.0}},
        lambda raw: {**raw, "costs": {**raw["costs"], "helper/words": "fast"}},
        lambda raw: [],
        lambda raw: {**raw, "time": float("inf")},
        lambda raw: {**raw, "cores": float("nan")},
    ],
)
def test_calibration_that_cannot_be_read_is_none(damage: Any, tmp_path: Path) -> None:
    keep(tmp_path, MEASURED)
    raw = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    (tmp_path / FILE_NAME).write_text(json.dumps(damage(raw)), encoding="utf-8")
    assert fresh(tmp_path, 1000) is None


def test_calibration_that_is_nested_without_end_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("[" * 60_000, encoding="utf-8")
    assert fresh(tmp_path) is None


def test_calibration_says_what_it_is(tmp_path: Path) -> None:
    keep(tmp_path, MEASURED)
    assert json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8")) == {"version": 2, **asdict(MEASURED)}


def test_measurements_of_a_machine_take_turns(tmp_path: Path) -> None:
    with turn(tmp_path):
        other = os.open(tmp_path / NAME, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_measurements_go_on_where_nothing_can_be_locked(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with turn(tmp_path):
        assert not (tmp_path / "elsewhere").exists()
    with turn(tmp_path / "none"):
        assert not (tmp_path / "none").exists()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NodeIdentity]:
    return make_deployment(tmp_path_factory.mktemp("nodes"), ROLES)


@contextmanager
def _read_end() -> Iterator[tuple[Any, int]]:
    """What an accepting process watches, and the end whose closing says that nobody comes."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as ends:
        yield ends, writing


def test_processes_of_one_node_are_joined(nodes: dict[str, NodeIdentity]) -> None:
    node = nodes["a"]
    with listening() as listener, _read_end() as (ends, writing):
        found: list[float] = []

        def other() -> None:
            out, into = (connect(port_of(listener), node) for _ in range(2))
            with closing(channel_of(out, into)) as channel:
                found.extend(asdict(measure_link(Pair(channel, Party.P1))).values())

        thread = threading.Thread(target=other)
        thread.start()
        into, out = (accept(listener, node, ends) for _ in range(2))
        with closing(channel_of(out, into)) as channel:
            cost = measure_link(Pair(channel, Party.P0))
        thread.join()
        os.close(writing)
    assert [cost.round, cost.byte] == found
    assert 1e-6 < cost.round < 0.1
    assert 1e-11 < cost.byte < 1e-6


def test_process_of_another_node_is_not_joined(nodes: dict[str, NodeIdentity]) -> None:
    with listening() as listener, _read_end() as (ends, writing):
        failed: list[type[BaseException]] = []

        def stranger() -> None:
            try:
                connect(port_of(listener), nodes["b"]).close()
            except EstimateFailed as error:
                failed.append(type(error))
            os.close(writing)

        thread = threading.Thread(target=stranger)
        thread.start()
        with pytest.raises(EstimateFailed, match="did not come"):
            accept(listener, nodes["a"], ends)
        thread.join()
    assert failed == [EstimateFailed]


@pytest.mark.slow
def test_dealer_deals_to_both_processes(nodes: dict[str, NodeIdentity]) -> None:
    node = nodes["a"]
    folder = node.cert_path.parent
    with dealing(folder, True) as port:

        def play(party: Party, channel: Channel) -> tuple[int, bytes, int]:
            making = Making(channel, party, SystemRandom(), bytes(32), bytes(16))
            recorder = PlanRecorder(party)
            recorder.product(recorder.mask((5,)), recorder.mask((5,)))
            with MeasuredHelper(node, port).open(making) as maker:
                seed = maker.seed(0, recorder.requests)
                bill = helper.price_segment(Repeated(recorder.requests, [1] * 3), party)
                told: list[int] = []
                maker.fill(np.empty(bill.stored, np.uint8), told.append)
            return len(seed), seed, sum(told) - bill.dealt

        first, second = run_two(play).results
        assert (first[0], first[2], second[0], second[2]) == (32, 0, 32, 0)
        assert first[1] != second[1]


@pytest.mark.slow
def test_dealer_that_cannot_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(EstimateFailed, match="did not start"), dealing(tmp_path, True):
        raise AssertionError("there is no dealer")
    with dealing(tmp_path, False) as port:
        assert port == 0


@pytest.mark.slow
@pytest.mark.parametrize("module", ["partner", "dealer"])
def test_processes_end_when_nobody_tells_them_anything(module: str) -> None:
    command = [sys.executable, "-m", f"server_node.estimate.measuring.{module}"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode != 0
