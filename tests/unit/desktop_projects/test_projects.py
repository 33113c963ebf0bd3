"""What a single server says about people, data sets and projects is never taken for true."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.documents import sign_document, verify_document
from common.errors import BadInput, BadManifest, BadSignature, ConfigError, Conflict, PeerMismatch, SpecRefused
from common.specification import Specification, parse_specification
from desktop_client.settings import UserRecord
from desktop_client.upload.projects import consents, fetch, words
from desktop_client.upload.projects.options import ProjectOptions, parse_members
from desktop_client.upload.projects.publish import create_project
from tests.helpers.desktop.fake_nodes import Handler, fixed
from tests.helpers.jobs.projects import specification
from tests.unit.desktop_upload.world import World, open_world

BOB = {"verify_key": "77" * 32, "seal_key": "88" * 32}


async def _create(world: World, **options: Any) -> Specification:
    """A project of alice on one data set of hers; both fake servers take it."""
    dataset = world.split(2)
    for fake in world.fakes.values():
        fake.manifests[dataset.id] = dataset.document
    chosen = ProjectOptions(name="films", datasets=(dataset.id,), **options)
    posted: list[dict[str, Any]] = []
    for role in ("a", "b"):
        world.fakes[role].extra["POST", "/v1/projects"] = _taking(posted)
    user = world.profile.user()
    found = await create_project(world.nodes, world.deployment, user, world.keys, chosen)
    assert posted[0] == posted[1]
    assert verify_document(posted[0], "project", world.keys.signing.verify_key) == found.body
    return found


def _taking(posted: list[dict[str, Any]]) -> Handler:
    async def take(request: web.Request) -> web.StreamResponse:
        document = (await request.json())["document"]
        posted.append(document)
        taken = parse_specification(document["body"])
        return web.json_response({"id": taken.project_id, "hash": taken.hash, "state": "awaiting"})

    return take


def _know_bob(world: World, **at_b: str) -> None:
    world.fakes["a"].extra["GET", "/v1/users/bob"] = fixed({"name": "bob", **BOB})
    world.fakes["b"].extra["GET", "/v1/users/bob"] = fixed({"name": "bob", **BOB, **at_b})


async def test_create_project_signs_what_both_servers_get(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        _know_bob(world)
        found = await _create(world, members={"bob": "viewer"}, k=2, scale="signed")
        assert [(m["user"], m["role"]) for m in found.body["members"]] == [("alice", "owner"), ("bob", "viewer")]
        assert found.recipients == ("alice",)
        assert (found.hiding.k, found.hiding.scale) == (2, "signed")
        assert found.hash in words.summary(found)


async def test_create_project_names_the_preparation_that_suits_its_network(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert (await _create(world)).preparation == "cot"


async def test_create_project_of_a_large_network_is_prepared_under_encryption(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world, model="lenet", extractor="square")
        assert found.preparation == found.body["preparation"] == "hybrid"
        assert set(found.body["servers"]) == {"a", "b"}


async def test_create_project_takes_the_preparation_that_was_named(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert (await _create(world, model="lenet", extractor="square", preparation="cot")).preparation == "cot"


async def test_create_project_recipients_can_be_named(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        _know_bob(world)
        found = await _create(world, members={"bob": "viewer"}, recipients=("bob", "alice"))
        assert found.recipients == found.testers == ("alice", "bob")


@pytest.mark.parametrize(("testers", "said"), [(("bob",), "tested by   bob; for that"), ((), "tested by   nobody;")])
async def test_create_project_testers_can_be_named(tmp_path: Path, testers: tuple[str, ...], said: str) -> None:
    async with open_world(tmp_path) as world:
        _know_bob(world)
        found = await _create(world, members={"bob": "viewer"}, testers=testers)
        assert (found.recipients, found.testers) == (("alice",), testers)
        assert said in words.summary(found)


async def test_create_project_servers_with_different_keys_for_a_member_are_caught(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        _know_bob(world, seal_key="99" * 32)
        with pytest.raises(PeerMismatch, match="bob"):
            await _create(world, members={"bob": "editor"})


@pytest.mark.parametrize("options", [{"k": 3}, {"epochs": 0}, {"learning_rate": "fast"}, {"recipients": ("eve",)}])
async def test_create_project_with_a_bad_value_is_refused_before_it_is_sent(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    async with open_world(tmp_path) as world:
        with pytest.raises(SpecRefused):
            await _create(world, **options)


async def test_fetch_manifest_of_another_data_set_is_caught(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        dataset = world.split(1)
        world.fakes["a"].manifests[dataset.id] = world.fakes["b"].manifests["00" * 32] = dataset.document
        world.fakes["b"].manifests[dataset.id] = {**dataset.document, "signature": "00" * 64}
        with pytest.raises(BadSignature):
            await fetch.fetch_manifest(world.nodes, dataset.id)
        world.fakes["a"].manifests["00" * 32] = dataset.document
        with pytest.raises(PeerMismatch):
            await fetch.fetch_manifest(world.nodes, "00" * 32)
        body = copy.deepcopy(dataset.document["body"])
        body["count"] += 1
        world.fakes["b"].manifests[dataset.id] = sign_document("manifest", body, world.keys.signing)
        with pytest.raises((BadManifest, PeerMismatch)):
            await fetch.fetch_manifest(world.nodes, dataset.id)


def _show(world: World, project: str, **documents: dict[str, Any]) -> None:
    for role, document in documents.items():
        answer = {"id": project, "document": document, "state": "ready", "missing_consents": []}
        world.fakes[role].extra["GET", f"/v1/projects/{project}"] = fixed(answer)


async def _fetch(world: World, project: str) -> Specification:
    return (await fetch.fetch_project(world.nodes, world.deployment, project))[0]


async def test_fetch_project_accepts_only_what_its_owner_signed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        good = sign_document("project", found.body, world.keys.signing)
        _show(world, found.project_id, a=good, b=good)
        assert (await _fetch(world, found.project_id)).hash == found.hash
        stranger = sign_document("project", found.body, SigningKey.generate(SystemRandom()))
        for bad in (stranger, {**good, "kind": "consent"}, {**good, "body": {**found.body, "name": "other"}}):
            _show(world, found.project_id, b=bad)
            with pytest.raises(BadSignature):
                await _fetch(world, found.project_id)


async def test_fetch_project_with_other_content_under_the_same_id_is_caught(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        good = sign_document("project", found.body, world.keys.signing)
        other = sign_document("project", {**found.body, "name": "other"}, world.keys.signing)
        _show(world, found.project_id, a=good, b=other)
        with pytest.raises(PeerMismatch):
            await _fetch(world, found.project_id)


async def test_fetch_project_for_other_servers_is_caught(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        body = {**found.body, "servers": {"a": "77" * 32, "b": "88" * 32}}
        signed = sign_document("project", body, world.keys.signing)
        identity = parse_specification(body).project_id
        _show(world, identity, a=signed, b=signed)
        with pytest.raises(PeerMismatch, match="servers"):
            await _fetch(world, identity)


async def test_own_datasets_refuses_a_project_that_swapped_my_keys(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        user = world.profile.user()
        assert fetch.own_datasets(found, user) == found.dataset_ids
        assert fetch.own_datasets(found, UserRecord("bob", BOB["verify_key"], BOB["seal_key"])) == ()
        with pytest.raises(BadSignature, match="your own"):
            fetch.own_datasets(found, UserRecord("alice", user.verify_key, "99" * 32))


async def test_consent_is_the_same_signed_document_at_both_servers(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        posted: list[dict[str, Any]] = []

        async def take(request: web.Request) -> web.StreamResponse:
            posted.append((await request.json())["document"])
            return web.json_response({"missing_consents": []})

        for role in ("a", "b"):
            world.fakes[role].extra["POST", f"/v1/projects/{found.project_id}/consents"] = take
        await consents.give_consent(world.nodes, found, found.dataset_ids[0], world.keys, 30)
        assert posted[0] == posted[1]
        body = verify_document(posted[0], "consent", world.keys.signing.verify_key)
        assert (body["project_hash"], body["dataset"]) == (found.hash, found.dataset_ids[0])


async def test_consent_that_one_server_refuses_is_reported(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world)
        path = f"/v1/projects/{found.project_id}/consents"
        world.fakes["a"].extra["POST", path] = fixed({"missing_consents": []})
        world.fakes["b"].extra["POST", path] = fixed({"error": Conflict("Withdrawn.").as_dict()}, 409)
        with pytest.raises(Conflict):
            await consents.give_consent(world.nodes, found, found.dataset_ids[0], world.keys, 30)


@pytest.mark.parametrize("values", [("bob",), (":editor",), ("bob:",), ("bob:editor", "bob:viewer")])
def test_parse_members_of_another_form_are_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        parse_members(values)


async def test_create_project_with_a_network_of_ones_own_shows_every_layer(tmp_path: Path) -> None:
    layers = [
        {"layer": "residual", "layers": [{"layer": "square"}]},
        {"layer": "flatten"},
        {"layer": "linear", "outputs": 2, "bias": True},
    ]
    async with open_world(tmp_path) as world:
        found = await _create(world, model="custom", layers=layers, loss="squared", optimizer="adam", clip="0.5")
        assert found.model.layers == tuple(layers)
        shown = words.summary(found).splitlines()
        assert "model       average-pool + custom" in shown
        start = shown.index("            residual")
        assert shown[start : start + 4] == [
            "            residual",
            "              square",
            "            flatten",
            "            linear outputs 2 bias True",
        ]
        assert any(line.endswith("adam, rate 0.05 one-cycle, momentum 0.9, weight decay 0, clip 0.5") for line in shown)


async def test_create_project_mlp_has_two_hidden_layers_by_default(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = await _create(world, model="mlp", bias=True)
        assert found.model.hidden == (128, 128)
        assert "model       average-pool + mlp 128, 128 with bias" in words.summary(found).splitlines()


async def test_create_project_with_a_helper_needs_one_in_the_deployment(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        with pytest.raises(ConfigError, match="helper"):
            await _create(world, preparation="helper")


@pytest.mark.parametrize(
    ("preparation", "sentence"),
    [
        ("cot", "A and B make all correlated randomness themselves; nobody else is involved"),
        ("hybrid", "A and B make all correlated randomness themselves, products of matrices under homomorphic "
                   "encryption; nobody else is involved"),
        ("helper", f"a third organisation (key {'d' * 64}) deals correlated randomness; "
                   "it must not collude with A or B"),
    ],
)  # fmt: skip
def test_summary_says_who_must_be_trusted(preparation: str, sentence: str) -> None:
    servers = {"a": "a" * 64, "b": "b" * 64} | ({"helper": "d" * 64} if preparation == "helper" else {})
    assert sentence in words.summary(specification(preparation=preparation, servers=servers))
    assert words.trust(preparation, servers) == sentence


def test_parse_members() -> None:
    assert parse_members(("bob:editor", "eve:viewer")) == {"bob": "editor", "eve": "viewer"}
