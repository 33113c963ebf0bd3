"""Settings of an own data set: changed at both servers, at one of them, and brought into step again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.documents import sign_document, verify_document
from common.errors import BadInput, BadSignature, Conflict, Forbidden, NodeUnreachable, NotFound
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.overview import Sides
from desktop_client.upload.datasets.settings import (
    Held,
    change,
    in_step,
    newest,
    read_both,
    read_held,
    repair,
    require_owner,
)
from desktop_client.upload.transfer import LocalDataset
from tests.unit.desktop_datasets.fakes import Holder, signed
from tests.unit.desktop_upload.world import World, open_world


@dataclass
class Case:
    """A data set of alice at two fake servers."""

    world: World
    dataset: LocalDataset
    a: Holder
    b: Holder

    @property
    def nodes(self) -> Nodes:
        return self.world.nodes

    async def read(self) -> Sides[Held]:
        return await read_both(self.nodes, self.dataset.id, self.world.keys.signing.verify_key)

    async def change(self, **changes: object) -> dict[str, bool]:
        outcome = await change(self.nodes, self.world.keys, newest(await self.read()), **changes)
        return {role: error is None for role, error in outcome.answers.items()}

    async def repair(self) -> dict[str, bool]:
        outcome = await repair(self.nodes, self.world.keys, self.dataset.id, await self.read())
        return {role: error is None for role, error in outcome.answers.items()}


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with open_world(tmp_path) as world:
        dataset = world.split()
        yield Case(world, dataset, Holder(world, "a", dataset), Holder(world, "b", dataset))


async def test_change_begins_with_the_manifest_and_reaches_both(case: Case) -> None:
    assert await case.change(tags=("lungs",)) == {"a": True, "b": True}
    assert case.a.settings == case.b.settings
    body = verify_document(case.a.settings, "dataset-settings", case.world.keys.signing.verify_key)
    assert (body["version"], body["tags"], body["visibility"]) == (1, ["lungs"], "private")
    assert await case.change(enabled=False) == {"a": True, "b": True}
    assert case.b.settings is not None
    assert (case.b.version, case.b.settings["body"]["tags"]) == (2, ["lungs"])
    assert in_step(await case.read())


async def test_change_that_no_server_would_take_is_not_sent(case: Case) -> None:
    with pytest.raises(BadInput):
        await case.change(visibility="shared")
    assert case.a.taken == case.b.taken == []


async def test_server_that_was_away_gets_the_same_document_later(case: Case) -> None:
    await case.change(tags=("one",))
    case.b.away = NodeUnreachable("down")
    assert await case.change(tags=("two",)) == {"a": True, "b": False}
    assert await case.change(tags=("three",)) == {"a": True, "b": False}
    case.b.away = None
    assert not in_step(await case.read())
    assert await case.repair() == {"a": True, "b": True}
    assert case.b.settings == case.a.settings and case.b.version == 3
    assert len(case.b.taken) == 2, "the newest settings alone, as they were signed before"
    assert await case.repair() == {"a": True, "b": True} and len(case.a.taken) == 3


async def test_next_change_after_a_missed_one_reaches_both(case: Case) -> None:
    case.a.away = NodeUnreachable("down")
    await case.change(tags=("one",))
    case.a.away = None
    assert await case.change(description="Films.") == {"a": True, "b": True}
    assert case.a.settings == case.b.settings
    assert case.a.settings is not None and case.a.settings["body"]["tags"] == ["one"]


async def test_two_documents_of_one_version_are_settled_by_a_newer_one(case: Case) -> None:
    older = signed(case.world, case.dataset.id, 4, tags=["old"], time="2026-01-31T12:00:00Z")
    newer = signed(case.world, case.dataset.id, 4, tags=["new"], time="2026-01-31T12:00:01Z")
    case.a.settings, case.b.settings = older, newer
    assert await case.repair() == {"a": True, "b": True}
    assert case.a.settings == case.b.settings
    assert case.a.settings is not None
    assert (case.a.version, case.a.settings["body"]["tags"]) == (5, ["new"])


async def test_settings_of_keys_that_count_no_more_are_signed_again(case: Case) -> None:
    old = SigningKey.generate(SystemRandom())
    body = signed(case.world, case.dataset.id, 7, tags=["old"])["body"]
    case.a.settings = sign_document("dataset-settings", body, old)
    found = await case.read()
    assert not newest(found).is_own, "a person must look at what other keys have signed"
    assert await case.repair() == {"a": True, "b": True}
    verify_document(case.b.settings, "dataset-settings", case.world.keys.signing.verify_key)
    assert case.b.version == 8 and newest(await case.read()).is_own


async def test_repair_of_a_data_set_that_one_server_deleted_says_so(case: Case) -> None:
    case.b.away = NotFound("There is no such data set.")
    with pytest.raises(Conflict, match="B has deleted"):
        await case.repair()
    case.b.away = NodeUnreachable("down")
    with pytest.raises(NodeUnreachable):
        await case.repair()
    case.a.away = NodeUnreachable("down, too")
    with pytest.raises(NodeUnreachable, match="too"):
        await case.read()


async def test_lies_of_a_server_are_refused(case: Case) -> None:
    key, dataset = case.world.keys.signing.verify_key, case.dataset
    honest = {"manifest": dataset.document, "settings": None}
    assert read_held(honest, dataset.id, key).is_own
    with pytest.raises(BadSignature, match="another data set"):
        read_held(honest, "ab" * 32, key)
    forged = signed(case.world, dataset.id, 1)
    forged["body"]["visibility"] = "public"
    with pytest.raises(BadSignature):
        read_held({**honest, "settings": forged}, dataset.id, key)
    with pytest.raises(BadInput):
        read_held({**honest, "settings": signed(case.world, "ab" * 32, 1)}, dataset.id, key)
    case.a.settings = forged
    found = await case.read()
    assert isinstance(found["a"], BadSignature) and newest(found).settings.version == 0


async def test_only_the_owner_changes_settings(case: Case) -> None:
    held = newest(await case.read())
    require_owner(held, "alice")
    with pytest.raises(Forbidden, match="alice"):
        require_owner(held, "bob")
