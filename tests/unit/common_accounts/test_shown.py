"""Who is shown what of accounts."""

from __future__ import annotations

import pytest

from common.accounts import shown
from common.accounts.history import apply_account, rotate
from common.accounts.invitations import invite
from common.accounts.model import Account, fingerprint
from common.errors import NotFound
from tests.helpers.accounts.people import Person, decision, invitation, new_code, rotation
from tests.unit.common_accounts.conftest import World

ROW = {
    "user", "organisation", "role", "state", "verify_key", "seal_key", "fingerprint", "version", "created"
}  # fmt: skip


def account(world: World, name: str) -> Account:
    return world.node.tables.accounts[name]


async def test_users_see_each_other_and_administrators_see_requests(world: World) -> None:
    await world.approve(world.bob)
    await world.request(Person("carol"))
    for_bob = await shown.list_users(world.node.desk, account(world, "bob"))
    for_alice = await shown.list_users(world.node.desk, account(world, "alice"))
    assert [row["user"] for row in for_bob] == ["alice", "bob"]
    assert [row["user"] for row in for_alice] == ["alice", "bob", "carol"]
    assert all(set(row) == ROW for row in for_bob)
    assert all(set(row) == ROW | {"last_login", "request"} for row in for_alice)
    assert (
        for_alice[2]["state"] == "requested" and for_alice[2]["request"]["fingerprint"] == for_alice[2]["fingerprint"]
    )


async def test_row_tells_keys_and_their_fingerprint(world: World) -> None:
    await world.log_in(world.alice)
    [row] = await shown.list_users(world.node.desk, account(world, "alice"))
    assert (row["verify_key"], row["seal_key"]) == world.alice.keys
    assert row["fingerprint"] == fingerprint("alice", *world.alice.keys)
    assert (row["role"], row["version"], row["request"]) == ("administrator", 0, None)
    assert row["last_login"][-1] == "Z"


async def test_request_of_somebody_with_an_account_is_shown_beside_it(world: World) -> None:
    await world.approve(world.bob)
    other = Person("bob")
    await world.request(other)
    found = await shown.show_user(world.node.desk, "bob", account(world, "alice"))
    assert (found["verify_key"], found["request"]["verify_key"]) == (world.bob.keys[0], other.keys[0])
    assert found["registration"]["body"]["verify_key"] == other.keys[0]
    await apply_account(world.node.desk, decision(world.alice.signing, other, 2))
    assert (await shown.show_user(world.node.desk, "bob", account(world, "alice")))["request"] is None


async def test_history_is_for_everybody_and_the_rest_is_not(world: World) -> None:
    await world.approve(world.bob)
    await world.approve(Person("carol"))
    await rotate(world.node.desk, rotation(world.bob.signing, Person("bob"), 2))
    found = {
        name: await shown.show_user(world.node.desk, "bob", account(world, name)) for name in ("alice", "bob", "carol")
    }
    assert set(found["carol"]) == ROW | {"documents"}
    assert set(found["bob"]) == ROW | {"documents", "devices"}
    assert set(found["alice"]) == ROW | {"documents", "devices", "registration", "last_login", "request"}
    assert [document["kind"] for document in found["carol"]["documents"]] == ["account", "account-rotate"]
    [device] = found["bob"]["devices"]
    assert (device["name"], device["key"], device["last_login"]) == ("desk", world.bob.device.verify_key, None)


async def test_who_waits_is_as_unknown_as_nobody(world: World) -> None:
    await world.approve(world.bob)
    await world.request(Person("carol"))
    said = set()
    for name in ("carol", "nobody"):
        with pytest.raises(NotFound) as refused:
            await shown.show_user(world.node.desk, name, account(world, "bob"))
        said.add(str(refused.value.as_dict()))
    assert len(said) == 1
    assert (await shown.show_user(world.node.desk, "carol", account(world, "alice")))["state"] == "requested"


async def test_invitations_tell_their_state_and_no_code(world: World) -> None:
    code = new_code()
    document = invitation(world.alice.signing, "bob", code)
    await invite(world.node.desk, document)
    [row] = await shown.list_invitations(world.node.desk)
    assert (row["user"], row["state"], row["document"]) == ("bob", "open", document)
    assert row["expires"] == document["body"]["expires"] and code not in str(row)
    [later] = await shown.list_invitations(world.node.later(48 * 3600).desk)
    assert later["state"] == "expired"
