"""Invitations: by administrators only, for a while, one at a time for a name."""

from __future__ import annotations

import pytest

from common.accounts.forms import hash_of_code
from common.accounts.invitations import invite, withdraw
from common.accounts.registration import register
from common.documents import digest
from common.errors import BadInput, BadSignature, Conflict, Forbidden, NotFound
from tests.helpers.accounts.people import Person, invitation, new_code, now_text, registration
from tests.unit.common_accounts.conftest import World

DAY = 24 * 3600


async def test_invitation_is_open_until_it_ends(world: World) -> None:
    code = new_code()
    document = invitation(world.alice.signing, "bob", code)
    found = await invite(world.node.desk, document)
    assert (found.user, found.role, found.state, found.code_hash) == ("bob", "user", "open", hash_of_code(code))
    assert found.state_at(found.expires - 1) == "open" and found.state_at(found.expires) == "expired"
    expected = ("account-invite", {"document": digest(document)}, world.alice.signing.verify_key)
    assert world.node.events[-1] == expected


async def test_same_document_again_changes_nothing_and_another_of_that_code_is_refused(world: World) -> None:
    code = new_code()
    document = invitation(world.alice.signing, "bob", code)
    found = await invite(world.node.desk, document)
    events = len(world.node.events)
    assert await invite(world.node.desk, document) == found and len(world.node.events) == events
    with pytest.raises(Conflict):
        await invite(world.node.desk, invitation(world.alice.signing, "carol", code))


async def test_used_invitation_cannot_be_opened_again_by_repeating_it(world: World) -> None:
    code = new_code()
    document = invitation(world.alice.signing, "bob", code)
    await invite(world.node.desk, document)
    await register(world.node.desk, registration(world.bob, code))
    assert (await invite(world.node.desk, document)).state == "used"


async def test_new_invitation_takes_the_place_of_an_open_one(world: World) -> None:
    first, second = new_code(), new_code()
    for code in (first, second):
        await invite(world.node.desk, invitation(world.alice.signing, "bob", code))
    with pytest.raises(Forbidden):
        await register(world.node.desk, registration(world.bob, first))
    assert (await register(world.node.desk, registration(world.bob, second))).state == "requested"


async def test_only_active_administrators_invite(world: World) -> None:
    await world.approve(world.bob)
    await world.request(Person("carol"), role="administrator")
    for signer in (world.bob, Person("alice")):
        with pytest.raises(Forbidden):
            await invite(world.node.desk, invitation(signer.signing, "dave", new_code()))
    damaged = invitation(world.alice.signing, "dave", new_code())
    damaged["body"]["role"] = "administrator"
    with pytest.raises(BadSignature):
        await invite(world.node.desk, damaged)


@pytest.mark.parametrize("seconds", [-5, 91 * DAY])
async def test_invitation_ends_in_the_future_and_not_too_late(world: World, seconds: float) -> None:
    document = invitation(world.alice.signing, "bob", new_code(), expires=now_text(seconds))
    with pytest.raises(BadInput, match="90 days"):
        await invite(world.node.desk, document)


async def test_withdrawn_code_is_worthless(world: World) -> None:
    code = new_code()
    found = await invite(world.node.desk, invitation(world.alice.signing, "bob", code))
    alice = world.node.tables.accounts["alice"]
    for _ in range(2):
        assert (await withdraw(world.node.desk, found.code_hash, alice)).state == "withdrawn"
    assert [action for action, _, _ in world.node.events].count("account-invite-withdraw") == 1
    with pytest.raises(Forbidden):
        await register(world.node.desk, registration(world.bob, code))


async def test_what_is_not_there_or_was_used_cannot_be_withdrawn(world: World) -> None:
    alice = world.node.tables.accounts["alice"]
    with pytest.raises(NotFound):
        await withdraw(world.node.desk, "ab" * 32, alice)
    code = await world.request(world.bob)
    with pytest.raises(Conflict):
        await withdraw(world.node.desk, hash_of_code(code), alice)
