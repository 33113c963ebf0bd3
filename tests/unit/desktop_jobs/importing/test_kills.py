"""Kill -9 of the child or of the whole program, and a pause, at any moment: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from common.errors import WorkerGone
from desktop_client.jobs.importing import (
    Moved,
    Standing,
    list_imports,
    open_import,
    run_import,
    split_import,
    upload_import,
)
from desktop_client.jobs.office import Office
from tests.unit.desktop_jobs.importing.world import Gate, children, draft, ended, open_office, pictures, program
from tests.unit.desktop_upload.world import World

pytestmark = pytest.mark.slow
IMAGES = 10
CHUNKS = 5
MANY = 400


async def check_rest(office: Office, world: World, number: str, gate: Gate) -> None:
    """The rest is sent, and no chunk that a server has is sent again."""
    fake = world.fakes["a"]
    assert [row.standing for row in await list_imports(office)] == [Standing.PAUSED]
    before = {index for _, index in fake.chunks}
    assert 0 < len(before) < CHUNKS
    gate.open.set()
    fake.puts.clear()
    world.fakes["b"].puts.clear()
    told: list[Moved] = []
    assert (await run_import(office, number, told.append)).standing is Standing.UPLOADED
    assert not before & set(fake.puts) and {index for _, index in fake.chunks} == set(range(CHUNKS))
    assert {moved.progress.stage for moved in told} == {"upload"}
    first = told[0].a
    assert first is not None and first.done_chunks == len(before) and first.done_bytes > 0


async def test_kills_of_the_child_while_it_uploads(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, IMAGES))
        await split_import(office, made.id)
        gate = Gate(world.fakes["a"], 2)
        task = asyncio.create_task(upload_import(office, made.id))
        await gate.reached.wait()
        processes = children()
        assert len(processes) == 1
        processes[0].kill()
        with pytest.raises(WorkerGone):
            await task
        failed = await open_import(office, made.id)
        assert failed.standing is Standing.FAILED and isinstance(failed.error, WorkerGone)
        gate.open.set()
        assert (await run_import(office, made.id)).standing is Standing.UPLOADED


async def test_kills_of_the_program_while_it_uploads(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, IMAGES))
        await split_import(office, made.id)
        gate = Gate(world.fakes["a"], 2)
        async with program(office, made.id) as process:
            await gate.reached.wait()
            workers = children(process.pid)
            assert workers and (await open_import(office, made.id)).standing is Standing.UPLOADING
            process.kill()
            await process.wait()
            await ended(workers)
        await check_rest(office, world, made.id, gate)


async def test_kills_a_pause_is_no_failure(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, IMAGES))
        await split_import(office, made.id)
        gate = Gate(world.fakes["a"], 2)
        task = asyncio.create_task(upload_import(office, made.id))
        await gate.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert children() == []
        await check_rest(office, world, made.id, gate)


async def test_kills_of_the_program_while_it_splits(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, MANY))
        async with program(office, made.id) as process:
            assert process.stdout is not None
            stage, done = "", 0
            while (stage, done > 0) != ("split", True):
                stage, done = json.loads(await process.stdout.readline())
            assert (await open_import(office, made.id)).standing is Standing.SPLITTING
            workers = children(process.pid)
            process.kill()
            await process.wait()
            await ended(workers)
        row = (await list_imports(office))[0]
        assert (row.standing, row.has_bundles) == (Standing.DRAFT, False)
        assert os.listdir(row.folder.parent) == ["lock"]
        assert world.fakes["a"].puts == []


async def test_kills_of_the_child_while_it_splits(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, MANY))

        def kill(moved: Moved) -> None:
            if moved.progress.stage == "split" and moved.progress.done and children():
                children()[0].kill()

        with pytest.raises(WorkerGone):
            await split_import(office, made.id, kill)
        failed = await open_import(office, made.id)
        assert (failed.standing, failed.has_bundles) == (Standing.FAILED, False)
        # What it left hidden is taken away by the next one.
        assert len(os.listdir(failed.folder.parent)) == 2
        done = await split_import(office, made.id)
        assert (done.standing, done.count) == (Standing.SPLIT, MANY)
        assert sorted(os.listdir(done.folder.parent)) == ["bundles", "lock"]


async def test_kills_a_cancelled_split_leaves_nothing(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, _):
        made = await draft(office, pictures(tmp_path, MANY))
        begun = asyncio.Event()
        task = asyncio.create_task(
            split_import(office, made.id, lambda moved: begun.set() if moved.progress.done else None)
        )
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        found = await open_import(office, made.id)
        assert (found.standing, os.listdir(found.folder.parent)) == (Standing.DRAFT, ["lock"])
