"""`imguard preflight` against real nodes: what is well, what is not, and what an administrator sees besides."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from common.deployment import Deployment
from common.monitoring.health import Grade
from common.monitoring.lines import Line, exit_code
from desktop_client.settings import Profile
from desktop_client.upload.client import LogClient, NodeClient, Nodes
from desktop_client.upload.preflight.gather import Wishes, preflight
from desktop_client.upload.preflight.probe import probe, target_of
from desktop_client.upload.transport import Transport, open_session
from tests.helpers.nodes.local import local_nodes, team
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import Pair, free_ports, make_pair

# There is no log node.
pytestmark = pytest.mark.expects_warnings
WISHES = Wishes("test")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@asynccontextmanager
async def clients(pair: Pair, member: Member | None = None) -> AsyncIterator[Nodes]:
    tokens = member.tokens if member else {}
    async with open_session(pair.deployment, Profile(pair.root / "nobody").settings()) as session:
        a, b, log = (Transport(session, pair.deployment.node(r), tokens.get(r)) for r in ("a", "b", "log"))
        yield Nodes(NodeClient(a), NodeClient(b), LogClient(log))


def by_check(lines: list[Line], where: str) -> dict[str, Line]:
    return {line.check: line for line in lines if line.where == where}


async def test_two_nodes_that_are_well_and_a_log_that_is_not_there(pair: Pair) -> None:
    async with local_nodes(pair), clients(pair) as nodes:
        lines = await preflight(nodes, pair.deployment, WISHES)
    for role in ("a", "b"):
        found = by_check(lines, role)
        for check in ("name", "port", "certificate", "version", "clock", "formats"):
            assert found[check].grade is Grade.OK, found[check]
        assert found["policy"].grade is Grade.WARN and "imguard login" in found["policy"].advice
        assert not [check for check in found if check.startswith("its ")]
    assert by_check(lines, "log")["port"].grade is Grade.FAIL and exit_code(lines) == 1
    assert "Is the node running?" in by_check(lines, "log")["port"].advice


async def test_an_administrator_sees_every_part_and_the_link(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "bob") as [bob]:
        admin = await bob.administrator("a", "b")
        async with clients(pair, admin) as nodes:
            lines = await preflight(nodes, pair.deployment, replace(WISHES, with_link=True))
        found = by_check(lines, "a")
        assert found["its disk"].grade in (Grade.OK, Grade.WARN) and found["its other server"].grade is Grade.OK
        assert found["policy"].says == "Everything is allowed."
        link = by_check(lines, "a-b")["link"]
        assert link.grade in (Grade.OK, Grade.WARN) and "round trip" in link.says
        async with clients(pair, admin) as nodes:
            again = await preflight(nodes, pair.deployment, replace(WISHES, with_link=True))
        assert "just measured" in by_check(again, "a-b")["link"].says
        async with clients(pair, bob) as nodes:
            lines = await preflight(nodes, pair.deployment, replace(WISHES, with_link=True))
        assert by_check(lines, "a-b")["link"].grade is Grade.FAIL
        assert "its disk" not in by_check(lines, "a")


async def test_another_version_and_a_wrong_clock_are_named(pair: Pair) -> None:
    wishes = Wishes("another", clock=lambda: time.time() + 100)
    async with local_nodes(pair, "a"), clients(pair) as nodes:
        found = by_check(await preflight(nodes, pair.deployment, wishes), "a")
    assert found["version"].grade is Grade.WARN and "another" in found["version"].says
    assert found["clock"].grade is Grade.FAIL and "100 s" in found["clock"].says


async def test_an_address_that_leads_elsewhere(pair: Pair) -> None:
    node, ca = pair.deployment.node("b"), pair.deployment.ca_pem
    other = replace(node, name="node-c")
    async with local_nodes(pair, "b"):
        [name, port, certificate] = await probe(target_of(other), ca, time.time())
        assert (name.grade, port.grade, certificate.grade) == (Grade.OK, Grade.OK, Grade.FAIL)
        assert "'node-b' answers here" in certificate.says
        foreign = make_pair(pair.root / "foreign").deployment
        assert (await probe(target_of(node), foreign.ca_pem, time.time()))[-1].grade is Grade.FAIL
        late = time.time() + 800 * 86_400
        assert (await probe(target_of(node), ca, late))[-1].grade is Grade.WARN
    [nowhere] = free_ports(1)
    closed = replace(node, url=f"https://127.0.0.1:{nowhere}")
    assert [line.check for line in await probe(target_of(closed), ca, time.time())] == ["name", "port"]
    nameless = replace(node, url="https://nowhere.invalid:1")
    assert [line.grade for line in await probe(target_of(nameless), ca, time.time())] == [Grade.FAIL]


def test_a_helper_answers_at_its_link(tmp_path: Path) -> None:
    deployment: Deployment = make_pair(tmp_path, ("a", "b", "log", "helper")).deployment
    target = target_of(deployment.node("helper"))
    assert (target.host, target.port) == ("127.0.0.1", deployment.node("helper").link_port)
