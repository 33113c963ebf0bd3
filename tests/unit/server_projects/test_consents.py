"""Consents count for one revision, from the key in force, until they end; what does not count starts no job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.documents import sign_document
from common.errors import BadInput, Conflict, ConsentMissing, PolicyRefused, SpecRefused
from common.merkle.entry import Action
from server_node.policy.policy import Policy
from server_node.projects import projects
from server_node.storage.context import to_text
from tests.unit.server_projects.world import SIGNING, START, World, open_world

HERS, HIS = "1" * 64, "2" * 64


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as found:
        yield found


async def test_project_is_ready_when_all_have_consented(world: World) -> None:
    project = await world.create(world.body())
    assert (project.state, project.missing_consents) == ("awaiting-consent", (HERS, HIS))
    project = await world.decide(project, "alice")
    with pytest.raises(ConsentMissing) as missing:
        await world.projects.check_consents(project)
    assert (missing.value.details["datasets"], missing.value.details["owners"]) == ([HIS], ["bob"])
    project = await world.decide(project, "bob")
    assert (project.state, project.missing_consents, len(project.consents)) == ("ready", (), 2)
    await world.projects.check_consents(project)
    assert [action for action, _ in world.recorded] == [Action.PROJECT_CREATE, Action.CONSENT, Action.CONSENT]
    assert world.recorded[1][1]["decision"] == "granted"
    assert [(kind, names) for kind, _, names in world.news] == [
        (kind, frozenset({"alice", "bob", "carol"})) for kind in ("project", "consent", "consent")
    ]


async def test_consent_that_has_ended_does_not_count(world: World) -> None:
    project = await world.decide(await world.decide(await world.create(world.body()), "alice"), "bob")
    world.now += 3599
    await world.projects.check_consents(await world.projects.get(project.id))
    world.now += 1
    project = await world.projects.get(project.id)
    assert (project.state, project.undecided, len(project.consents)) == ("awaiting-consent", (HERS, HIS), 2)
    with pytest.raises(ConsentMissing):
        await world.projects.check_consents(project)


async def test_consent_of_a_key_that_was_replaced_does_not_count(world: World) -> None:
    project = await world.decide(await world.decide(await world.create(world.body()), "alice"), "bob")
    await world.change_account("bob", verify_key="ab" * 32)
    project = await world.projects.get(project.id)
    assert project.missing_consents == (HIS,)
    with pytest.raises(ConsentMissing):
        await world.projects.check_consents(project)
    with pytest.raises(SpecRefused, match="bob"):
        await world.projects.check(project.specification)


async def test_consent_of_an_account_that_was_disabled_does_not_count(world: World) -> None:
    project = await world.decide(await world.decide(await world.create(world.body()), "alice"), "bob")
    await world.change_account("bob", state="disabled")
    assert (await world.projects.get(project.id)).missing_consents == (HIS,)
    with pytest.raises(SpecRefused, match="recipient bob"):
        await world.projects.check(project.specification)


async def test_consent_is_verified_again_from_what_is_stored(world: World) -> None:
    """A signature that somebody with access to the database put there counts for nothing."""
    project = await world.decide(await world.decide(await world.create(world.body()), "alice"), "bob")
    [hers, his] = project.decisions
    body = {**his.document["body"], "expires": to_text(START + 10_000_000)}
    for forged in (
        {**his.document, "body": body},
        sign_document("consent", {**his.document["body"], "decision": "declined"}, SIGNING["bob"]),
        sign_document("consent", {**his.document["body"], "dataset": HERS}, SIGNING["bob"]),
        sign_document("consent", {**his.document["body"], "project_hash": "ab" * 32}, SIGNING["bob"]),
        sign_document("consent-withdraw", his.document["body"], SIGNING["bob"]),
    ):
        changed = type(his)(**{**vars(his), "document": forged})
        tampered = type(project)(**{**vars(project), "decisions": (hers, changed)})
        with pytest.raises(ConsentMissing) as missing:
            await world.projects.check_consents(tampered)
        assert missing.value.details["datasets"] == [HIS]


async def test_consent_to_an_old_revision_never_counts_for_a_new_one(world: World) -> None:
    first = await world.decide(await world.decide(await world.create(world.body()), "alice"), "bob")
    second = await world.create(world.body(revision=2, name="other"))
    assert second.missing_consents == (HERS, HIS) and second.consents == ()
    old = await world.projects.revision(first.specification.hash)
    assert (old.state, old.is_newest, len(old.consents)) == ("replaced", False, 2)
    with pytest.raises(Conflict):
        await world.projects.current(first.specification.hash)
    assert (await world.projects.current(second.specification.hash)).id == first.id
    with pytest.raises(Conflict):
        await world.decide(second, "bob", project_hash=first.specification.hash)
    assert [one.specification.revision for one in await world.projects.history(first.id)] == [1, 2]


async def test_later_decision_replaces_an_earlier_one_and_never_the_other_way(world: World) -> None:
    project = await world.create(world.body())
    project = await world.decide(project, "bob", time=to_text(START + 60))
    with pytest.raises(Conflict):
        await world.decide(project, "bob", time=to_text(START + 59), decision="declined", expires=None)
    project = await world.decide(project, "bob", time=to_text(START + 60), decision="declined", expires=None)
    assert [one.decision for one in project.decisions] == ["declined"]
    assert project.undecided == (HERS,)


async def test_decision_that_is_sent_again_is_told_once(world: World) -> None:
    project = await world.create(world.body())
    for _ in range(2):
        project = await world.decide(project, "bob")
    assert [action for action, _ in world.recorded] == [Action.PROJECT_CREATE, Action.CONSENT]
    assert [kind for kind, _, _ in world.news] == ["project", "consent"]


async def test_nobody_fills_the_lists_of_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "MAX_PROJECTS", 2)
    for number in range(2):
        await world.create(world.body(id=f"{number:032x}"))
    with pytest.raises(Conflict, match="at most 2 projects"):
        await world.create(world.body(id="a" * 32))
    second = await world.create(world.body(id="0" * 32, revision=2))
    assert second.specification.revision == 2
    members = [{**one, "role": "owner"} if one["user"] == "bob" else one for one in world.body()["members"]]
    assert (await world.create(world.body(id="b" * 32, owner="bob", members=members), by="bob")).state == (
        "awaiting-consent"
    )


async def test_consent_cannot_be_brought_back_within_the_second_of_its_withdrawal(world: World) -> None:
    project = await world.create(world.body())
    granted = await world.decide(project, "bob")
    fact = {"project_hash": project.specification.hash, "dataset": HIS, "reason": "", "time": to_text(int(world.now))}
    document = sign_document("consent-withdraw", fact, SIGNING["bob"])
    bob = await world.account("bob")
    await world.projects.withdraw_consent(granted, bob, document)
    [kept] = granted.consents
    with pytest.raises(Conflict):
        await world.projects.add_consent(granted, bob, kept)
    assert [one.decision for one in (await world.projects.get(project.id)).decisions] == ["withdrawn"]
    world.now += 1
    assert HIS not in (await world.decide(granted, "bob")).missing_consents


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_decision_must_be_made_now(world: World, seconds: int) -> None:
    project = await world.create(world.body())
    await world.decide(project, "bob", time=to_text(START + seconds + (1 if seconds < 0 else -1)))
    with pytest.raises(BadInput, match="clock"):
        await world.decide(project, "bob", time=to_text(START + seconds))


async def test_data_set_that_was_disabled_starts_nothing(world: World) -> None:
    project = await world.create(world.body())
    world.datasets.rows[HIS].enabled = False
    with pytest.raises(Conflict, match="disabled"):
        await world.projects.check(project.specification)


async def test_operator_has_the_last_word(world: World, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("version = 1\n[projects]\nlargest_epochs = 1\n", encoding="utf-8")
    object.__setattr__(world.context, "policy", Policy.load(tmp_path))
    with pytest.raises(PolicyRefused):
        await world.create(world.body())
    await world.create(world.body(training={"epochs": 1}))
