"""Who may come in, by which code, and that a refusal tells nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from common.accounts.devices import change_device
from common.accounts.history import apply_account
from common.accounts.invitations import invite, withdraw
from common.accounts.registration import register
from common.documents import sign_document
from common.errors import BadInput, BadSignature, Conflict, Forbidden
from tests.helpers.accounts.memory import first_administrator, make_node
from tests.helpers.accounts.people import Person, decision, device, invitation, new_code, registration
from tests.unit.common_accounts.conftest import World

DAY = 24 * 3600


async def test_first_administrator_is_active_at_once(world: World) -> None:
    account = world.node.tables.accounts["alice"]
    assert (account.state, account.role, account.version) == ("active", "administrator", 0)
    assert account.keys == world.alice.keys and account.organisation == world.alice.organisation
    assert [device.key for device in world.node.tables.devices.values()] == [world.alice.device.verify_key]
    assert world.node.events == [("account-bootstrap", {"account": account.digest}, world.alice.signing.verify_key)]
    assert not world.node.desk.bootstrap.exists


async def test_token_opens_nothing_once_there_is_an_administrator(world: World) -> None:
    with pytest.raises(Forbidden):
        await register(world.node.desk, first_administrator(world.node, world.bob))
    assert set(world.node.tables.accounts) == {"alice"}


async def test_wrong_token_leaves_the_right_one_usable(tmp_path: Path) -> None:
    node, alice = make_node(tmp_path), Person("alice")
    document = first_administrator(node, alice)
    with pytest.raises(Forbidden):
        await register(node.desk, registration(alice, new_code()))
    assert node.desk.bootstrap.exists
    assert (await register(node.desk, document)).state == "active"


async def test_first_administrator_may_repeat_the_registration(tmp_path: Path) -> None:
    """An answer can be lost, and so can the removal of the token when the power goes."""
    node, alice = make_node(tmp_path), Person("alice")
    document = first_administrator(node, alice)
    first = await register(node.desk, document)
    again = await register(node.desk, document)
    assert first.is_new and again == replace(first, is_new=False)
    assert len(node.events) == 1


async def test_name_that_came_before_the_administrator_keeps_its_keys(world: World, tmp_path: Path) -> None:
    """As in a database of an earlier version, where nobody was an administrator."""
    node, alice = make_node(tmp_path), Person("alice")
    node.tables.accounts["alice"] = replace(
        world.node.tables.accounts["alice"], role="user", verify_key=alice.keys[0], seal_key=alice.keys[1], version=3
    )
    with pytest.raises(Conflict):
        await register(node.desk, first_administrator(node, Person("alice")))
    await register(node.desk, first_administrator(node, alice))
    account = node.tables.accounts["alice"]
    assert account.is_administrator and account.keys == alice.keys and account.version == 3


async def test_token_does_not_bring_a_revoked_device_back(world: World, tmp_path: Path) -> None:
    node, alice = make_node(tmp_path), Person("alice")
    node.tables.accounts["alice"] = replace(
        world.node.tables.accounts["alice"], role="user", verify_key=alice.keys[0], seal_key=alice.keys[1]
    )
    for state in ("active", "revoked"):
        await change_device(node.desk, device(alice, alice.device.verify_key, state))
    with pytest.raises(Conflict, match="never returns"):
        await register(node.desk, first_administrator(node, alice))
    assert [one.state for one in node.tables.devices.values()] == ["revoked"]
    assert node.desk.bootstrap.exists and not node.tables.accounts["alice"].is_administrator


async def test_invited_person_waits_for_an_administrator(world: World) -> None:
    code = await world.request(world.bob)
    account = world.node.tables.accounts["bob"]
    assert (account.state, account.role, account.version, account.keys) == ("requested", "user", 0, world.bob.keys)
    assert world.node.tables.registrations["bob"].is_waiting
    assert world.node.tables.devices.keys() == {("alice", world.alice.device.verify_key)}
    assert world.node.events[-1] == ("register", {"account": account.digest}, world.bob.signing.verify_key)
    assert code not in str(world.node.events)


async def test_role_comes_from_the_invitation(world: World) -> None:
    await world.request(world.bob, role="administrator")
    assert world.node.tables.accounts["bob"].role == "administrator"
    assert not world.node.tables.accounts["bob"].is_administrator


async def test_code_works_once_but_the_same_registration_may_be_repeated(world: World) -> None:
    code = await world.request(world.bob)
    events = len(world.node.events)
    again = await register(world.node.desk, registration(world.bob, code))
    assert (again.state, again.is_new, len(world.node.events)) == ("requested", False, events)
    with pytest.raises(Forbidden):
        await register(world.node.desk, registration(Person("bob"), code))
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    assert (await register(world.node.desk, registration(world.bob, code))).state == "active"


async def test_every_refusal_has_the_same_words_and_asks_the_same(world: World) -> None:
    """Unknown name, known name, other organisation, used, withdrawn, expired and invented codes."""
    await world.approve(world.bob)
    codes = {name: new_code() for name in ("carol", "dave", "erin", "frank")}
    for name, code in codes.items():
        document = invitation(world.alice.signing, name, code)
        await invite(world.node.desk, document)
        if name == "dave":
            code_hash = document["body"]["code_hash"]
            await withdraw(world.node.desk, code_hash, world.node.tables.accounts["alice"])
    late = world.node.later(2 * DAY)
    cases = [
        (world.node, registration(Person("nobody"), new_code())),
        (world.node, registration(Person("alice"), new_code())),
        (world.node, registration(Person("bob"), codes["carol"])),
        (world.node, registration(Person("carol", "Elsewhere"), codes["carol"])),
        (world.node, registration(Person("dave"), codes["dave"])),
        (late, registration(Person("erin"), codes["erin"])),
    ]
    said, asked = set(), set()
    for node, document in cases:
        node.storage.asked.clear()
        with pytest.raises(Forbidden) as refused:
            await register(node.desk, document)
        said.add(str(refused.value.as_dict()))
        asked.add(tuple(node.storage.asked))
    assert (len(said), len(asked)) == (1, 1)
    words = said.pop()
    assert not [code for code in codes.values() if code in words]


async def test_registration_is_signed_by_the_key_it_introduces(world: World) -> None:
    body = registration(world.bob, new_code())["body"]
    with pytest.raises(BadSignature):
        await register(world.node.desk, sign_document("registration", body, world.alice.signing))
    damaged = registration(world.bob, new_code())
    damaged["body"] = {**damaged["body"], "user": "carol"}
    with pytest.raises(BadSignature):
        await register(world.node.desk, damaged)


@pytest.mark.parametrize("key", ["00" * 32, "01" + "00" * 31])
async def test_key_that_nothing_can_be_sealed_to_is_refused(world: World, key: str) -> None:
    with pytest.raises(BadInput, match="sealing key"):
        await register(world.node.desk, registration(world.bob, new_code(), seal_key=key))


async def test_key_of_somebody_else_is_no_key_for_a_new_name(world: World) -> None:
    code = new_code()
    await invite(world.node.desk, invitation(world.alice.signing, "carol", code))
    with pytest.raises(Conflict):
        await register(world.node.desk, registration(replace(world.alice, name="carol"), code))
    assert (await register(world.node.desk, registration(Person("carol"), code))).state == "requested"


async def test_second_request_of_a_name_that_waits_takes_the_place_of_the_first(world: World) -> None:
    await world.request(world.bob)
    other = Person("bob")
    await world.request(other)
    assert world.node.tables.accounts["bob"].keys == other.keys
    assert world.node.tables.registrations["bob"].keys == other.keys


async def test_lost_keys_wait_beside_the_account_that_stays_as_it_is(world: World) -> None:
    await world.approve(world.bob)
    before, token = world.node.tables.accounts["bob"], await world.log_in(world.bob)
    other = Person("bob")
    await world.request(other)
    assert world.node.tables.accounts["bob"] == before
    assert world.node.tables.registrations["bob"].keys == other.keys
    assert len(world.node.tables.logins) == 1 and token
