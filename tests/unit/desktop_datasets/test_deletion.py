"""A deletion: what it does is said before, it reaches each server by itself, and its receipts are checked and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.documents import sign_document, verify_document
from common.errors import AppError, BadSignature, Conflict, NodeUnreachable, NotFound
from desktop_client.upload.datasets.deletion import (
    DELETE,
    DISABLE,
    Deleted,
    Uses,
    delete_dataset,
    keep_receipts,
    read_uses,
    require_free,
)
from tests.helpers.desktop.fake_nodes import fixed
from tests.unit.desktop_datasets.fakes import refused
from tests.unit.desktop_upload.world import World, open_world

ID = "3f2a90" + "11" * 29
TIME = "2026-01-01T00:00:00Z"
JOB = "ab" * 16


def deleting(world: World, role: str, **changes: Any) -> dict[str, Any]:
    """A server that deletes and signs a receipt; what it was asked is put into the mapping."""
    asked: dict[str, Any] = {}
    identity = world.fakes[role].identity

    async def take(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked.update(verify_document(body["document"], "dataset-delete", world.keys.signing.verify_key))
        asked["words"] = body["reason"]
        facts = {"dataset": ID, "node": identity.name, "party": role, "time": TIME, **changes}
        receipt = sign_document("delete-receipt", facts, identity.signing)
        return web.json_response({"receipt": receipt, "stopped": [JOB] if asked["stop_jobs"] else []})

    world.fakes[role].extra["DELETE", f"/v1/datasets/{ID}"] = take
    world.fakes[role].extra["GET", "/v1/info"] = fixed({"time": TIME})
    return asked


def refusing(world: World, role: str, error: AppError) -> None:
    world.fakes[role].extra["DELETE", f"/v1/datasets/{ID}"] = refused(error)
    world.fakes[role].extra["GET", "/v1/info"] = fixed({"time": TIME})


async def test_both_servers_delete_and_their_receipts_are_kept(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        asked = [deleting(world, role) for role in ("a", "b")]
        reason = Reason.give("A patient withdrew.", SystemRandom())
        deleted = await delete_dataset(world.nodes, ID, world.keys, True, reason)
        for one in asked:
            assert one.pop("words") == reason.as_json()
            assert one == {"dataset": ID, "node_time": TIME, "stop_jobs": True, "reason": reason.digest}
        assert deleted.stopped == (JOB,)
        kept = keep_receipts(tmp_path / "receipts", ID, deleted)
        assert [path.name for path in kept] == [f"{ID}-a.deleted.json", f"{ID}-b.deleted.json"]
        assert [json.loads(path.read_text(encoding="utf-8")) for path in kept] == list(deleted.receipts)


@pytest.mark.parametrize("role", ["a", "b"])
async def test_delete_goes_on_where_it_was_cut_off(tmp_path: Path, role: str) -> None:
    async with open_world(tmp_path) as world:
        left = "b" if role == "a" else "a"
        refusing(world, role, NotFound("gone"))
        asked = deleting(world, left)
        deleted = await delete_dataset(world.nodes, ID, world.keys)
        assert asked["dataset"] == ID
        assert [receipt is None for receipt in deleted.receipts] == [one == role for one in ("a", "b")]
        assert len(keep_receipts(tmp_path / "receipts", ID, deleted)) == 1


async def test_delete_reaches_the_other_server_before_a_failure_is_told(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        asked = deleting(world, "b")
        world.fakes["a"].extra["GET", "/v1/info"] = refused(NodeUnreachable("down"))
        with pytest.raises(NodeUnreachable):
            await delete_dataset(world.nodes, ID, world.keys)
        assert asked["dataset"] == ID


async def test_delete_of_a_data_set_in_use_or_unknown_is_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        for role in ("a", "b"):
            refusing(world, role, Conflict("Jobs still use it."))
        with pytest.raises(Conflict, match="still use"):
            await delete_dataset(world.nodes, ID, world.keys)
        for role in ("a", "b"):
            refusing(world, role, NotFound("no"))
        with pytest.raises(NotFound, match="Neither"):
            await delete_dataset(world.nodes, ID, world.keys)


@pytest.mark.parametrize("changes", [{"dataset": "ab" * 32}, {"party": "b"}, {"node": "node-b"}])
async def test_receipt_of_something_else_is_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    async with open_world(tmp_path) as world:
        deleting(world, "a", **changes)
        deleting(world, "b")
        with pytest.raises(BadSignature):
            await delete_dataset(world.nodes, ID, world.keys)


def used(job: str, on_delete: str, on_disable: str) -> dict[str, Any]:
    facts = {"job": job, "project": "cd" * 16, "name": "lungs", "starter": "bob", "state": "training"}
    return {**facts, "on_delete": on_delete, "on_disable": on_disable}


def project(name: str) -> dict[str, Any]:
    return {"project": name * 32, "name": name, "owner": "bob"}


async def test_uses_of_both_servers_count(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        path = f"/v1/datasets/{ID}/uses"
        world.fakes["a"].extra["GET", path] = fixed(
            {"projects": [project("c")], "jobs": [used(JOB, "goes-on", "goes-on")]}
        )
        world.fakes["b"].extra["GET", path] = fixed(
            {"projects": [project("c"), project("d")], "jobs": [used(JOB, "cancelled", "goes-on")]}
        )
        found = await read_uses(world.nodes, ID)
        assert [one["name"] for one in found.projects] == ["c", "d"]
        assert [one["on_delete"] for one in found.jobs] == ["cancelled"], "what stops it at one server stops it"
        world.fakes["a"].extra["GET", path] = refused(NodeUnreachable("down"))
        assert (await read_uses(world.nodes, ID)).stopped == found.stopped


def test_consequences_are_said_in_plain_words() -> None:
    uses = Uses((project("c"),), (used("11" * 16, "cancelled", "refused"), used("22" * 16, "goes-on", "goes-on")))
    assert list(uses.lines(DELETE)) == [
        "project c (cccccccccccc, of bob): no new job can start with this data set",
        "job 111111111111 of lungs, started by bob, training: is stopped, and its result is lost",
        "job 222222222222 of lungs, started by bob, training: goes on: its work here is done",
    ]
    assert [line.rpartition(": ")[2] for line in uses.lines(DISABLE)][1:] == [
        "is refused when its turn comes",
        "goes on to its end",
    ]
    assert list(Uses((), ()).lines(DELETE)) == ["no project and no job uses it"]


def test_jobs_are_stopped_only_if_somebody_says_so(tmp_path: Path) -> None:
    uses = Uses((), (used(JOB, "cancelled", "goes-on"),))
    with pytest.raises(Conflict, match="--stop-jobs"):
        require_free(uses, False)
    require_free(uses, True)
    require_free(Uses((), (used(JOB, "goes-on", "goes-on"),)), False)
    assert keep_receipts(tmp_path, ID, Deleted((None, None), ())) == []
