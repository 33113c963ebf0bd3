"""An id is what both servers say together; a cancellation reaches each server by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from common.errors import AppError, Conflict, NotFound, UsageError
from desktop_client.cli.context import DATASET, JOB, PROJECT, find_id
from desktop_client.upload.projects.jobs import cancel_job
from tests.helpers.desktop.fake_nodes import fixed
from tests.unit.desktop_upload.world import World, open_world

ID = "3f2a90" + "11" * 29
OTHER = "3f2a90" + "22" * 29
JOB_ID = "ab" * 16


def _list(world: World, **ids: list[str]) -> None:
    for role, known in ids.items():
        world.fakes[role].extra["GET", "/v1/datasets"] = fixed({"datasets": [{"id": one} for one in known]})


@pytest.mark.parametrize("lists", [{"a": [ID], "b": []}, {"a": [], "b": [ID]}, {"a": [ID], "b": [ID]}])
async def test_beginning_of_an_id_is_looked_for_at_both_servers(tmp_path: Path, lists: dict[str, list[str]]) -> None:
    async with open_world(tmp_path) as world:
        _list(world, **lists)
        assert await find_id(world.nodes, "3f2a90", DATASET) == ID


@pytest.mark.parametrize("forged", [OTHER, "3f2a90"])
async def test_server_cannot_turn_a_beginning_to_another_id(tmp_path: Path, forged: str) -> None:
    async with open_world(tmp_path) as world:
        _list(world, a=[forged], b=[ID, "3f2a90" + "33" * 29])
        with pytest.raises(UsageError, match="Several"):
            await find_id(world.nodes, "3f2a90", DATASET)
        _list(world, a=[], b=[])
        with pytest.raises(NotFound):
            await find_id(world.nodes, "3f2a90", DATASET)


@pytest.mark.parametrize(("whole", "what"), [(ID, DATASET), (JOB_ID, JOB), (JOB_ID, PROJECT)])
async def test_whole_id_needs_no_list(tmp_path: Path, whole: str, what: str) -> None:
    async with open_world(tmp_path) as world:
        assert await find_id(world.nodes, whole, what) == whole


def _job(world: World, role: str, state: str, refusal: AppError | None = None) -> list[str]:
    asked: list[str] = []

    async def cancel(request: web.Request) -> web.StreamResponse:
        asked.append(role)
        if refusal is not None:
            raise refusal
        return web.json_response({})

    world.fakes[role].extra["POST", f"/v1/jobs/{JOB_ID}/cancel"] = cancel
    world.fakes[role].extra["GET", f"/v1/jobs/{JOB_ID}"] = fixed({"id": JOB_ID, "project": "p", "state": state})
    return asked


@pytest.mark.parametrize("refusal", [None, Conflict("final")])
async def test_cancel_asks_both_servers(tmp_path: Path, refusal: AppError | None) -> None:
    async with open_world(tmp_path) as world:
        asked = [_job(world, "a", "cancelled"), _job(world, "b", "finished", refusal)]
        assert await cancel_job(world.nodes, JOB_ID) == ("cancelled", "finished")
        assert asked == [["a"], ["b"]]


async def test_cancel_reaches_b_when_a_refuses(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        asked = _job(world, "b", "cancelled")
        _job(world, "a", "training", Conflict("not now"))
        with pytest.raises(Conflict, match="not now"):
            await cancel_job(world.nodes, JOB_ID)
        assert asked == ["b"]
        _job(world, "a", "training", NotFound("never had it"))
        assert await cancel_job(world.nodes, JOB_ID) == (None, "cancelled")
        _job(world, "b", "training", NotFound("never had it"))
        with pytest.raises(NotFound, match="Neither"):
            await cancel_job(world.nodes, JOB_ID)
