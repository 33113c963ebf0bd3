"""Documents about accounts: who may sign them, in which order, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.accounts.history import apply_account, rotate
from common.accounts.invitations import invite
from common.accounts.logins import account_of
from common.accounts.registration import register
from common.crypto.signing import SigningKey
from common.documents import digest, sign_document
from common.errors import (
    AccountDisabled,
    BadInput,
    BadSignature,
    Conflict,
    Forbidden,
    LastAdministrator,
    NotLoggedIn,
)
from tests.helpers.accounts.people import (
    RNG,
    Person,
    decision,
    invitation,
    new_code,
    now_text,
    registration,
    rotation,
)
from tests.unit.common_accounts.conftest import World


async def test_approved_request_is_an_account_with_its_device(world: World) -> None:
    await world.request(world.bob)
    document = decision(world.alice.signing, world.bob)
    account = await apply_account(world.node.desk, document)
    assert (account.state, account.version, account.keys) == ("active", 1, world.bob.keys)
    assert world.node.tables.devices["bob", world.bob.device.verify_key].is_active
    assert not world.node.tables.registrations["bob"].is_waiting
    subject = {"account": account.digest, "document": digest(document), "version": 1}
    assert world.node.events[-1] == ("account-approve", subject, world.alice.signing.verify_key)


async def test_same_document_again_changes_nothing(world: World) -> None:
    await world.request(world.bob)
    first = decision(world.alice.signing, world.bob)
    await apply_account(world.node.desk, first)
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, organisation="Ward 2"))
    events = len(world.node.events)
    assert await apply_account(world.node.desk, first) == account
    assert (len(world.node.events), account.version, account.organisation) == (events, 2, "Ward 2")


@pytest.mark.parametrize("version", [1, 3])
async def test_version_follows_the_stored_one(world: World, version: int) -> None:
    await world.approve(world.bob)
    with pytest.raises(Conflict) as refused:
        await apply_account(world.node.desk, decision(world.alice.signing, world.bob, version, reason="other"))
    assert refused.value.details == {"version": 1}
    assert len(world.node.tables.documents["bob"]) == 1


async def test_node_that_was_away_takes_the_account_from_the_document(world: World) -> None:
    with pytest.raises(Conflict):
        await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2))
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    assert (account.state, account.keys) == ("active", world.bob.keys)
    assert ("bob", world.bob.device.verify_key) not in world.node.tables.devices


async def test_keys_of_the_document_count_not_those_of_another_request(world: World) -> None:
    """A node that used the code itself gains nothing: the administrator compared other keys."""
    impostor = Person("bob")
    await world.request(impostor)
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    assert account.keys == world.bob.keys
    assert not [key for key in world.node.tables.devices if key[0] == "bob"]


async def test_only_active_administrators_of_this_node_decide(world: World) -> None:
    carol = Person("carol")
    await world.approve(world.bob)
    await world.request(carol)
    for signer in (world.bob, carol, Person("alice")):
        with pytest.raises(Forbidden):
            await apply_account(world.node.desk, decision(signer.signing, carol))
    await world.approve(Person("dave"))
    damaged = decision(world.alice.signing, carol)
    damaged["body"]["role"] = "administrator"
    with pytest.raises(BadSignature):
        await apply_account(world.node.desk, damaged)


async def test_administrator_who_was_disabled_decides_nothing_any_more(world: World) -> None:
    await world.approve(world.bob, role="administrator")
    later = decision(world.bob.signing, Person("carol"))
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, state="disabled"))
    with pytest.raises(Forbidden):
        await apply_account(world.node.desk, later)


async def test_disabling_ends_all_logins_in_the_same_transaction(world: World) -> None:
    await world.approve(world.bob)
    tokens = [await world.log_in(world.bob) for _ in range(2)]
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, state="disabled"))
    assert not world.node.tables.logins
    for token in tokens:
        with pytest.raises(NotLoggedIn):
            await account_of(world.node.desk, token)
    assert world.node.events[-1][0] == "account-disable"
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 3))
    assert world.node.events[-1][0] == "account-enable"
    await world.log_in(world.bob)


async def test_another_role_ends_logins_and_another_organisation_does_not(world: World) -> None:
    await world.approve(world.bob)
    await world.log_in(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, organisation="Ward 2"))
    assert len(world.node.tables.logins) == 1
    changed = decision(world.alice.signing, world.bob, 3, organisation="Ward 2", role="administrator")
    assert (await apply_account(world.node.desk, changed)).is_administrator
    assert not world.node.tables.logins and world.node.events[-1][0] == "account-change"


@pytest.mark.parametrize("changes", [{"state": "disabled"}, {"role": "user"}])
async def test_last_active_administrator_stays(world: World, changes: dict[str, str]) -> None:
    """Whoever is disabled, or waits to be approved, is no other administrator."""
    carol = Person("carol")
    await world.approve(world.bob, role="administrator")
    await world.request(carol, role="administrator")
    disabled = decision(world.alice.signing, world.bob, 2, state="disabled", role="administrator")
    await apply_account(world.node.desk, disabled)
    document = decision(world.alice.signing, world.alice, 1, **{"role": "administrator", **changes})
    with pytest.raises(LastAdministrator):
        await apply_account(world.node.desk, document)
    await apply_account(world.node.desk, decision(world.alice.signing, carol, role="administrator"))
    assert not (await apply_account(world.node.desk, document)).is_administrator


async def test_administrator_may_change_what_keeps_being_one(world: World) -> None:
    changed = decision(world.alice.signing, world.alice, role="administrator", organisation="Board")
    assert (await apply_account(world.node.desk, changed)).is_administrator


async def test_request_that_is_turned_down_stays_out(world: World) -> None:
    await world.request(world.bob)
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob, state="disabled"))
    assert account.state == "disabled" and not world.node.tables.registrations["bob"].is_waiting
    assert ("bob", world.bob.device.verify_key) not in world.node.tables.devices


async def test_somebody_who_was_turned_down_may_be_invited_again_with_the_same_keys(world: World) -> None:
    await world.request(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, state="disabled"))
    await world.request(world.bob)
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2))
    assert account.is_active and world.node.tables.devices["bob", world.bob.device.verify_key].is_active


async def test_new_keys_after_a_new_invitation_end_what_went_with_the_old_ones(world: World) -> None:
    await world.approve(world.bob)
    await world.log_in(world.bob)
    other = Person("bob")
    await world.request(other)
    account = await apply_account(world.node.desk, decision(world.alice.signing, other, 2))
    assert account.keys == other.keys and not world.node.tables.logins
    assert not world.node.tables.devices["bob", world.bob.device.verify_key].is_active
    assert world.node.tables.devices["bob", other.device.verify_key].is_active
    await world.log_in(other)


async def test_decision_that_does_not_take_the_keys_of_a_request_turns_it_down(world: World) -> None:
    await world.approve(world.bob)
    other = Person("bob")
    await world.request(other)
    account = await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2))
    assert account.keys == world.bob.keys and not world.node.tables.registrations["bob"].is_waiting
    assert ("bob", other.device.verify_key) not in world.node.tables.devices


async def test_open_invitation_ends_with_new_keys(world: World) -> None:
    code = new_code()
    await invite(world.node.desk, invitation(world.alice.signing, "bob", code))
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    with pytest.raises(Forbidden):
        await register(world.node.desk, registration(Person("bob"), code))


async def test_keys_that_are_or_were_in_use_are_refused(world: World) -> None:
    await world.approve(world.bob)
    carol, other = Person("carol"), Person("bob")
    await apply_account(world.node.desk, decision(world.alice.signing, other, 2))
    for taken in (world.alice, world.bob, other):
        with pytest.raises(Conflict):
            await apply_account(world.node.desk, decision(world.alice.signing, replace(taken, name="carol")))
    with pytest.raises(Conflict):
        await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 3))
    assert (await apply_account(world.node.desk, decision(world.alice.signing, carol))).is_active


async def test_document_from_the_future_is_refused_and_an_old_one_is_not(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        await apply_account(world.node.desk, decision(world.alice.signing, world.bob, time=now_text(400)))
    assert refused.value.details["field"] == "time" and len(refused.value.details["node_time"]) == 20
    assert await apply_account(world.node.desk, decision(world.alice.signing, world.bob, time=now_text(-(10**7))))


async def test_rotated_keys_take_the_place_of_the_old_ones(world: World) -> None:
    await world.approve(world.bob)
    await world.log_in(world.bob)
    new = replace(Person("bob"), device=world.bob.device)
    document = rotation(world.bob.signing, new, 2)
    account = await rotate(world.node.desk, document)
    assert (account.keys, account.version) == (new.keys, 2) and not world.node.tables.logins
    subject = {"account": account.digest, "document": digest(document), "version": 2}
    assert world.node.events[-1] == ("account-rotate", subject, world.bob.signing.verify_key)
    assert await rotate(world.node.desk, document) == account
    assert world.node.events[-1][1] == subject
    await world.log_in(new)


async def test_rotation_needs_both_keys(world: World) -> None:
    await world.approve(world.bob)
    new = Person("bob")
    cases = [
        rotation(Person("bob").signing, new, 2),
        rotation(world.alice.signing, new, 2),
        rotation(world.bob.signing, new, 2, proof="00" * 64),
        rotation(world.bob.signing, new, 2, proof=rotation(world.bob.signing, new, 3)["body"]["proof"]),
        rotation(world.bob.signing, Person("nobody"), 1),
    ]
    for document in cases:
        with pytest.raises(BadSignature):
            await rotate(world.node.desk, document)
    assert world.node.tables.accounts["bob"].keys == world.bob.keys


async def test_rotation_follows_the_stored_version_and_takes_fresh_keys(world: World) -> None:
    await world.approve(world.bob)
    with pytest.raises(Conflict) as refused:
        await rotate(world.node.desk, rotation(world.bob.signing, Person("bob"), 3))
    assert refused.value.details == {"version": 1}
    for taken in (world.alice, world.bob):
        with pytest.raises(Conflict):
            await rotate(world.node.desk, rotation(world.bob.signing, replace(taken, name="bob"), 2))


async def test_rotation_cannot_be_played_back_to_old_keys(world: World) -> None:
    await world.approve(world.bob)
    new = Person("bob")
    await rotate(world.node.desk, rotation(world.bob.signing, new, 2))
    with pytest.raises(Conflict):
        await rotate(world.node.desk, rotation(new.signing, world.bob, 3))
    assert world.node.tables.accounts["bob"].keys == new.keys


async def test_disabled_account_rotates_nothing(world: World) -> None:
    await world.approve(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, state="disabled"))
    with pytest.raises(AccountDisabled):
        await rotate(world.node.desk, rotation(world.bob.signing, Person("bob"), 3))


async def test_administrator_who_rotates_signs_with_the_new_key_only(world: World) -> None:
    new = Person("alice")
    await rotate(world.node.desk, rotation(world.alice.signing, new, 1))
    with pytest.raises(Forbidden):
        await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    assert (await apply_account(world.node.desk, decision(new.signing, world.bob))).is_active


async def test_documents_are_kept_in_order(world: World) -> None:
    await world.approve(world.bob)
    new = Person("bob")
    await rotate(world.node.desk, rotation(world.bob.signing, new, 2))
    await apply_account(world.node.desk, decision(world.alice.signing, new, 3))
    async with world.node.storage.reading() as store:
        found = await store.documents("bob")
    assert [(document["kind"], document["body"]["version"]) for document in found] == [
        ("account", 1), ("account-rotate", 2), ("account", 3)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["account", "account-rotate"])
async def test_document_of_another_kind_is_refused(world: World, kind: str) -> None:
    body = decision(world.alice.signing, world.bob)["body"]
    document = sign_document("consent", body, SigningKey.generate(RNG))
    with pytest.raises((BadInput, BadSignature)):
        await (apply_account if kind == "account" else rotate)(world.node.desk, document)
