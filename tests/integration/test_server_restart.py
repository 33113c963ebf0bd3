"""Real node processes that are stopped, killed and started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from common.errors import Conflict, DiskFull
from tests.helpers.nodes.local import again, until_state
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import Pair, make_pair
from tests.helpers.nodes.uploads import LARGE, announce, blobs, chunks_of, show


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = make_pair(tmp_path)
    yield found
    found.stop_all()


@pytest.fixture
async def alice(pair: Pair) -> AsyncIterator[Member]:
    """A member at both nodes, which run."""
    pair.start("a", "b")
    async with open_members(pair, "alice") as [member]:
        yield await member.join()


async def test_upload_goes_on_after_a_killed_node_and_a_cut_connection(pair: Pair, alice: Member) -> None:
    dataset = alice.split(**LARGE)
    assert (await announce(alice, dataset))["missing"] == [0, 1, 2]
    assert (await alice.put("a", dataset, 0))["missing_count"] == 2
    await cut_off(pair, alice, dataset, 1)
    pair.stop("a", signal.SIGKILL)
    pair.start("a")
    assert (await announce(alice, dataset)) == {"id": dataset.id, "missing": [1, 2], "state": "uploading"}
    with pytest.raises(Conflict) as early:
        await alice.ask("a", "POST", f"/v1/datasets/{dataset.id}/finish")
    assert early.value.details["missing_count"] == 2
    for number in (2, 1):
        await alice.put("a", dataset, number)
    assert (await alice.ask("a", "POST", f"/v1/datasets/{dataset.id}/finish"))["state"] == "received"
    assert len(chunks_of(pair, "a", dataset)) == 3


async def cut_off(pair: Pair, member: Member, dataset: Dataset, number: int) -> None:
    """Send half a chunk, then drop the connection."""
    sealed = dataset.sealed["a"][number]

    async def half() -> AsyncIterator[bytes]:
        yield sealed[: len(sealed) // 2]
        raise ConnectionResetError("cut off by the test")

    headers = {"X-Chunk-Hash": dataset.hash("a", number), "Content-Length": str(len(sealed)), **member.bearer("a")}
    url = f"{pair.url('a')}/v1/datasets/{dataset.id}/chunks/{number}"
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await member.session.put(url, data=half(), headers=headers)


async def test_receipt_stays_the_same_after_a_restart(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    first = await alice.upload(dataset)
    await until_state(alice, dataset.id, "usable")
    pair.stop("a")
    pair.start("a")
    assert (await alice.upload(dataset))["a"]["receipt"] == first["a"]["receipt"]


async def test_dataset_becomes_usable_when_the_other_node_comes_back(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await alice.upload(dataset, "b")
    pair.stop("b")
    await alice.upload(dataset, "a")
    assert (await show(alice, dataset))["state"] == "received"
    pair.start("b")
    await until_state(alice, dataset.id, "usable")


async def test_full_disk_is_named_and_leaves_nothing_behind(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await announce(alice, dataset)
    pair.stop("a")
    pair.settings("a", disk_reserve_mib=1 << 30)
    pair.start("a")
    with pytest.raises(DiskFull) as refused:
        await alice.put("a", dataset, 0)
    assert "free" in refused.value.advice.lower() and blobs(pair, "a") == []
    with pytest.raises(DiskFull):
        await announce(alice, alice.split())
    pair.stop("a")
    pair.settings("a")
    pair.start("a")
    assert (await announce(alice, dataset))["missing"] == [0]
    await alice.put("a", dataset, 0)


async def test_half_written_files_are_swept_at_the_start(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await alice.upload(dataset)
    [kept] = blobs(pair, "a")
    pair.stop("a")
    kept.with_name("0011223344556677.part").write_bytes(b"half")
    (kept.parent / ("ab" * 32)).write_bytes(b"nobody knows this")
    pair.start("a")
    assert blobs(pair, "a") == [kept]
    async with again(alice) as later:
        await later.log_in("a")
        assert (await show(later, dataset))["missing"] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_node_stops_cleanly_and_soon(pair: Pair, alice: Member, number: int) -> None:
    async with alice.session.get(f"{pair.url('a')}/v1/info") as answer:
        assert answer.status == 200
    code, seconds = pair.stop("a", number)
    assert code == 0 and seconds < 5
    assert "Traceback" not in pair.log("a")


def run_command(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server_node", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_address_in_use_is_a_sentence(pair: Pair) -> None:
    pair.start("a")
    pair.settings("b", listen_port=int(pair.url("a").rpartition(":")[2]))
    found = run_command("run", "--dir", str(pair.folder("b")))
    assert found.returncode == 3 and found.stdout == ""
    assert "Cannot listen on 127.0.0.1" in found.stderr and "Traceback" not in found.stderr


def test_folder_without_keys_is_a_sentence_for_people_and_programs(tmp_path: Path) -> None:
    found = run_command("run", "--dir", str(tmp_path))
    assert found.returncode == 3 and "settings.toml" in found.stderr and "Traceback" not in found.stderr
    found = run_command("init", "--dir", str(tmp_path), "--kit", str(tmp_path), "--json")
    assert json.loads(found.stdout)["error"]["code"] == "config"


def test_init_makes_a_node_once(tmp_path: Path) -> None:
    words = ("init", "--dir", str(tmp_path / "n"), "--party", "b", "--name", "east", "--port", "9444", "--json")
    found = run_command(*words)
    assert found.returncode == 0, found.stderr
    request = json.loads(Path(json.loads(found.stdout)["request"]).read_text())["body"]
    assert (request["role"], request["name"], request["url"]) == ("b", "east", "https://127.0.0.1:9444")
    assert (request["link_host"], request["link_port"]) == ("127.0.0.1", 9101)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "n" / "keys").iterdir()} == {0o600}
    again = run_command(*words)
    assert json.loads(again.stdout)["error"]["code"] == "conflict"


def test_second_process_on_a_folder_is_refused(pair: Pair) -> None:
    pair.start("a")
    second = run_command("run", "--dir", str(pair.folder("a")))
    assert second.returncode == Conflict.exit_code
    assert "already" in second.stderr and "Traceback" not in second.stderr
