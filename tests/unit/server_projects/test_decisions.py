"""What waits for somebody, and how often they are reminded of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.documents import sign_document
from server_node.storage.context import to_text
from tests.unit.server_projects.world import SIGNING, START, World, open_world

HERS, HIS = "1" * 64, "2" * 64
DAY = 24 * 3600


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as found:
        yield found


async def test_waiting_ends_with_a_decision_and_comes_back_when_it_ends(world: World) -> None:
    project = await world.create(world.body())
    [waiting], ending = await world.decisions.waiting("bob")
    assert (waiting.dataset, waiting.since, waiting.reminded, ending) == (HIS, START, None, [])
    await world.decide(project, "bob", expires=to_text(START + 15 * DAY))
    assert await world.decisions.waiting("bob") == ([], [])
    world.now += DAY
    waiting_now, [end] = await world.decisions.waiting("bob")
    assert waiting_now == [] and (end.dataset, end.expires) == (HIS, START + 15 * DAY)
    world.now += 14 * DAY
    [again], ending = await world.decisions.waiting("bob")
    assert (again.dataset, ending) == (HIS, [])


async def test_waiting_is_for_owners_of_data_only(world: World) -> None:
    await world.create(world.body())
    assert await world.decisions.waiting("carol") == ([], [])
    assert [one.dataset for one in (await world.decisions.waiting("alice"))[0]] == [HERS]


async def test_reminder_once_a_day(world: World) -> None:
    project = await world.create(world.body())
    world.news.clear()
    assert await world.decisions.remind(project, "alice") == (["bob"], [])
    about = {"project": project.id, "name": "films", "sender": "alice"}
    assert world.news == [("decision", about, frozenset({"bob"}))]
    world.now += DAY - 1
    assert await world.decisions.remind(project, "alice") == ([], ["bob"])
    assert len(world.news) == 1
    world.now += 1
    assert await world.decisions.remind(project, "carol") == (["alice", "bob"], [])
    assert (await world.decisions.waiting("bob"))[0][0].reminded == START + DAY


async def test_nothing_waits_in_an_archived_project(world: World) -> None:
    project = await world.create(world.body())
    fact = {"project": project.id, "archived": True, "reason": "", "time": to_text(START)}
    alice = await world.account("alice")
    archived = await world.projects.archive(project, alice, sign_document("project-archive", fact, SIGNING["alice"]))
    assert archived.state == "archived"
    assert await world.decisions.waiting("bob") == ([], [])
    assert await world.decisions.remind(archived, "alice") == ([], [])
