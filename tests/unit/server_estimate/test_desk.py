"""The desk of estimates: known answers, one at a time, few in the queue, and which sources a server would use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.errors import EstimateFailed, NodeUnreachable, RateLimited, SpecRefused
from common.ids import Party
from server_node.estimate.answer import Way
from server_node.estimate.desk import FRESH_SECONDS, REMEMBERED, WAITING, EstimateDesk
from server_node.estimate.images import Images
from server_node.estimate.network import Network
from server_node.estimate.outcome import Outcome
from server_node.policy.policy import Policy
from server_node.storage.context import NodeContext
from tests.helpers.jobs.estimates import OUTCOME
from tests.helpers.jobs.projects import model_of, specification

IMAGES = Images((64,), (8, 8, 1), 8, 2)


@dataclass
class Desk:
    """A desk whose process and network say what a test wants, and note when they are asked."""

    party: Party = Party.P0
    policy: Policy = field(default_factory=Policy)
    now: float = 1_700_000_000.0
    asked: list[Any] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    way: Way | None = Way(0.0125, 5e7)

    def __post_init__(self) -> None:
        self.gate.set()
        context = SimpleNamespace(
            party=self.party, policy=self.policy,
            settings={"compute_device": "cpu", "lanes": 3}, clock=lambda: self.now,
        )  # fmt: skip
        network = cast(Network, SimpleNamespace(is_shared=False, way=self._way))
        self.desk = EstimateDesk(cast(NodeContext, context), network, self._ask)

    async def _way(self) -> Way | None:
        self.asked.append("way")
        return self.way

    async def _ask(self, question: dict[str, Any]) -> Outcome:
        self.asked.append(question)
        await self.gate.wait()
        return OUTCOME

    @property
    def questions(self) -> int:
        return sum(one != "way" for one in self.asked)


async def test_desk_answers_with_what_was_counted_and_measured() -> None:
    world = Desk()
    spec = specification()
    found = await world.desk.estimate(spec, IMAGES)
    assert (found["party"], found["images"], found["trained"], found["steps"]) == ("a", 20, 16, 4)
    assert found["link"] == {"round_trip_ms": 12.5, "mb_per_s": 50.0}
    assert found["calibrated"] == "2023-11-14T22:13:20Z"
    assert found["upload_bytes"] == IMAGES.upload_bytes(Party.P0)
    assert world.asked[1] == {
        "specification": spec.body, "images": IMAGES.as_json(), "is_shared": False, "device": "cpu",
        "lanes": 3, "network": {"round_trip": 0.0125, "bytes_per_second": 5e7},
    }  # fmt: skip


async def test_desk_asks_again_where_the_network_became_another_one() -> None:
    world = Desk()
    for way in (Way(0.0125, 5e7), Way(0.0126, 5.1e7), Way(0.05, 5e7), Way(0.05, 1e7), None):
        world.way = way
        await world.desk.estimate(specification(), IMAGES)
    assert [question["network"] for question in world.asked if question != "way"] == [
        {"round_trip": 0.0125, "bytes_per_second": 5e7}, {"round_trip": 0.05, "bytes_per_second": 5e7},
        {"round_trip": 0.05, "bytes_per_second": 1e7}, None,
    ]  # fmt: skip


async def test_desk_knows_what_was_asked_before() -> None:
    world = Desk()
    spec = specification()
    same = specification(id="e" * 32, revision=2, name="other", preparation="cot")
    for one in (spec, spec, same):
        await world.desk.estimate(one, IMAGES)
    assert world.questions == 1
    await world.desk.estimate(specification(training={"epochs": 3}), IMAGES)
    await world.desk.estimate(spec, replace(IMAGES, counts=(65,)))
    await world.desk.estimate(specification(recipients=["alice"]), IMAGES)
    assert world.questions == 4
    world.now += FRESH_SECONDS
    await world.desk.estimate(spec, IMAGES)
    assert world.questions == 5


async def test_desk_forgets_the_oldest() -> None:
    world = Desk()
    for count in range(64, 64 + REMEMBERED + 1):
        await world.desk.estimate(specification(), replace(IMAGES, counts=(count,)))
    await world.desk.estimate(specification(), IMAGES)
    assert world.questions == REMEMBERED + 2


async def test_desk_works_at_one_and_lets_few_wait() -> None:
    world = Desk()
    world.gate.clear()
    wanted = [specification(training={"epochs": number}) for number in range(1, WAITING + 3)]
    tasks = [asyncio.create_task(world.desk.estimate(one, IMAGES)) for one in wanted]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert [type(one.exception()) for one in done] == [RateLimited]
    assert world.questions == 1
    world.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, dict) for one in found) == WAITING + 1
    assert world.questions == WAITING + 1


async def test_desk_asks_once_for_two_who_want_the_same() -> None:
    world = Desk()
    world.gate.clear()
    tasks = [asyncio.create_task(world.desk.estimate(specification(), IMAGES)) for _ in range(2)]
    while not world.questions:
        await asyncio.sleep(0)
    world.gate.set()
    first, second = await asyncio.gather(*tasks)
    assert first == second
    assert world.questions == 1


async def test_desk_that_closes_ends_its_work_and_tells_everybody() -> None:
    world = Desk()
    world.gate.clear()
    wanted = [specification(training={"epochs": number}) for number in (1, 2)]
    tasks = [asyncio.create_task(world.desk.estimate(one, IMAGES)) for one in wanted]
    while not world.questions:
        await asyncio.sleep(0)
    await world.desk.close()
    for one in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(one, EstimateFailed) and str(one) == "The node is stopping."
    assert world.questions == 1
    await world.desk.close()


async def test_desk_stops_working_for_somebody_who_has_gone() -> None:
    world = Desk()
    world.gate.clear()
    task = asyncio.create_task(world.desk.estimate(specification(), IMAGES))
    while not world.questions:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    world.gate.set()
    assert (await world.desk.estimate(specification(), IMAGES))["images"] == 20


async def test_desk_refuses_what_no_server_could_run_before_it_starts_a_process() -> None:
    world = Desk()
    with pytest.raises(SpecRefused, match="images are less than a batch"):
        await world.desk.estimate(specification(), replace(IMAGES, counts=(4,)))
    assert world.asked == []


def _refusals(found: dict[str, Any]) -> dict[str, str | None]:
    return {one["name"]: one["refusal"] for one in found["sources"]}


async def test_desk_says_which_sources_this_server_would_not_use(tmp_path: Path) -> None:
    assert _refusals(await Desk().desk.estimate(specification(), IMAGES)) == {"cot": None, "helper": None}
    (tmp_path / "policy.toml").write_text('version = 1\n[projects]\npreparations = ["helper"]\n', encoding="utf-8")
    world = Desk(policy=Policy.load(tmp_path))
    found = _refusals(await world.desk.estimate(specification(), IMAGES))
    assert found["helper"] is None
    assert found["cot"] is not None and "allows helper" in found["cot"]


async def test_desk_passes_on_that_the_other_server_is_away() -> None:
    world = Desk()

    async def gone() -> Way:
        raise NodeUnreachable("The other server does not answer.")

    cast(Any, world.desk)._network.way = gone
    with pytest.raises(NodeUnreachable):
        await world.desk.estimate(specification(model=model_of("mlp")), IMAGES)
