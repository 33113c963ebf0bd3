"""Uploads to both nodes over TLS: complete, repeated, tampered with, other people's, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.documents import sign_document, verify_document
from common.errors import BadInput, BadManifest, BadSeal, BadSignature, Conflict, Forbidden, NotFound, ShareTampered
from tests.helpers.nodes.local import local_nodes, team, until_state
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import Pair, make_pair
from tests.helpers.nodes.uploads import LARGE, announce, blobs, chunks_of, show

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def alice(pair: Pair) -> AsyncIterator[Member]:
    async with local_nodes(pair), team(pair, "alice") as [member]:
        yield member


async def test_upload_gives_receipts_and_becomes_usable_on_both(pair: Pair, alice: Member) -> None:
    dataset = alice.split(**LARGE)
    answers = await alice.upload(dataset)
    for role, answer in answers.items():
        body = verify_document(answer["receipt"], "receipt", pair.deployment.node(role).verify_key)
        sizes = sum(len(sealed) for sealed in dataset.sealed[role])
        assert (body["dataset"], body["node"], body["party"]) == (dataset.id, f"node-{role}", role)
        assert (body["chunks"], body["bytes"]) == (3, sizes)
    await until_state(alice, dataset.id, "usable")
    for role in ("a", "b"):
        found = await show(alice, dataset, role)
        assert found["receipt"] == answers[role]["receipt"] and found["peer_confirmed"] and found["missing"] == []
        assert [len(payload) for payload in chunks_of(pair, role, dataset)] == [
            entry_bytes(dataset, role, number) for number in range(3)
        ]


def entry_bytes(dataset: Dataset, role: str, number: int) -> int:
    """Payload bytes of a chunk: a seed for one party, two bytes a value for the other."""
    count = dataset.document["body"]["chunks"][number]["count"]
    return 32 if number % 2 == "ab".index(role) else count * (64 * 64 + 2) * 2


async def test_tampered_chunk_is_refused_and_nothing_is_kept(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await announce(alice, dataset)
    sealed = bytearray(dataset.sealed["a"][0])
    sealed[60] ^= 1
    with pytest.raises(ShareTampered) as refused:
        await alice.put("a", dataset, 0, bytes(sealed))
    assert refused.value.details == {"chunk": 0, "party": "a"}
    with pytest.raises(BadInput):
        await alice.put("a", dataset, 0, bytes(sealed) + b"x")
    with pytest.raises(BadInput):
        await alice.put("a", dataset, 0, bytes(sealed)[:-1])
    with pytest.raises(ShareTampered):
        await alice.ask(
            "a",
            "PUT",
            f"/v1/datasets/{dataset.id}/chunks/0",
            data=dataset.sealed["a"][0],
            headers={"X-Chunk-Hash": dataset.hash("b", 0)},
        )
    with pytest.raises(BadInput):
        await alice.ask("a", "PUT", f"/v1/datasets/{dataset.id}/chunks/0", data=dataset.sealed["a"][0])
    assert (await announce(alice, dataset))["missing"] == [0] and blobs(pair, "a") == []


async def test_chunk_sealed_for_the_other_node_is_refused(pair: Pair, alice: Member) -> None:
    keys = tuple(pair.deployment.node(role).seal_key for role in ("b", "a"))
    with pytest.raises(BadManifest):
        await announce(alice, alice.split(seal_keys=keys))
    swapped = alice.split(seal_keys=keys)
    swapped.document["body"]["nodes"] = {role: pair.deployment.node(role).seal_key for role in ("a", "b")}
    body = swapped.document["body"]
    honest = replace(swapped, id="", document=sign_document("manifest", body, alice.signing))
    honest.id = (await announce(alice, honest))["id"]
    with pytest.raises(BadSeal):
        await alice.put("a", honest, 0)
    assert blobs(pair, "a") == []


async def test_stored_bytes_are_encrypted(pair: Pair, alice: Member) -> None:
    dataset = alice.split(count=200)
    await alice.upload(dataset)
    [share] = chunks_of(pair, "b", dataset)
    assert len(share) > 1000
    for path in pair.folder("b").rglob("*"):
        if path.is_file():
            assert share[100:132] not in path.read_bytes(), path


async def test_data_of_others_stays_out_of_reach(pair: Pair, alice: Member) -> None:
    async with open_members(pair, "eve") as [eve]:
        await eve.join()
        private = alice.split(visibility="private")
        shared = alice.split(visibility="shared", shared_with=("eve",))
        await announce(alice, private)
        for method, path in (("GET", ""), ("POST", "/finish"), ("PUT", "/chunks/0")):
            with pytest.raises(NotFound):
                await eve.ask("a", method, f"/v1/datasets/{private.id}{path}", headers={"X-Chunk-Hash": "00" * 32})
        await alice.upload(shared)
        assert (await show(eve, shared))["owner"] == "alice"
        assert [found["id"] for found in (await eve.ask("a", "GET", "/v1/datasets"))["datasets"]] == [shared.id]
        for method, path in (("POST", "/finish"), ("PUT", "/chunks/0")):
            with pytest.raises(Forbidden):
                await eve.ask("a", method, f"/v1/datasets/{shared.id}{path}", headers={"X-Chunk-Hash": "00" * 32})
        body = {"node_time": "2026-01-01T00:00:00Z", "stop_jobs": False, "reason": ""}
        signed = eve.sign("dataset-delete", dataset=shared.id, **body)
        with pytest.raises(Forbidden):
            await eve.ask("a", "DELETE", f"/v1/datasets/{shared.id}", signed)
        with pytest.raises(Forbidden):
            await announce(eve, private)


async def test_manifest_with_a_wrong_signature_is_refused(alice: Member) -> None:
    dataset = alice.split()
    dataset.document["body"]["name"] = "other films"
    with pytest.raises(BadSignature):
        await announce(alice, dataset)


async def test_deleted_data_is_gone_and_cannot_come_back(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await alice.upload(dataset)
    await until_state(alice, dataset.id, "usable")
    time = (await alice.ask("a", "GET", "/v1/info"))["time"]
    for bad in (
        {"dataset": "ab" * 32, "node_time": time, "stop_jobs": False, "reason": ""},
        {"dataset": dataset.id, "node_time": "2020-01-01T00:00:00Z", "stop_jobs": False, "reason": ""},
    ):
        with pytest.raises(BadInput):
            await alice.ask("a", "DELETE", f"/v1/datasets/{dataset.id}", alice.sign("dataset-delete", **bad))
    signed = alice.sign("dataset-delete", dataset=dataset.id, node_time=time, stop_jobs=False, reason="")
    answer = await alice.ask("a", "DELETE", f"/v1/datasets/{dataset.id}", signed)
    body = verify_document(answer["receipt"], "delete-receipt", pair.deployment.node("a").verify_key)
    assert body["dataset"] == dataset.id
    assert blobs(pair, "a") == [] and list((pair.folder("a") / "shares" / "index").iterdir()) == []
    assert blobs(pair, "b") != []
    with pytest.raises(NotFound):
        await show(alice, dataset)
    with pytest.raises(Conflict):
        await announce(alice, dataset)


async def test_same_chunk_twice_at_once_is_stored_once(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    await announce(alice, dataset)
    answers = await asyncio.gather(*(alice.put("a", dataset, 0) for _ in range(6)))
    assert [answer["missing_count"] for answer in answers] == [0] * 6
    assert len(blobs(pair, "a")) == 1
    with pytest.raises(NotFound):
        await alice.ask("a", "PUT", f"/v1/datasets/{dataset.id}/chunks/1", headers={"X-Chunk-Hash": "00" * 32})
