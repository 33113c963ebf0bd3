"""Nodes that are killed with -9 at random moments of everything: each job finishes by itself, with the right model.

The model is compared with a training on the same images and the same joint toss that nobody disturbed. ``KILLS``
moments are drawn; IMGUARD_TEST_KILLS asks for more of them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from common.errors import NodeUnreachable
from common.specification import parse_specification
from desktop_client.reveal.combine import combine, open_share
from tests.helpers.jobs.runs import make_work, train_with_dealer
from tests.helpers.nodes.local import until_state
from tests.helpers.nodes.members import Dataset, Member, open_members
from tests.helpers.nodes.pair import Pair, make_pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

KILLS: Final = int(os.environ.get("IMGUARD_TEST_KILLS", "10"))
KILLS_A_JOB: Final = 5
LONGEST_WAIT: Final = 6.0
COUNT, SIDE, EPOCHS = 64, 8, 6
TOLERANCE: Final = 0.01
"""Of a weight; roundings are random, and the weights move a hundred times as far."""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = make_pair(tmp_path, stalled_attempts=100, lanes=2)
    found.start("a", "b")
    yield found
    found.stop_all()


@pytest.fixture
async def alice(pair: Pair) -> Any:
    async with open_members(pair, "alice") as [member]:
        yield await member.join()


def kill(pair: Pair, role: str) -> None:
    """At once and for good; then the operator's supervisor starts it again."""
    pair.stop(role, signal.SIGKILL)
    pair.start(role)


async def patiently(member: Member, role: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """As a client that comes back after a connection that broke."""
    while True:
        try:
            return await member.ask(role, method, path, body)
        except (NodeUnreachable, OSError):
            await asyncio.sleep(0.05)


async def upload_disturbed(pair: Pair, member: Member, dataset: Dataset, victims: list[str]) -> None:
    """Send a data set while a node is killed between two chunks, or in one."""
    for role in ("a", "b"):
        announced = await patiently(member, role, "POST", "/v1/datasets", {"document": dataset.document})
        for number in announced["missing"]:
            if victims:
                kill(pair, victims.pop())
            await member.put(role, dataset, number)
        await patiently(member, role, "POST", f"/v1/datasets/{dataset.id}/finish")
    await until_state(member, dataset.id, "usable")


def tosses(pair: Pair, job: str) -> list[bytes]:
    """The joint toss as the servers keep it on their disks; a job that ends takes it along."""
    found = (pair.folder(role) / "jobs" / job / "joint-toss" for role in ("a", "b"))
    return [path.read_bytes()[:32] for path in found if path.exists()]


async def run_disturbed(pair: Pair, member: Member, job: str, kills: int) -> tuple[bytes, Counter[str]]:
    """Watch a job to its end while nodes are killed; the joint toss, and in which states that happened."""
    seed, met = b"", Counter[str]()
    clock = asyncio.get_running_loop()
    due = clock.time() + secrets.randbelow(1000) * LONGEST_WAIT / 1000
    while True:
        states = [(await patiently(member, role, "GET", f"/v1/jobs/{job}"))["state"] for role in ("a", "b")]
        seed = next(iter(tosses(pair, job)), seed)
        if all(state in ("finished", "failed", "cancelled") for state in states):
            assert states == ["finished", "finished"]
            return seed, met
        if kills and clock.time() > due:
            met[states[0]] += 1
            for role in secrets.choice([["a"], ["b"], ["a", "b"]]):
                kill(pair, role)
            kills, due = kills - 1, clock.time() + secrets.randbelow(1000) * LONGEST_WAIT / 1000
        await asyncio.sleep(0.02)


async def fetch_model(member: Member, job: str) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    shares = []
    for role in ("a", "b"):
        url = f"{member.pair.url(role)}/v1/jobs/{job}/model"
        async with member.session.get(url, headers=member.bearer(role)) as answer:
            shares.append(open_share(member.sealing, await answer.read()))
    return combine(*shares).tensors


async def test_every_job_finishes_by_itself_with_the_model_of_an_undisturbed_one(pair: Pair, alice: Member) -> None:
    met = Counter[str]()
    left = KILLS
    while left > 0:
        now = min(left, KILLS_A_JOB)
        dataset = alice.split(count=COUNT, side=SIDE)
        victims = [secrets.choice(["a", "b"])]
        await upload_disturbed(pair, alice, dataset, victims)
        met["upload"] += 1 - len(victims)
        training = {**alice.specification([])["training"], "epochs": EPOCHS, "learning_rate": "0.25"}
        body = alice.specification([(dataset.id, alice)], training=training)
        await alice.propose(body)
        await alice.consent(body, dataset.id)
        job = str((await alice.start(body))["id"])
        seed, states = await run_disturbed(pair, alice, job, now - 1)
        met += states
        left -= now
        work = make_work(parse_specification(body), dataset.images, dataset.labels.argmax(1))
        expected = train_with_dealer(work, seed).weights
        found = await fetch_model(alice, job)
        assert found.keys() == expected.keys()
        for name, weight in expected.items():
            np.testing.assert_allclose(found[name], weight, atol=TOLERANCE, err_msg=name)
        assert max(float(np.abs(weight).max()) for weight in expected.values()) > 10 * TOLERANCE
    print(f"killed {met.total()} times: {dict(met)}")
    assert met.total() >= KILLS // 2, "jobs were over before they could be disturbed"
