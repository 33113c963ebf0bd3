"""How a server node says that it is well, to everybody, to operators and to Prometheus."""

from __future__ import annotations

import io
import re
from pathlib import Path

import aiohttp
import pytest

from common.errors import NotLoggedIn
from common.net.tls import client_context
from tests.helpers.nodes.local import local_nodes, team
from tests.helpers.nodes.members import open_members
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node.
pytestmark = pytest.mark.expects_warnings
PARTS = {"disk", "certificate", "clock", "log delivery", "other server"}


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


def bearer(pair: Pair, role: str = "a") -> dict[str, str]:
    value = (pair.folder(role) / "keys" / "metrics.token").read_text(encoding="ascii").strip()
    return {"Authorization": f"Bearer {value}"}


async def metrics(pair: Pair, role: str = "a") -> dict[str, float]:
    """Every sample of a node by its name with labels."""
    context = client_context(pair.deployment.ca_pem)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        async with session.get(f"{pair.url(role)}/metrics", headers=bearer(pair, role)) as response:
            assert response.status == 200 and response.content_type == "text/plain"
            lines = (await response.text()).splitlines()
    return {name: float(value) for name, _, value in (x.rpartition(" ") for x in lines if not x.startswith("#"))}


async def test_everybody_hears_whether_a_node_lives_and_is_ready(pair: Pair) -> None:
    async with local_nodes(pair), open_members(pair, "eve") as [eve]:
        assert await eve.ask("a", "GET", "/healthz") == {"status": "ok"}
        found = await eve.ask("a", "GET", "/readyz")
        assert found in ({"status": "ready"}, {"status": "degraded"})


async def test_everybody_sees_which_checkpoint_of_the_log_a_node_accepted(pair: Pair) -> None:
    async with local_nodes(pair), open_members(pair, "eve") as [eve]:
        context = client_context(pair.deployment.ca_pem)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            async with session.get(f"{pair.url('a')}/v1/checkpoint") as response:
                assert (response.status, await response.text()) == (200, "")
            note = "imguard-log/x\n7\nroot\n\n— imguard-log/x signature\n"
            (pair.folder("a") / "log-checkpoint.txt").write_text(note, encoding="utf-8", newline="")
            async with session.get(f"{pair.url('a')}/v1/checkpoint") as response:
                assert (response.status, response.content_type, await response.text()) == (200, "text/plain", note)
            (pair.folder("b") / "log-checkpoint.txt").write_bytes(b"\xff\xfe")
            async with session.get(f"{pair.url('b')}/v1/checkpoint") as response:
                assert (await response.json())["error"]["code"] == "store-damaged"
        assert await eve.ask("a", "GET", "/healthz") == {"status": "ok"}


async def test_the_holder_of_the_token_sees_every_part(pair: Pair) -> None:
    async with local_nodes(pair), open_members(pair, "eve") as [eve]:
        found = await eve.ask("a", "GET", "/readyz", headers=bearer(pair))
        assert set(found["components"]) >= PARTS
        assert found["components"]["other server"] == {"state": "ok", "says": "It answers."}
        assert found["components"]["disk"]["state"] in ("ok", "warn")


async def test_a_missing_other_server_degrades_a_node(pair: Pair) -> None:
    async with local_nodes(pair, "a"), open_members(pair, "eve") as [eve]:
        found = await eve.ask("a", "GET", "/readyz", headers=bearer(pair))
        assert found["status"] == "degraded" and found["components"]["other server"]["state"] == "fail"
        assert (await metrics(pair))["imguard_peer_up"] == 0


async def test_metrics_are_for_the_token_of_this_node_only(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        for headers in ({}, {"Authorization": "Bearer " + "0" * 64}, bearer(pair, "b"), alice.bearer("a")):
            async with alice.session.get(f"{pair.url('a')}/metrics", headers=headers) as response:
                assert response.status == NotLoggedIn.status


async def test_metrics_count_requests_and_what_is_stored(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        dataset = alice.split()
        await alice.ask("a", "POST", "/v1/datasets", {"document": dataset.document})
        await alice.put("a", dataset, 0)
        async with alice.session.get(f"{pair.url('a')}/nowhere") as response:
            assert response.status == 404
        found = await metrics(pair)
        chunk = 'route="PUT /v1/datasets/{id}/chunks/{number}"'
        size = len(dataset.sealed["a"][0])
        assert found[f"imguard_request_bytes_total{{{chunk}}}"] == size
        assert found[f'imguard_requests_total{{{chunk},status="200"}}'] == 1
        assert found[f"imguard_request_seconds_count{{{chunk}}}"] == 1
        assert found['imguard_requests_total{route="none",status="404"}'] == 1
        assert (found["imguard_stored_chunks"], found["imguard_stored_bytes"]) == (1, size)
        assert (found['imguard_datasets{state="uploading"}'], found['imguard_jobs{state="queued"}']) == (1, 0)
        assert found["imguard_peer_up"] == 1 and found["imguard_log_backlog_events"] > 0
        assert found["process_resident_memory_bytes"] > 1 << 20 and found["imguard_disk_free_bytes"] > 0


async def test_no_secret_reaches_the_log_of_a_node(pair: Pair) -> None:
    """A node of its own, at its most talkative, while somebody logs in, uploads and sends nonsense."""
    pair.settings("a", log_level="DEBUG", log_format="json")
    pair.start("a", "b")
    try:
        async with team(pair, "alice") as [alice]:
            dataset = alice.split()
            await alice.ask("a", "POST", "/v1/datasets", {"document": dataset.document})
            await alice.put("a", dataset, 0)
            headers = {"Authorization": f"Bearer {alice.tokens['a']}x", "X-Request-Id": "request-from-a-test"}
            path = f"{pair.url('a')}/v1/users/{alice.tokens['a']}"
            async with alice.session.post(path, headers=headers, data=io.BytesIO(b"{")) as response:
                assert response.headers["X-Request-Id"] == "request-from-a-test"
            token = bearer(pair)["Authorization"].removeprefix("Bearer ")
            secrets = [alice.tokens["a"], token, alice.signing.to_bytes().hex()]
    finally:
        pair.stop_all()
    said = pair.log("a")
    assert '"request": "request-from-a-test"' in said
    assert not [secret for secret in secrets if secret in said]
    keys = [path.read_bytes() for path in (pair.folder("a") / "keys").iterdir() if path.suffix == ".key"]
    assert keys and not [key for key in keys if key.hex() in said]
    assert not re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", said)
