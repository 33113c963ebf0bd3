"""A hundred clients at once: each uploads a data set of its own while as many others ask for lists and states.

Run it: ``python -m tests.bench.platform.bench_clients [--clients N] [--images N] [--folder DIR]``, or ``make bench``.
One line of JSON comes out: errors, lost and doubled chunks (none may be), and how long answers took while uploads ran,
measured in a process that does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from desktop_client.poc.deployment import LocalDeployment
from desktop_client.upload.client import NodeClient, Nodes, open_nodes
from desktop_client.upload.identity.account import sign_in
from desktop_client.upload.transfer import open_dataset, upload
from desktop_client.upload.transport import Call
from tests.bench.platform import world

CLIENTS = 100
IMAGES = 52
_UPLOADERS = 4
_PAUSE = 2.0
_PATHS = ("/v1/datasets", "/v1/jobs", "/v1/info", "/v1/datasets")
_THROTTLE = "logins_per_minute = "


def main(clients: int = CLIENTS, images: int = IMAGES, folder: Path | None = None) -> dict[str, Any]:
    """Measure once and return the figures."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        root = Path(name)
        local = LocalDeployment(root / "poc")
        local.start()
        local.stop()
        for role in ("a", "b", "log"):
            _let_everybody_in(local.node(role) / "settings.toml")
        with local:
            profile, keys = world.profile_of(local)
            for number in range(clients):
                about = world.description(profile, 224, f"client {number}")
                world.write_dataset(root / str(number), about, keys, images)
            pids = {role: mark.pid for role, mark in local.running().items() if role in ("a", "b")}
            used = {role: world.cpu_seconds(pid) for role, pid in pids.items()}
            figures = _run(local, root, clients)
            used = {role: round(world.cpu_seconds(pid) - used[role], 2) for role, pid in pids.items()}
            peaks = {role: world.peak_mb(pid) for role, pid in pids.items()}
        stored = {role: _stored(local.node(role)) for role in ("a", "b")}
    chunks = clients * -(-images // about.layout.images_per_chunk)
    return {
        "bench": "clients",
        "machine": world.machine(),
        "clients": clients,
        "images_each": images,
        "chunks_at_each_server": chunks,
        "stored": stored,
        **figures,
        "raw_mb_per_s": round(clients * images * 224 * 224 * 3 / 1e6 / figures["sent_seconds"], 1),
        "peak_mb": peaks,
        "cpu_seconds": used,
    }


def _let_everybody_in(path: Path) -> None:
    """All logins come from one address here."""
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [f"{_THROTTLE}10000" if line.startswith(_THROTTLE) else line for line in lines]
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")


def _run(local: LocalDeployment, root: Path, clients: int) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    start = context.Barrier(_UPLOADERS + 1)
    with context.Pool(_UPLOADERS + 1, _share, (start, stop)) as pool:
        shares = [range(number, clients, _UPLOADERS) for number in range(_UPLOADERS)]
        uploads = [pool.apply_async(_upload_all, (local.folder, root, share)) for share in shares]
        polls = pool.apply_async(_poll_all, (local.folder, clients))
        done = [one.get() for one in uploads]
        stop.set()
        polled = polls.get()
    times = sorted(polled["seconds"])
    return {
        "sent_seconds": round(max(one["sent"] for one in done), 2),
        "upload_seconds": round(max(one["seconds"] for one in done), 2),
        "upload_errors": sum(one["errors"] for one in done),
        "usable": sum(one["usable"] for one in done),
        "answers": len(times),
        "answer_errors": polled["errors"],
        "answer_ms": {
            "median": round(1000 * statistics.median(times), 1),
            "95": round(1000 * times[int(0.95 * (len(times) - 1))], 1),
            "99": round(1000 * times[int(0.99 * (len(times) - 1))], 1),
            "longest": round(1000 * times[-1], 1),
        },
    }


_SHARED: dict[str, Any] = {}


def _share(start: Any, stop: Event) -> None:
    _SHARED.update(start=start, stop=stop)


def _upload_all(folder: Path, root: Path, share: range) -> dict[str, Any]:
    return asyncio.run(_uploads(LocalDeployment(folder), root, share))


async def _uploads(local: LocalDeployment, root: Path, share: range) -> dict[str, Any]:
    profile, keys = world.profile_of(local)
    deployment, user = profile.deployment(), profile.user()
    seal_keys = (deployment.node("a").seal_key, deployment.node("b").seal_key)
    datasets = [open_dataset(root / str(number), user, seal_keys) for number in share]
    await asyncio.to_thread(_SHARED["start"].wait)
    began = time.perf_counter()
    sent = [0.0] * len(datasets)

    def note(number: int, done: int, total: int) -> None:
        if done == total:
            sent[number] = time.perf_counter() - began

    async def one(number: int) -> tuple[str, str]:
        async with open_nodes(profile) as nodes:
            for node in nodes.servers:
                node.transport.use_token(await sign_in(node, user.name, keys))
            return (await upload(nodes, profile, datasets[number], partial(note, number))).states

    found = await asyncio.gather(*(one(number) for number in range(len(datasets))), return_exceptions=True)
    return {
        "sent": max(sent),
        "seconds": time.perf_counter() - began,
        "errors": sum(isinstance(outcome, BaseException) for outcome in found),
        "usable": sum(outcome == ("usable", "usable") for outcome in found),
    }


def _poll_all(folder: Path, clients: int) -> dict[str, Any]:
    return asyncio.run(_polls(LocalDeployment(folder), clients))


async def _polls(local: LocalDeployment, clients: int) -> dict[str, Any]:
    profile, keys = world.profile_of(local)
    seconds: list[float] = []
    errors: list[str] = []
    async with open_nodes(profile) as nodes:
        await asyncio.to_thread(_SHARED["start"].wait)
        askers = [partial(_ask_again, _asker(nodes, number), number, seconds, errors) for number in range(clients)]
        for node in nodes.servers:
            node.transport.use_token(await sign_in(node, profile.user().name, keys))
        await asyncio.gather(*(asker() for asker in askers))
    return {"seconds": seconds, "errors": len(errors)}


def _asker(nodes: Nodes, number: int) -> NodeClient:
    return nodes.servers[number % 2]


async def _ask_again(node: NodeClient, number: int, seconds: list[float], errors: list[str]) -> None:
    """Ask for one thing after the other with a pause between, until uploads have ended."""
    is_over: Callable[[], bool] = _SHARED["stop"].is_set
    await asyncio.sleep(_PAUSE * (number % 10) / 10)
    while not is_over():
        began = time.perf_counter()
        try:
            await node.transport.json("GET", _PATHS[number % len(_PATHS)], Call())
        except Exception as error:
            errors.append(repr(error))
        else:
            seconds.append(time.perf_counter() - began)
        number += 1
        await asyncio.sleep(_PAUSE)


def _stored(node: Path) -> dict[str, int]:
    """Rows of chunks, those of a place that has two, and files; all three must fit."""
    with closing(sqlite3.connect(node / "node.db")) as database:
        query = "SELECT count(*), count(DISTINCT dataset || '/' || number) FROM chunks"
        rows, different = database.execute(query).fetchone()
    files = sum(1 for path in (node / "shares" / "blobs").glob("??/*"))
    return {"rows": rows, "doubled": rows - different, "files": files}


def test_bench_clients_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--folder", type=Path, help="Where it is kept meanwhile; four times the raw bytes.")
    given = parser.parse_args()
    print(json.dumps(main(given.clients, given.images, given.folder)))
