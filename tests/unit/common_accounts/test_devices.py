"""Devices: added and revoked by the account's key, and a refusal that tells nothing to others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.accounts.devices import change_device
from common.accounts.history import apply_account
from common.accounts.logins import account_of
from common.accounts.model import MAX_DEVICE_KEYS, MAX_DEVICES
from common.crypto.signing import SigningKey
from common.documents import digest, sign_document
from common.errors import AccountDisabled, BadInput, BadSignature, Conflict, Forbidden, NotLoggedIn
from tests.helpers.accounts.people import RNG, Person, decision, device, now_text
from tests.unit.common_accounts.conftest import World


def new_key() -> SigningKey:
    return SigningKey.generate(RNG)


async def test_second_device_logs_in_by_itself(world: World) -> None:
    await world.approve(world.bob)
    laptop = new_key()
    document = device(world.bob, laptop.verify_key)
    found = await change_device(world.node.desk, document)
    assert [(one.name, one.state) for one in found] == [("desk", "active"), ("laptop", "active")]
    subject = {"account": world.node.tables.accounts["bob"].digest, "document": digest(document)}
    assert world.node.events[-1] == ("device-add", subject, world.bob.signing.verify_key)
    await world.log_in(replace(world.bob, device=laptop))
    await world.log_in(world.bob)


async def test_revoking_ends_the_logins_of_that_device_only(world: World) -> None:
    await world.approve(world.bob)
    laptop = new_key()
    await change_device(world.node.desk, device(world.bob, laptop.verify_key))
    kept, ended = await world.log_in(world.bob), await world.log_in(replace(world.bob, device=laptop))
    await change_device(world.node.desk, device(world.bob, laptop.verify_key, "revoked"))
    assert world.node.events[-1][0] == "device-revoke"
    assert (await account_of(world.node.desk, kept)).name == "bob"
    with pytest.raises(NotLoggedIn):
        await account_of(world.node.desk, ended)
    with pytest.raises(NotLoggedIn):
        await world.log_in(replace(world.bob, device=laptop))


async def test_doing_it_again_changes_nothing(world: World) -> None:
    await world.approve(world.bob)
    key = new_key().verify_key
    for state in ("active", "active", "revoked", "revoked"):
        await change_device(world.node.desk, device(world.bob, key, state))
    assert [action for action, _, _ in world.node.events][-2:] == ["device-add", "device-revoke"]


async def test_revoked_key_never_returns(world: World) -> None:
    await world.approve(world.bob)
    used, unused = world.bob.device.verify_key, new_key().verify_key
    for key in (used, unused):
        await change_device(world.node.desk, device(world.bob, key, "revoked"))
        with pytest.raises(Conflict):
            await change_device(world.node.desk, device(world.bob, key))
    assert not [one for one in world.node.tables.devices.values() if one.user == "bob" and one.is_active]


async def test_refusals_have_the_same_words_and_ask_the_same(world: World) -> None:
    """Unknown name, wrong key, and an account that waits."""
    await world.approve(world.bob)
    await world.request(Person("carol"))
    said, asked = set(), set()
    for who in (Person("nobody"), Person("bob"), Person("carol"), replace(world.alice, name="bob")):
        world.node.storage.asked.clear()
        with pytest.raises(Forbidden) as refused:
            await change_device(world.node.desk, device(who, new_key().verify_key))
        said.add(str(refused.value.as_dict()))
        asked.add(tuple(world.node.storage.asked))
    assert (len(said), len(asked)) == (1, 1)


async def test_person_who_waits_gets_that_refusal_too(world: World) -> None:
    await world.request(world.bob)
    with pytest.raises(Forbidden):
        await change_device(world.node.desk, device(world.bob, new_key().verify_key))


async def test_signature_is_checked_before_anything_is_looked_up(world: World) -> None:
    document = device(world.bob, new_key().verify_key)
    document["body"]["key"] = new_key().verify_key
    world.node.storage.asked.clear()
    with pytest.raises(BadSignature):
        await change_device(world.node.desk, document)
    assert world.node.storage.asked == []


@pytest.mark.parametrize("seconds", [-310, 310])
async def test_old_and_future_documents_are_refused_for_every_name(world: World, seconds: float) -> None:
    await world.approve(world.bob)
    for who in (world.bob, Person("nobody")):
        with pytest.raises(BadInput) as refused:
            await change_device(world.node.desk, device(who, new_key().verify_key, time=now_text(seconds)))
        assert refused.value.details["field"] == "time"


async def test_disabled_account_adds_no_device_but_may_revoke_one(world: World) -> None:
    await world.approve(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, state="disabled"))
    with pytest.raises(AccountDisabled):
        await change_device(world.node.desk, device(world.bob, new_key().verify_key))
    found = await change_device(world.node.desk, device(world.bob, world.bob.device.verify_key, "revoked"))
    assert [one.state for one in found] == ["revoked"]


async def test_number_of_devices_is_limited(world: World) -> None:
    await world.approve(world.bob)
    for number in range(1, MAX_DEVICES):
        await change_device(world.node.desk, device(world.bob, f"{number:064x}"))
    with pytest.raises(Conflict, match=f"at most {MAX_DEVICES}"):
        await change_device(world.node.desk, device(world.bob, new_key().verify_key))
    await change_device(world.node.desk, device(world.bob, f"{1:064x}", "revoked"))
    await change_device(world.node.desk, device(world.bob, new_key().verify_key))
    assert MAX_DEVICES < MAX_DEVICE_KEYS


async def test_new_key_of_the_account_decides_about_devices_from_then_on(world: World) -> None:
    await world.approve(world.bob)
    other = Person("bob")
    await apply_account(world.node.desk, decision(world.alice.signing, other, 2))
    with pytest.raises(Forbidden):
        await change_device(world.node.desk, device(world.bob, new_key().verify_key))
    await change_device(world.node.desk, device(other, other.device.verify_key))
    await world.log_in(other)


async def test_form_is_checked(world: World) -> None:
    await world.approve(world.bob)
    body = device(world.bob, new_key().verify_key)["body"]
    for changes in ({"name": ""}, {"name": "two\nlines"}, {"state": "lost"}, {"key": "AB" * 32}, {"more": 1}):
        document = sign_document("device", {**body, **changes}, world.bob.signing)
        with pytest.raises(BadInput):
            await change_device(world.node.desk, document)
