"""Asking a model: both servers must tell the same about it, and what is signed is what they told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.crypto.rng import SystemRandom
from common.documents import verify_document
from common.errors import BadFrame, Conflict, PeerMismatch
from desktop_client.upload.jobs.asking import Testable as Fitting
from desktop_client.upload.jobs.asking import forget_model, read_test, read_testable, start_test
from tests.helpers.desktop.fake_nodes import fixed
from tests.unit.desktop_upload.world import World, open_world

TRAINING, TEST, DATASET, REVISION = "ab" * 16, "cd" * 16, "ef" * 32, "12" * 32
TOLD: dict[str, Any] = {"kept": True, "shape": [8, 6, 1], "bits": 8, "classes": ["well", "ill"], "most": 2**21}
FITTING = Fitting(TRAINING, REVISION, (8, 6, 1), 8, ("well", "ill"), 2**21)
NOW = "2026-01-01T00:00:00Z"


def job(**changes: Any) -> dict[str, Any]:
    about = {"id": TRAINING, "project": "34" * 16, "state": "finished", "kind": "training", "training": None,
             "dataset": None, "specification": REVISION, "starter": "alice"}  # fmt: skip
    return {**about, **changes}


TESTED = job(id=TEST, kind="test", training=TRAINING, dataset=DATASET)


def tell(world: World, path: str, answer: Any, other: Any = None) -> None:
    """What A answers, and B, if it is something else."""
    for role, value in (("a", answer), ("b", answer if other is None else other)):
        world.fakes[role].extra["GET", path] = fixed(value)


def take(world: World, role: str, path: str, answer: Any) -> list[Any]:
    """A server that takes documents; they are put into the list."""
    taken: list[Any] = []

    async def at(request: web.Request) -> web.StreamResponse:
        taken.append((await request.json())["document"])
        return web.json_response(answer)

    world.fakes[role].extra["POST", path] = at
    return taken


async def test_what_may_be_asked_is_what_both_servers_tell(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        tell(world, f"/v1/jobs/{TRAINING}", job())
        tell(world, f"/v1/jobs/{TRAINING}/tests", TOLD)
        assert await read_testable(world.nodes, TRAINING) == FITTING


@pytest.mark.parametrize(
    ("job_b", "told_b", "error"),
    [
        (job(specification="56" * 32), TOLD, PeerMismatch),
        (job(), {**TOLD, "shape": [6, 8, 1]}, PeerMismatch),
        (job(), {**TOLD, "classes": ["ill", "well"]}, PeerMismatch),
        (job(), {**TOLD, "kept": False}, Conflict),
        (job(state="training"), TOLD, Conflict),
        (job(kind="test"), TOLD, Conflict),
        (job(), {**TOLD, "shape": [8, 6]}, BadFrame),
        (job(), {**TOLD, "shape": [8, 6, 0]}, BadFrame),
        (job(), {**TOLD, "bits": "8"}, BadFrame),
        (job(), {**TOLD, "classes": None}, BadFrame),
    ],
)
async def test_servers_that_tell_something_else_are_caught(
    tmp_path: Path, job_b: dict[str, Any], told_b: dict[str, Any], error: type[Exception]
) -> None:
    async with open_world(tmp_path) as world:
        tell(world, f"/v1/jobs/{TRAINING}", job(), job_b)
        tell(world, f"/v1/jobs/{TRAINING}/tests", TOLD, told_b)
        with pytest.raises(error):
            await read_testable(world.nodes, TRAINING)


async def test_start_is_signed_and_given_to_server_a(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        taken = take(world, "a", f"/v1/jobs/{TRAINING}/tests", {"id": TEST, "state": "queued"})
        assert await start_test(world.nodes, FITTING, DATASET, world.keys, SystemRandom()) == TEST
        [document] = taken
        body = verify_document(document, "test-start", world.keys.signing.verify_key)
        assert len(body.pop("nonce")) == 32
        assert body == {"project_hash": REVISION, "training": TRAINING, "dataset": DATASET}


async def test_test_is_read_at_both_servers(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        tell(world, f"/v1/jobs/{TEST}", TESTED)
        found = await read_test(world.nodes, TEST)
        assert (found.specification, found.training, found.dataset, found.starter) == (
            REVISION, TRAINING, DATASET, "alice",
        )  # fmt: skip
        tell(world, f"/v1/jobs/{TEST}", TESTED, {**TESTED, "dataset": "00" * 32})
        with pytest.raises(PeerMismatch):
            await read_test(world.nodes, TEST)
        tell(world, f"/v1/jobs/{TEST}", job(id=TEST))
        with pytest.raises(Conflict, match="is a training"):
            await read_test(world.nodes, TEST)


async def test_model_is_forgotten_by_the_clock_of_each_server(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        tell(world, "/v1/info", {"time": NOW})
        path = f"/v1/jobs/{TRAINING}/forget"
        for role in ("a", "b"):
            take(world, role, path, {"forgotten": role == "a"})
        assert await forget_model(world.nodes, TRAINING, world.keys) == (True, False)
        at_b = take(world, "b", path, {"forgotten": "yes"})
        with pytest.raises(BadFrame):
            await forget_model(world.nodes, TRAINING, world.keys)
        body = verify_document(at_b[0], "model-forget", world.keys.signing.verify_key)
        assert body == {"job": TRAINING, "time": NOW}
