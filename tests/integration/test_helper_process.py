"""A helper as a program of its own: set up by its commands, used by real workers, named when it is missing."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common.errors import SpecRefused
from common.ids import Party
from common.net.channel import Channel
from common.net.identity import load_node_identity
from server_node.offline.helper.client import HelperAddress, HelperSource
from server_node.offline.preparation import Job, Prepared, prepare
from server_node.offline.store import StoredCorrelations
from tests.helpers.nodes.local import usable
from tests.helpers.nodes.members import Member, open_members
from tests.helpers.nodes.pair import ROLES, Pair, free_ports, make_pair
from tests.helpers.plans import every_kind
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

pytestmark = [pytest.mark.slow, pytest.mark.expects_warnings]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = make_pair(tmp_path, (*ROLES, "helper"))
    yield found
    found.stop_all()


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server_node", *words], capture_output=True, text=True, check=False, timeout=60
    )


def body(member: Member, dataset: str, **changes: Any) -> dict[str, Any]:
    """A project that wants the helper of the deployment."""
    deployment = member.pair.deployment
    servers = {role: deployment.node(role).verify_key for role in ("a", "b", "helper") if role in deployment.roles}
    return member.specification([(dataset, member)], preparation="helper", servers={**servers, **changes})


async def start(member: Member) -> str:
    dataset = await usable(member, member.split(count=48))
    wanted = body(member, dataset)
    await member.propose(wanted)
    await member.consent(wanted, dataset)
    return str((await member.start(wanted))["id"])


async def last_event(member: Member, role: str, job: str) -> dict[str, Any]:
    [*_, last] = [event async for event in member.events(role, job)]
    return last


def test_a_helper_is_set_up_by_its_commands(tmp_path: Path) -> None:
    folder, [port] = str(tmp_path / "helper"), free_ports(1)
    done = command("helper", "init", "--dir", folder, "--name", "third", "--port", str(port), "--json")
    assert done.returncode == 0, done.stderr
    request = json.loads((tmp_path / "helper" / "join-request.json").read_text())["body"]
    assert (request["role"], request["name"], request["url"]) == ("helper", "third", "")
    assert (request["link_host"], request["link_port"]) == ("127.0.0.1", port)
    assert json.loads(done.stdout)["verify_key"] == request["verify_key"]
    assert "listen_port = " + str(port) in (tmp_path / "helper" / "settings.toml").read_text()
    early = command("helper", "run", "--dir", folder)
    assert early.returncode == 3 and "init" in early.stderr


def test_folders_of_other_nodes_are_refused(pair: Pair) -> None:
    assert command("helper", "run", "--dir", str(pair.folder("log"))).returncode == 3
    assert command("run", "--dir", str(pair.folder("helper"))).returncode == 3


def test_the_process_deals_and_stops_when_it_is_told(pair: Pair, tmp_path: Path) -> None:
    pair.start("helper")
    node = pair.deployment.node("helper")
    address = HelperAddress(node.name, node.link_host, node.link_port, node.verify_key)
    plan = [every_kind(100)]

    def play(party: Party, channel: Channel) -> Prepared:
        source = HelperSource(address, load_node_identity(pair.folder(party.letter)), "ab" * 16)
        job = Job(plan, frozenset({0}), source=source)
        return prepare(channel, party, job, tmp_path / f"store-{party}", SeededRandom(str(party)), lambda *_: None)

    prepared = run_two(play).results
    stores = [
        StoredCorrelations(part.folder, part.names[0], plan[0], party)
        for party, part in zip(Party, prepared, strict=True)
    ]
    with closing(stores[0]), closing(stores[1]):
        masks = [[store.mask(plan[0][index].shape) for index in range(3)] for store in stores]
        first, second = (
            store.matmul(mine[0], mine[1], ring_bits=48) for store, mine in zip(stores, masks, strict=True)
        )
    a, b = (masks[0][index].share + masks[1][index].share for index in range(2))
    assert ((first + second - a @ b) % 2**48 == 0).all()
    assert f"segment 0 of job {'ab' * 16}" in pair.log("helper")
    code, seconds = pair.stop("helper")
    assert code == 0 and seconds < 5
    assert sorted(path.name for path in pair.folder("helper").iterdir()) == [
        "deployment.json", "join-request.json", "keys", "lock", "node.log", "settings.toml", "tls.pem",
    ]  # fmt: skip


async def test_workers_train_with_dealt_correlations(pair: Pair) -> None:
    pair.start("a", "b", "helper")
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        for role, last in zip("ab", await asyncio.gather(*(last_event(alice, r, job) for r in "ab")), strict=True):
            assert last["state"] == "finished", (role, last)
        for role in ("a", "b"):
            assert (await alice.ask(role, "GET", f"/v1/jobs/{job}"))["preparation"] == "helper"
    assert f"of job {job}" in pair.log("helper")


async def test_a_job_without_its_helper_fails_by_name(pair: Pair) -> None:
    pair.start("a", "b", "helper")
    pair.stop("helper", signal.SIGKILL)
    async with open_members(pair, "alice") as [alice]:
        job = await start(await alice.join())
        last = await last_event(alice, "a", job)
    assert (last["state"], last["error"]["code"]) == ("failed", "helper-gone")
    assert "'node-helper'" in last["error"]["message"]


async def test_a_project_with_another_helper_is_refused(pair: Pair) -> None:
    pair.start("a", "b")
    async with open_members(pair, "alice") as [alice]:
        await alice.join()
        dataset = await usable(alice, alice.split())
        with pytest.raises(SpecRefused, match="other servers"):
            await alice.propose(body(alice, dataset, helper="cd" * 32))


async def test_a_project_with_a_helper_is_refused_where_there_is_none(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    pair.start("a", "b")
    try:
        async with open_members(pair, "alice") as [alice]:
            await alice.join()
            dataset = await usable(alice, alice.split())
            with pytest.raises(SpecRefused, match="has none"):
                await alice.propose(body(alice, dataset, helper="cd" * 32))
    finally:
        pair.stop_all()
