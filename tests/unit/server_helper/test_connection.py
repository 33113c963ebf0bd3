"""A helper over real TLS: two workers prepare with it, and everybody else is sent away by name."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from common.errors import BadSignature, Conflict, HelperGone, PeerGone, PeerMismatch, UnknownCertificate
from common.ids import Party
from common.net.channel import Channel
from common.net.memory import memory_pair
from server_node.helper.rooms import Portion, Rooms, Wish
from server_node.offline.helper import client
from server_node.offline.helper.client import HelperSource
from server_node.offline.helper.protocol import Kind, Line
from server_node.offline.layout import HELPER, Layout
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.preparation import Job, Lanes, Meter, Prepared, Side, prepare, start
from server_node.offline.segments import ready_path
from server_node.offline.store import StoredCorrelations
from tests.helpers.plans import every_kind
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.helping import JOB, RealHelper, making, real_helper
from tests.helpers.two_party.tls import HOST, at_once, make_deployment

Reports = list[tuple[int, int]]


@pytest.fixture
def helper(tmp_path: Path) -> Iterator[RealHelper]:
    with real_helper(tmp_path / "nodes") as running:
        yield running


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[RealHelper]:
    """A helper that lets nobody wait for long."""
    with real_helper(tmp_path / "nodes", 0.1) as running:
        yield running


def squares(size: int) -> Segment:
    ask = PlanRecorder()
    ask.square(ask.mask((size,)))
    return ask.requests


def run(
    root: Path,
    sources: tuple[HelperSource, HelperSource],
    plan: list[Segment],
    seed: str = "",
    reports: Reports | None = None,
) -> tuple[Prepared, Prepared]:
    def play(party: Party, channel: Channel) -> Prepared:
        job = Job(plan, frozenset(range(len(plan))), source=sources[party])
        notes: Reports = [] if reports is None or party is Party.P1 else reports
        rng = SeededRandom(f"{party}{seed}")
        return prepare(channel, party, job, root / party.letter, rng, lambda *pair: notes.append(pair))

    return run_two(play).results


def both(helper: RealHelper) -> tuple[HelperSource, HelperSource]:
    return helper.source(Party.P0), helper.source(Party.P1)


def use(prepared: tuple[Prepared, Prepared], index: int) -> torch.Tensor:
    """The secret mask of a segment made by :func:`squares`, after its square was found to be right."""
    masks, found = [], []
    for party, part in zip(Party, prepared, strict=True):
        with closing(StoredCorrelations(part.folder, part.names[index], part.plan[index], party)) as store:
            mask = store.mask(part.plan[index][0].shape)
            masks.append(mask.share)
            found.append(store.square(mask))
    secret = masks[0] + masks[1]
    assert torch.equal(found[0] + found[1], secret * secret)
    return secret


def test_segments_of_a_preparation_are_dealt_over_one_connection(helper: RealHelper, tmp_path: Path) -> None:
    alike, other = squares(300), squares(40)
    reports: Reports = []
    sources = both(helper)
    prepared = run(tmp_path, sources, [other, alike, alike], reports=reports)
    assert {name.source for part in prepared for name in part.names} == {"helper"}
    secrets = [use(prepared, index) for index in range(3)]
    assert not torch.equal(secrets[1], secrets[2]), "segments that are alike must not share their randomness"
    sizes = [32 + Layout(requests, Party.P0, HELPER).stored_bytes for requests in (other, alike, alike)]
    assert reports[-1] == (sum(sizes), sum(sizes))
    assert sources[0].bytes_dealt == sum(sizes)


def test_after_a_rest_segments_are_dealt_over_a_new_connection(
    helper: RealHelper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever prepares ahead may rest longer than the helper keeps a connection."""
    monkeypatch.setattr(client, "_REST_SECONDS", -1.0)
    plain, made = client.HelperSource._line, []

    def counting(source: HelperSource, *rest: Any) -> Any:
        made.append(source)
        return plain(source, *rest)

    monkeypatch.setattr(client.HelperSource, "_line", counting)
    alike, sources = squares(30), both(helper)
    prepared = run(tmp_path, sources, [alike, alike])
    assert [made.count(source) for source in sources] == [3, 3]
    for index in range(2):
        use(prepared, index)


def test_lane_that_waits_for_the_helper_ends_with_its_user(helper: RealHelper, tmp_path: Path) -> None:
    """The other server never asks for the segment, and the helper is patient."""
    asked = threading.Event()
    job, lane = memory_pair(), memory_pair()

    class Leaving(Exception):
        pass

    def play(party: Party) -> None:
        source = helper.source(party)
        wanted = Job([squares(3)], frozenset({0}), source=source)
        side = Side(party, tmp_path / party.letter, SeededRandom(party.letter))
        with start(job[party], side, wanted, Lanes([lane[party]]), Meter(lambda cost: None)):
            if party is Party.P0:
                assert asked.wait(10.0)
                raise Leaving

    def silent(line: Line, kind: Kind, body: Any) -> None:
        plain(line, kind, body)
        if kind is Kind.ASK:
            asked.set()

    plain = Line.send
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Line, "send", silent)
        patch.setattr(Rooms, "_settle", lambda rooms, room, wish: rooms._wait(wish))
        found = at_once(*(partial(play, party) for party in Party))
    assert isinstance(found[0], Leaving) and time.monotonic() - began < 10.0


def test_every_kind_is_dealt(helper: RealHelper, tmp_path: Path) -> None:
    prepared = run(tmp_path, both(helper), [every_kind(70)])
    assert prepared[0].names == prepared[1].names


def test_interrupted_preparation_keeps_what_both_have(helper: RealHelper, tmp_path: Path) -> None:
    plan = [squares(10), squares(11)]
    run(tmp_path, both(helper), plan)
    paths = [ready_path(tmp_path / letter, 0) for letter in "ab"]
    before = [path.read_bytes() for path in paths]
    ready_path(tmp_path / "b", 1).unlink()
    prepared = run(tmp_path, both(helper), plan, "again")
    assert [path.read_bytes() for path in paths] == before
    for index in range(2):
        use(prepared, index)


def test_different_requests_are_refused_at_both(helper: RealHelper, tmp_path: Path) -> None:
    def ask(party: Party) -> None:
        with helper.source(party).open(making(party)) as maker:
            maker.seed(0, squares(5 + party))

    assert [type(error) for error in at_once(*(partial(ask, party) for party in Party))] == [PeerMismatch] * 2


def test_a_server_that_asks_alone_is_told_so(hasty: RealHelper) -> None:
    with hasty.source(Party.P0).open(making(Party.P0)) as maker, pytest.raises(PeerGone, match="in time"):
        maker.seed(0, squares(3))


@pytest.mark.parametrize("change", ["plan", "nonce", "job", "segment"])
def test_servers_of_different_preparations_do_not_meet(hasty: RealHelper, change: str) -> None:
    plan, nonce = (b"x" * 32 if change == "plan" else b"p" * 32), (b"x" * 16 if change == "nonce" else b"n" * 16)
    job, segment = ("f" * 32 if change == "job" else JOB), int(change == "segment")

    def ask(party: Party) -> None:
        source = hasty.source(party, job if party is Party.P1 else JOB)
        about = making(party, plan, nonce) if party is Party.P1 else making(party)
        with source.open(about) as maker:
            maker.seed(segment * party, squares(3))

    assert [type(error) for error in at_once(*(partial(ask, party) for party in Party))] == [PeerGone] * 2


def test_a_second_question_of_the_same_server_takes_the_place_of_the_first(hasty: RealHelper) -> None:
    def ask() -> None:
        with hasty.source(Party.P0).open(making(Party.P0)) as maker:
            maker.seed(0, squares(3))

    assert {type(error) for error in at_once(ask, ask)} == {Conflict, PeerGone}


def test_a_helper_with_another_key_than_the_project_names_is_refused(helper: RealHelper) -> None:
    source = HelperSource(replace(helper.address, verify_key="ab" * 32), helper.identities["a"], JOB)
    with pytest.raises(BadSignature), source.open(making(Party.P0)):
        pass


def test_another_node_in_place_of_the_helper_is_refused(helper: RealHelper) -> None:
    source = HelperSource(replace(helper.address, name="node-b"), helper.identities["a"], JOB)
    with pytest.raises(UnknownCertificate, match="another node"), source.open(making(Party.P0)):
        pass


@pytest.mark.expects_warnings
def test_a_node_that_is_no_server_is_sent_away(helper: RealHelper) -> None:
    source = HelperSource(helper.address, helper.identities["log"], JOB)
    with pytest.raises(HelperGone), source.open(making(Party.P0)):
        pass


def test_a_server_of_another_deployment_is_sent_away(helper: RealHelper, tmp_path: Path) -> None:
    stranger = make_deployment(tmp_path / "other", ("a", "b", "log"))["a"]
    source = HelperSource(helper.address, stranger, JOB)
    with pytest.raises(UnknownCertificate), source.open(making(Party.P0)):
        pass


def test_no_helper_is_an_error_with_its_name_and_address(helper: RealHelper) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    address = replace(helper.address, port=port, meet_seconds=0.1)
    with pytest.raises(HelperGone, match=f"'node-helper' at {HOST}:{port}"):
        with HelperSource(address, helper.identities["a"], JOB).open(making(Party.P0)):
            pass


def test_a_helper_that_stops_sends_everybody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, entered = Rooms.enter, threading.Event()

    def entering(rooms: Rooms, wish: Wish) -> Portion:
        entered.set()
        return plain(rooms, wish)

    monkeypatch.setattr(Rooms, "enter", entering)

    def ask(helper: RealHelper) -> None:
        with pytest.raises(HelperGone), helper.source(Party.P0).open(making(Party.P0)) as maker:
            maker.seed(0, squares(3))

    with ThreadPoolExecutor(1) as worker:
        with real_helper(tmp_path / "nodes") as helper:
            asked = worker.submit(ask, helper)
            assert entered.wait(10)
        asked.result()
