"""The log node as a process of its own: set up by its command, killed without warning, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.errors import LogTampered
from common.net.identity import NodeAddress, NodeIdentity, create_node_keys, install_kit, load_node_identity
from desktop_client.provision.kit import read_request, write_kit
from log_node.auditor.verify import verify_ledger
from log_node.ledger.segments import scan
from log_node.settings import ledger_path
from server_node.audit.events import EventMaker
from server_node.audit.outbox import Outbox, Pace, open_outbox
from tests.helpers.log_deployment import free_port

START_SECONDS = 30.0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "log_node", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A deployment whose log node was set up by ``imguard-log init`` in its two steps."""
    done = run("init", "--dir", str(tmp_path / "log"), "--name", "record", "--port", str(free_port()))
    assert done.returncode == 0, done.stderr
    for role in ("a", "b"):
        create_node_keys(tmp_path / role, role, f"node-{role}", NodeAddress("https://127.0.0.1:1"), SystemRandom())
    requests = [read_request(tmp_path / role / "join-request.json") for role in ("a", "b", "log")]
    write_kit(tmp_path / "kit", "test", requests, SystemRandom())
    for role in ("a", "b"):
        install_kit(tmp_path / role, tmp_path / "kit")
    done = run("init", "--dir", str(tmp_path / "log"), "--kit", str(tmp_path / "kit"))
    assert done.returncode == 0, done.stderr
    assert Deployment.load(tmp_path / "log" / "deployment.json").fingerprint in done.stdout
    return tmp_path


async def start(root: Path) -> asyncio.subprocess.Process:
    """A log node that answers."""
    process = await asyncio.create_subprocess_exec(
        *command("run", "--dir", str(root / "log")), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout
    line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    assert b"answers at https://127.0.0.1:" in line
    return process


async def stop(process: asyncio.subprocess.Process, number: int = signal.SIGTERM) -> int:
    if process.returncode is None:
        process.send_signal(number)
    return await asyncio.wait_for(process.wait(), START_SECONDS)


@asynccontextmanager
async def delivering(root: Path, identity: NodeIdentity) -> AsyncIterator[Outbox]:
    """The outbox of node A at work, trying again quickly."""
    outbox = open_outbox(root / "a", identity, Pace(0.02, 0.02, 0.1))
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        task.cancel()
        await asyncio.wait([task])
        outbox.close()


async def test_events_reach_the_log_and_the_log_verifies(root: Path) -> None:
    identity = load_node_identity(root / "a")
    maker = EventMaker(identity)
    documents = [maker.by_node("job-stage", {"epoch": number}) for number in range(30)]
    process = await start(root)
    try:
        async with delivering(root, identity) as outbox:
            outbox.add_many(documents)
            await outbox.flush(30)
            assert [outbox.position(document) for document in documents] == list(range(30))
    finally:
        assert await stop(process) == 0
    report = verify_ledger(ledger_path(root / "log"), identity.deployment)
    assert report.size == 30 and report.actions == {"job-stage": 30}
    done = run("verify", "--dir", str(root / "log"))
    assert done.returncode == 0 and done.stdout.startswith("30 rows, root ")


@pytest.mark.expects_warnings
async def test_log_node_killed_again_and_again_loses_and_repeats_nothing(root: Path) -> None:
    """Events keep coming while the log node is killed in the middle of its work three times."""
    identity = load_node_identity(root / "a")
    maker = EventMaker(identity)
    documents = [maker.by_node("job-stage", {"epoch": number}) for number in range(240)]
    process = await start(root)
    try:
        async with delivering(root, identity) as outbox:
            for part in range(3):
                mine = documents[80 * part : 80 * part + 80]
                for document in mine[:40]:
                    outbox.add(document)
                async with asyncio.timeout(30):
                    while outbox.position(mine[0]) is None:
                        await asyncio.sleep(0)
                outbox.add_many(mine[40:])
                await stop(process, signal.SIGKILL)
                process = await start(root)
            await outbox.flush(60)
            assert outbox.pending() == 0 and outbox.refused() == 0
            assert sorted(outbox.position(document) or 0 for document in documents) == list(range(240))
    finally:
        await stop(process)
    assert verify_ledger(ledger_path(root / "log"), identity.deployment).size == 240


@pytest.mark.expects_warnings
async def test_events_wait_while_the_log_node_is_away(root: Path) -> None:
    identity = load_node_identity(root / "a")
    maker = EventMaker(identity)
    async with delivering(root, identity) as outbox:
        outbox.add_many([maker.by_node("job-stage", {"epoch": number}) for number in range(5)])
        async with asyncio.timeout(30):
            while outbox.fault is None:
                await asyncio.sleep(0)
        assert outbox.pending() == 5 and outbox.fault.code == "node-unreachable"
        process = await start(root)
        try:
            await outbox.flush(30)
            assert outbox.fault is None
        finally:
            await stop(process)


async def test_changed_row_stops_the_log_node_and_is_named(root: Path) -> None:
    identity = load_node_identity(root / "a")
    maker = EventMaker(identity)
    process = await start(root)
    try:
        async with delivering(root, identity) as outbox:
            outbox.add_many([maker.by_node("job-stage", {"epoch": number}) for number in range(9)])
            await outbox.flush(30)
    finally:
        await stop(process)
    row = [found for found in scan(ledger_path(root / "log") / "segments") if found.index == 6][0]
    data = bytearray(row.segment.read_bytes())
    data[row.offset + 100] ^= 1
    row.segment.write_bytes(bytes(data))
    for action in ("run", "verify"):
        done = await asyncio.to_thread(run, action, "--dir", str(root / "log"))
        assert done.returncode == LogTampered.exit_code
        assert "Row 6" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.expects_warnings
async def test_log_put_back_to_an_earlier_state_is_noticed_by_the_node(root: Path, tmp_path: Path) -> None:
    """The log node itself cannot know; the servers that remember do."""
    identity = load_node_identity(root / "a")
    maker = EventMaker(identity)
    process = await start(root)
    saved = tmp_path / "saved"
    try:
        async with delivering(root, identity) as outbox:
            for number in range(2):
                outbox.add(maker.by_node("job-stage", {"epoch": number}))
                await outbox.flush(30)
                await stop(process)
                if number == 0:
                    await asyncio.to_thread(copy, ledger_path(root / "log"), saved)
                else:
                    ledger_path(root / "log").rename(tmp_path / "newer")
                    saved.rename(ledger_path(root / "log"))
                process = await start(root)
            outbox.add(maker.by_node("job-stage", {"epoch": 2}))
            async with asyncio.timeout(30):
                while outbox.fault is None or outbox.fault.code != "log-fork":
                    await asyncio.sleep(0)
            assert outbox.pending() == 1
    finally:
        await stop(process)


def copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def test_commands_refuse_misuse_with_a_sentence(root: Path, tmp_path: Path) -> None:
    cases = [
        (["init", "--dir", str(tmp_path / "x")], 2, "--name"),
        (["init", "--dir", str(root / "log"), "--name", "again"], 27, "has keys already"),
        (["init", "--dir", str(root / "a"), "--kit", str(root / "kit")], 3, "not to a log node"),
        (["init", "--dir", str(tmp_path / "y"), "--kit", str(root / "kit")], 3, "init first"),
        (["run", "--dir", str(tmp_path / "x")], 3, "not initialised"),
        (["verify", "--dir", str(tmp_path / "x")], 3, "deployment.json"),
        (["nonsense"], 2, "No such command"),
    ]
    for arguments, code, words in cases:
        done = run(*arguments)
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


def test_version_is_printed() -> None:
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("imguard-log, version ")


def test_port_in_use_is_a_sentence(root: Path) -> None:
    text = (root / "log" / "settings.toml").read_text(encoding="utf-8")
    port = int(text.split("port = ")[1].split()[0])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = run("run", "--dir", str(root / "log"))
    assert done.returncode == 3 and f"Cannot listen on 127.0.0.1:{port}" in done.stderr


def test_keys_of_the_node_are_private(root: Path) -> None:
    keys = root / "log" / "keys"
    assert os.stat(keys).st_mode & 0o077 == 0
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in keys.iterdir())
