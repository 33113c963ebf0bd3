"""A person with an office, fake nodes, and folders of images to import."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from aiohttp import web

from common.errors import AppError, NodeUnreachable
from desktop_client.jobs.importing import Import, new_import, save_selection
from desktop_client.jobs.office import Office
from desktop_client.offline_plugin.gathering.selection import About, Reading, Selection
from tests.helpers.desktop.fake_nodes import FakeNode
from tests.unit.desktop_upload.world import World, open_world
from tests.unit.offline_plugin.pictures import save

SIDE = 512
"""Two colour images of this side fill a chunk."""
WAIT = 30.0

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from common.crypto.signing import SigningKey
from common.crypto.sealing import SealingKey
from desktop_client.jobs.importing import run_import
from desktop_client.jobs.office import Office
from desktop_client.keystore import UserKeys
from desktop_client.settings import Profile

said = json.loads(sys.stdin.readline())
office = Office(Profile(Path(said["profile"])))
signing, sealing, login = (bytes.fromhex(key) for key in said["keys"])
office.use(UserKeys(SigningKey.from_bytes(signing), SealingKey.from_bytes(sealing), SigningKey.from_bytes(login)))
told = lambda moved: print(json.dumps([moved.progress.stage, moved.progress.done]), flush=True)
asyncio.run(run_import(office, said["id"], told))
"""


@asynccontextmanager
async def open_office(folder: Path, settings: dict[str, int] | None = None) -> AsyncIterator[tuple[Office, World]]:
    """An office whose keys are unlocked, at fake nodes."""
    async with open_world(folder, settings) as world:
        office = Office(world.profile)
        office.use(world.keys)
        yield office, world


def pictures(folder: Path, count: int, side: int = SIDE) -> Path:
    """Small files of large plain colour images of two classes."""
    for index in range(count):
        pixels = np.full((side, side, 3), index * 7 % 256, np.uint8)
        save(folder / "in" / f"class{index % 2}" / f"{index:04d}.png", pixels)
    return folder / "in"


async def draft(office: Office, source: Path, side: int = SIDE) -> Import:
    """An import that is ready to run."""
    made = await new_import(office, [source])
    chosen = replace(made.selection, reading=Reading(side, side, 3), about=About(name="films"))
    return await save_selection(office, made.id, chosen)


def selection(found: Import, **changes: Any) -> Selection:
    return replace(found.selection, **changes)


class Gate:
    """Lets a number of chunks through at one node, then holds every further one until it is opened."""

    def __init__(self, fake: FakeNode, through: int) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self._fake, self._left = fake, through
        fake.everything = self._answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        # Read before anything is held back: a node waits long for the rest of a body that nobody sends any more.
        await request.read()
        is_held = request.method == "PUT" and self._left == 0 and not self.open.is_set()
        if is_held:
            self.reached.set()
            await self.open.wait()
        elif request.method == "PUT" and self._left:
            self._left -= 1
        try:
            if is_held:
                # Whoever sent it was ended meanwhile.
                raise NodeUnreachable("This chunk was held back.")
            return web.json_response(await self._fake._handle(request))
        except AppError as error:
            return web.json_response({"error": error.as_dict()}, status=error.status)


@asynccontextmanager
async def program(office: Office, number: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another program that runs an import for this person; it and its children are ended in any case."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    keys = office.keys()
    said = {
        "profile": str(office.profile.root),
        "id": number,
        "keys": [key.to_bytes().hex() for key in (keys.signing, keys.sealing, keys.login)],
    }
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(said).encode() + b"\n")
    await process.stdin.drain()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.stdout.read()
        await process.wait()


def children(pid: int | None = None) -> list[psutil.Process]:
    """Worker processes that this process, or that one, has started."""
    return list(psutil.Process(pid or os.getpid()).children(recursive=True))


async def ended(processes: Sequence[psutil.Process]) -> None:
    """Wait until all of them are gone."""
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, WAIT)
    assert not alive
