"""Jobs whose end could not be written down or told at once: they end all the same, on both nodes, and give way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from common.errors import AppError, Conflict, DiskFull, NodeUnreachable
from common.ids import JobId
from common.pipeline import JobState
from server_node.api.peer_client import HttpPeer
from server_node.jobs import dispatch
from server_node.jobs.journal import Journal
from server_node.jobs.machine import Position
from server_node.jobs.peers import PeerStatus
from tests.helpers.nodes.local import local_nodes, order, team, usable
from tests.helpers.nodes.members import Member
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


async def ready(owner: Member) -> dict[str, Any]:
    """A project of one data set with every consent."""
    dataset = await usable(owner, owner.split())
    body = owner.specification([(dataset, owner)])
    await owner.propose(body)
    await owner.consent(body, dataset)
    return body


async def last_states(member: Member, job: str) -> list[str]:
    """Watch a job to its end on both nodes."""
    return [[event async for event in member.events(role, job)][-1]["state"] for role in ("a", "b")]


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """The test's timeout is the limit."""
    while not await is_so():
        await asyncio.sleep(0.01)


async def test_end_of_a_job_that_meets_a_full_disk_is_in_force_and_written_later(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_full = True
    move = Journal.move

    async def full(self: Journal, job: JobId, position: Position, error: AppError | None = None) -> None:
        if is_full and position.state.is_final:
            raise DiskFull()
        await move(self, job, position, error)

    monkeypatch.setattr(Journal, "move", full)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        for role in ("a", "b"):
            order(pair, role, "hang")
        first, second = await alice.start(body), await alice.start(body)
        await alice.until("a", first["id"], lambda event: event.get("state") == "training")
        await alice.ask("a", "POST", f"/v1/jobs/{first['id']}/cancel")
        await alice.until("b", second["id"], lambda event: event.get("state") == "training")
        assert (await alice.ask("a", "GET", f"/v1/jobs/{first['id']}"))["state"] == "training"
        is_full = False
        assert await last_states(alice, first["id"]) == ["cancelled", "cancelled"]
        await alice.ask("a", "POST", f"/v1/jobs/{second['id']}/cancel")
        assert await last_states(alice, second["id"]) == ["cancelled", "cancelled"]


async def test_start_that_cannot_be_written_waits_for_room(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    is_full = True
    move = Journal.move

    async def full(self: Journal, job: JobId, position: Position, error: AppError | None = None) -> None:
        if is_full and position.state is JobState.PREPARING:
            raise DiskFull()
        await move(self, job, position, error)

    monkeypatch.setattr(Journal, "move", full)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        started = await alice.start(body)
        event = await alice.until("a", started["id"], lambda event: event["kind"] == "waiting")
        assert event["error"]["code"] == "disk-full"
        is_full = False
        assert await last_states(alice, started["id"]) == ["finished", "finished"]


async def test_computed_job_outlasts_the_absence_of_the_other_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_pair(tmp_path)
    is_away, asked = True, 0
    job_status = HttpPeer.job_status

    async def away(self: HttpPeer, job: JobId) -> PeerStatus:
        nonlocal asked
        asked += 1
        if is_away:
            raise NodeUnreachable()
        return await job_status(self, job)

    monkeypatch.setattr(HttpPeer, "job_status", away)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        for role in ("a", "b"):
            await alice.until(role, started["id"], lambda event: event["kind"] == "model")

        async def is_tried_often() -> bool:
            return asked >= 6

        await until(is_tried_often)
        is_away = False
        assert await last_states(alice, started["id"]) == ["finished", "finished"]


async def test_queued_job_whose_end_was_never_told_ends_by_asking(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancels, its word gets lost; B asks and takes it over, and the data can be deleted again."""

    async def lost(self: HttpPeer, job: JobId, error: AppError | None) -> None:
        raise Conflict("lost on the way")

    monkeypatch.setattr(HttpPeer, "end_job", lost)
    monkeypatch.setattr(dispatch, "_ASK_SECONDS", 0.05)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        order(pair, "a", "after-signal")
        order(pair, "b", "after-signal")
        first, second = await alice.start(body), await alice.start(body)
        await alice.ask("a", "POST", f"/v1/jobs/{second['id']}/cancel")
        assert await last_states(alice, second["id"]) == ["cancelled", "cancelled"]
        for role in ("a", "b"):
            (pair.folder(role) / "go-on").touch()
        assert await last_states(alice, first["id"]) == ["finished", "finished"]


async def test_job_accepted_after_the_proposal_timed_out_fails_by_asking(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose_job = HttpPeer.propose_job

    async def too_late(self: HttpPeer, document: dict[str, Any], job: JobId, controls: list[dict[str, Any]]) -> None:
        await propose_job(self, document, job, controls)
        raise NodeUnreachable()

    async def lost(self: HttpPeer, job: JobId, error: AppError | None) -> None:
        raise Conflict("lost on the way")

    monkeypatch.setattr(HttpPeer, "propose_job", too_late)
    monkeypatch.setattr(HttpPeer, "end_job", lost)
    monkeypatch.setattr(dispatch, "_ASK_SECONDS", 0.05)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        body = await ready(alice)
        with pytest.raises(NodeUnreachable):
            await alice.start(body)
        [job] = (await alice.ask("a", "GET", "/v1/jobs"))["jobs"]
        assert await last_states(alice, job["id"]) == ["failed", "failed"]
        [there] = (await alice.ask("b", "GET", "/v1/jobs"))["jobs"]
        assert there["error"]["code"] == "node-unreachable"


async def test_job_is_started_once_by_two_words_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    start = HttpPeer.start_job
    refused: list[BaseException | None] = []

    async def twice(self: HttpPeer, job: JobId, slot: int, attempt: int) -> None:
        words = (start(self, job, slot, attempt), start(self, job, slot + 1, attempt))
        refused.extend(await asyncio.gather(*words, return_exceptions=True))

    monkeypatch.setattr(HttpPeer, "start_job", twice)
    async with local_nodes(pair), team(pair, "alice") as [alice]:
        started = await alice.start(await ready(alice))
        assert await last_states(alice, started["id"]) == ["finished", "finished"]
    assert refused.count(None) == 1 and sum(isinstance(result, Conflict) for result in refused) == 1
