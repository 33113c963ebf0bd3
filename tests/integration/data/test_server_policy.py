"""The operator's policy at real nodes: what is refused, who sees which limits, uploads that race for the last place."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.errors import ConfigError, PolicyRefused
from tests.helpers.nodes.local import local_nodes, team, until_state, usable
from tests.helpers.nodes.members import Dataset, Member
from tests.helpers.nodes.pair import Pair, make_pair
from tests.helpers.nodes.settings import delete
from tests.helpers.nodes.uploads import announce

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def alice(pair: Pair) -> AsyncIterator[Member]:
    async with local_nodes(pair), team(pair, "alice") as [member]:
        yield member


def policy(pair: Pair, role: str, text: str) -> None:
    """Write the policy of a node; each file is newer than the one before, however coarse the clock of the disk."""
    path = pair.folder(role) / "policy.toml"
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def sealed_bytes(dataset: Dataset, role: str) -> int:
    return sum(len(sealed) for sealed in dataset.sealed[role])


async def test_each_server_has_rules_of_its_own(pair: Pair, alice: Member) -> None:
    dataset = alice.split(count=20, side=8)
    policy(pair, "a", "version = 1\n[datasets]\nimages_per_dataset = 19")
    policy(pair, "b", "version = 1\n[datasets]\nlargest_image_pixels = 64\nimages_per_dataset = 20")
    with pytest.raises(PolicyRefused) as refused:
        await announce(alice, dataset, "a")
    assert refused.value.details == {"rule": "images_per_dataset", "limit": 19, "value": 20}
    assert (await announce(alice, dataset, "b"))["missing"] == [0]
    policy(pair, "a", "version = 1\n[datasets]\nimages_per_dataset = 20")
    await usable(alice, dataset)


async def test_stored_bytes_count_to_the_last_one(pair: Pair, alice: Member) -> None:
    first, second = alice.split(), alice.split()
    total = sealed_bytes(first, "a") + sealed_bytes(second, "a")
    quota = "version = 1\n[quota]\nstored_gib = {!r}"
    policy(pair, "a", quota.format((total - 1) / (1 << 30)))
    await announce(alice, first)
    with pytest.raises(PolicyRefused) as refused:
        await announce(alice, second)
    assert refused.value.details["rule"] == "quota.stored_gib"
    assert refused.value.details["value"] == total
    await announce(alice, first)
    policy(pair, "a", quota.format(total / (1 << 30)))
    await announce(alice, second)
    assert (await alice.ask("a", "GET", "/v1/policy"))["used"] == {"stored_bytes": total, "datasets": 2}


async def test_uploads_at_once_cannot_both_have_the_last_place(pair: Pair, alice: Member) -> None:
    policy(pair, "a", "version = 1\n[quota]\ndatasets = 3")
    splits = [alice.split() for _ in range(8)]
    answers = await asyncio.gather(*(announce(alice, one) for one in splits), return_exceptions=True)
    assert sorted(isinstance(answer, PolicyRefused) for answer in answers) == [False] * 3 + [True] * 5
    taken = [one for one, answer in zip(splits, answers, strict=True) if not isinstance(answer, PolicyRefused)]
    await delete(alice, "a", taken[0].id)
    left = [one for one in splits if one not in taken]
    again = await asyncio.gather(*(announce(alice, one) for one in left), return_exceptions=True)
    assert sorted(isinstance(answer, PolicyRefused) for answer in again) == [False] + [True] * 4
    assert (await alice.ask("a", "GET", "/v1/policy"))["used"]["datasets"] == 3


async def test_quota_is_of_the_whole_organisation(pair: Pair) -> None:
    async with local_nodes(pair), team(pair, "alice", "bob") as [alice, bob]:
        policy(pair, "a", "version = 1\n[quota]\ndatasets = 1\n[quota.organisation.Elsewhere]\ndatasets = 9")
        await announce(alice, alice.split())
        with pytest.raises(PolicyRefused):
            await announce(bob, bob.split())


async def test_project_of_a_forbidden_model_is_refused_and_so_is_its_next_job(pair: Pair, alice: Member) -> None:
    dataset = await usable(alice, alice.split())
    body = alice.specification([(dataset, alice)])
    policy(pair, "b", 'version = 1\n[projects]\nmodels = ["lenet"]')
    with pytest.raises(PolicyRefused) as refused:
        await alice.propose(body)
    assert refused.value.details == {"rule": "models", "limit": ["lenet"]}
    policy(pair, "b", 'version = 1\n[projects]\nmodels = ["logistic"]')
    await alice.propose(body)
    await alice.consent(body, dataset)
    policy(pair, "b", "version = 1\n[datasets]\nimages_per_dataset = 19")
    with pytest.raises(PolicyRefused):
        await alice.start(body)


async def test_damaged_file_keeps_the_last_good_rules(pair: Pair, alice: Member) -> None:
    policy(pair, "a", "version = 1\n[quota]\ndatasets = 0")
    with pytest.raises(PolicyRefused):
        await announce(alice, alice.split())
    policy(pair, "a", "version = 1\n[quota]\ndatasets = none")
    with pytest.raises(PolicyRefused):
        await announce(alice, alice.split())
    assert "line 3" in (await alice.ask("a", "GET", "/v1/policy"))["problem"]
    (pair.folder("a") / "policy.toml").unlink()
    await announce(alice, alice.split())
    assert (await alice.ask("a", "GET", "/v1/policy"))["problem"] == ""


async def test_node_does_not_start_with_a_damaged_file(pair: Pair) -> None:
    policy(pair, "a", "everything = true")
    with pytest.raises(ConfigError, match="everything"):
        async with local_nodes(pair, "a"):
            raise AssertionError("it started")


async def test_users_see_their_own_quota_and_administrators_all(pair: Pair, alice: Member) -> None:
    text = "version = 1\ntime_zone = 'UTC'\nhours = '00:00-24:00'\n[quota]\ndatasets = 5\n"
    policy(pair, "a", f"{text}[quota.organisation.Elsewhere]\ndatasets = 9")
    found = await alice.ask("a", "GET", "/v1/policy")
    assert (found["hours"], found["open"], found["time_zone"]) == (["00:00-24:00"], True, "UTC")
    assert (found["organisation"], found["quota"]["datasets"], found["quotas"]) == (alice.organisation, 5, None)
    assert "Elsewhere" not in json.dumps(found)
    admin: dict[str, Any] = await alice.administrate("a", "GET", "/v1/policy")
    assert {name: quota["datasets"] for name, quota in admin["quotas"].items()} == {"": 5, "Elsewhere": 9}


async def test_upload_that_began_before_a_stricter_policy_may_be_completed(pair: Pair, alice: Member) -> None:
    dataset = alice.split()
    for role in ("a", "b"):
        await announce(alice, dataset, role)
        policy(pair, role, "version = 1\n[quota]\ndatasets = 0")
    await alice.upload(dataset)
    await until_state(alice, dataset.id, "usable")
