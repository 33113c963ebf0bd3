"""What the window asks about the log: fetched over the network, then shown and searched from the copy."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.documents import canonical
from common.errors import Forbidden, LogTampered, NodeUnreachable
from common.merkle.entry import user_actor
from desktop_client.jobs import records
from desktop_client.jobs.office import Office
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.logbook.search import LogFilter
from tests.helpers.datasets import make_keys
from tests.helpers.desktop.fake_nodes import FakeNode, fake_deployment
from tests.helpers.desktop.inline_child import run_inline
from tests.helpers.desktop.lying_log import ALICE, LogPlace, LyingLog
from tests.helpers.desktop.writing import account
from tests.helpers.window import FakeOffice


class _Served(LogPlace):
    """The log of a place behind a real log node's routes, and servers that saw it."""

    def __init__(self, folder: Path, nodes: dict[str, FakeNode]) -> None:
        self.identities = {role: node.identity for role, node in nodes.items()}
        self.deployment = self.identities["a"].deployment
        self.profile = Profile(folder / "profile")
        self.profile.create()
        self.profile.deployment_path.write_bytes(canonical(self.deployment.body))
        self.profile.save_user(UserRecord("alice", ALICE.verify_key, "22" * 32))
        self.profile.save_tokens({role: node.token for role, node in nodes.items()})
        self.log = LyingLog(self.identities["log"].signing)
        self.witnessed: dict[str, str | None] = {"a": None, "b": None}
        nodes["log"].extra["GET", "/v1/checkpoint"] = self._checkpoint
        nodes["log"].extra["GET", "/v1/entries"] = self._entries
        nodes["log"].extra["GET", "/v1/proof/consistency"] = self._consistency
        for role in ("a", "b"):
            nodes[role].extra["GET", "/v1/checkpoint"] = self._witness(role)

    async def _checkpoint(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=await self.log.checkpoint())

    async def _entries(self, request: web.Request) -> web.StreamResponse:
        rows = self.log.rows[int(request.query["from"]) : int(request.query["to"])]
        return web.Response(text=json.dumps({"entries": rows}), content_type="application/json")

    async def _consistency(self, request: web.Request) -> web.StreamResponse:
        proof = await self.log.consistency(int(request.query["first"]), int(request.query["second"]))
        return web.json_response({"proof": proof})

    def _witness(self, role: str) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            note = self.witnessed[role]
            return web.Response(text=note or "")

        return answer


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[_Served]:
    monkeypatch.setattr(records, "run_child", run_inline)
    async with fake_deployment(tmp_path / "nodes") as (_, nodes):
        served = _Served(tmp_path, nodes)
        served.add(5)
        served.add(2, user_actor(ALICE.verify_key), "login", device="d1")
        yield served


async def test_log_is_fetched_and_shown_page_by_page(place: _Served) -> None:
    office = Office(place.profile)
    assert (await records.log_page(office, LogFilter())).total == 0
    steps: list[dict[str, Any]] = []
    state = await records.fetch_log(office, steps.append)
    assert (state.size, steps[-1]) == (7, {"stage": "fetch", "done": 7, "total": 7})
    page = await records.log_page(office, LogFilter(), offset=1, limit=2)
    assert ([(row.number, row.name) for row in page.rows], page.total) == ([(5, "alice"), (4, "")], 7)
    mine = await records.log_page(office, records.only_mine(LogFilter(), office), newest_first=False)
    assert [row.number for row in mine.rows] == [5, 6]
    assert len((await records.log_page(office, LogFilter(), limit=10**9)).rows) == 7
    found = await records.log_entry(office, 6)
    assert (found.row.action, found.subject) == ("login", {"device": "d1"})


async def test_whoever_the_nodes_know_alike_appears_by_name(place: _Served) -> None:
    office = FakeOffice(place.profile)
    bob, carol = make_keys(), make_keys()
    for node in (office.a, office.b, office.log):
        node.answers["users"] = [account("bob", bob), account("carol", carol if node is office.a else bob)]
    await records.fetch_log(office)
    found = await records.log_overview(office)
    assert found.names == {user_actor(ALICE.verify_key): "alice", user_actor(bob.signing.verify_key): "bob"}


async def test_overview_and_names(place: _Served) -> None:
    office = Office(place.profile)
    place.add(1, user_actor("11" * 32), "login", device="d2")
    await records.fetch_log(office)
    await records.learn_names(office, [("bob", "11" * 32)])
    found = await records.log_overview(office)
    assert (found.actions, found.kinds) == ({"job-stage": 5, "login": 3}, {"job": 5, "": 3})
    assert found.names == {user_actor(ALICE.verify_key): "alice", user_actor("11" * 32): "bob"}
    assert found.mine == (user_actor(ALICE.verify_key),)
    assert (await records.log_page(office, LogFilter(text="bob"))).rows[0].number == 7


async def test_everything_is_checked(place: _Served) -> None:
    office = Office(place.profile)
    place.witnessed = {"a": place.log.note(3), "b": None}
    steps: list[dict[str, Any]] = []
    found = await records.check_log(office, steps.append)
    assert {point.code: point.standing for point in found.points} == {
        "rows": "proved", "checkpoint": "proved", "remembered": "proved", "server-a": "proved", "server-b": "missing",
        "own-events": "proved", "receipts": "proved",
    }  # fmt: skip
    assert (found.size, found.root, found.is_intact) == (7, place.log.tree().root().hex(), True)
    assert (found.own_count, [(number, action) for number, _, action in found.own]) == (2, [(5, "login"), (6, "login")])
    assert {step["stage"] for step in steps} == {"fetch", "check"}


async def test_export_for_an_auditor(place: _Served, tmp_path: Path) -> None:
    out = tmp_path / "log.zip"
    assert await records.export_log(Office(place.profile), out) == 7
    with zipfile.ZipFile(out) as bundle:
        assert len(bundle.read("log-copy.jsonl").splitlines()) == 8


async def test_export_of_a_log_that_servers_contradict_is_refused(place: _Served, tmp_path: Path) -> None:
    place.log.rows.reverse()
    place.witnessed["b"] = place.log.note(3)
    place.log.rows.reverse()
    with pytest.raises(LogTampered):
        await records.export_log(Office(place.profile), tmp_path / "log.zip")
    assert not list(tmp_path.glob("log.zip*"))


async def test_nobody_registered_has_no_own_events(tmp_path: Path) -> None:
    office = Office(Profile(tmp_path))
    assert records.own_actors(office) == ()
    assert records.only_mine(LogFilter(), office).actors == ("user:",)


@pytest.mark.parametrize("error", [Forbidden, NodeUnreachable])
async def test_log_node_that_refuses_is_named(place: _Served, error: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(self: Any) -> str:
        raise error()

    monkeypatch.setattr(LyingLog, "checkpoint", refuse)
    with pytest.raises(error):
        await records.fetch_log(Office(place.profile))
