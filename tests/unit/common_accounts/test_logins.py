"""Logins: single-use challenges, tokens of one node, and the same refusal for every name."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from common.accounts.history import apply_account
from common.accounts.logins import KEEP_ENDED, account_of, challenge, log_in, log_out, log_out_everywhere
from common.crypto.signing import SigningKey
from common.errors import AccountDisabled, NotApproved, NotLoggedIn, TokenExpired
from tests.helpers.accounts.memory import NODE
from tests.helpers.accounts.people import RNG, Person, decision, login_signature
from tests.unit.common_accounts.conftest import World


async def answer(world: World, who: Person, nonce: str, node: str = NODE) -> str:
    signature = login_signature(who, node, nonce)
    return (await log_in(world.node.desk, who.name, who.device.verify_key, nonce, signature)).value


async def test_device_logs_in_and_the_token_says_who_it_is(world: World) -> None:
    await world.approve(world.bob)
    token = await world.log_in(world.bob)
    account = await account_of(world.node.desk, token)
    assert (account.name, account.keys) == ("bob", world.bob.keys)
    assert world.node.events[-1] == ("login", {}, world.bob.signing.verify_key)
    device = world.node.tables.devices["bob", world.bob.device.verify_key]
    assert device.last_login is not None


async def test_token_is_kept_as_a_hash_that_is_bound_to_the_node(world: World) -> None:
    token = await world.log_in(world.alice)
    [login] = world.node.tables.logins.values()
    parts = (b"imguard/token/v1", NODE.encode(), token.encode())
    assert login.hash == hashlib.sha256(b"\x00".join(parts)).hexdigest()
    assert token not in str(world.node.tables)
    elsewhere = replace(world.node.desk, verify_key="0b" * 32)
    with pytest.raises(NotLoggedIn):
        await account_of(elsewhere, token)


async def test_challenge_is_used_up_by_the_first_answer_right_or_wrong(world: World) -> None:
    wrong = replace(world.alice, device=SigningKey.generate(RNG))
    nonce = (await challenge(world.node.desk, "alice")).value
    with pytest.raises(NotLoggedIn):
        await answer(world, wrong, nonce)
    with pytest.raises(NotLoggedIn):
        await answer(world, world.alice, nonce)
    nonce = (await challenge(world.node.desk, "alice")).value
    await answer(world, world.alice, nonce)
    with pytest.raises(NotLoggedIn):
        await answer(world, world.alice, nonce)
    assert not world.node.tables.challenges


async def test_challenge_is_for_one_name_one_node_and_a_minute(world: World) -> None:
    await world.approve(world.bob)
    nonce = (await challenge(world.node.desk, "bob")).value
    with pytest.raises(NotLoggedIn):
        await answer(world, world.alice, nonce)
    nonce = (await challenge(world.node.desk, "alice")).value
    with pytest.raises(NotLoggedIn):
        await answer(world, world.alice, nonce, node="0b" * 32)
    nonce = (await challenge(world.node.desk, "alice")).value
    late = replace(world, node=world.node.later(61))
    with pytest.raises(NotLoggedIn):
        await answer(late, world.alice, nonce)


async def test_account_key_is_no_login_key(world: World) -> None:
    nonce = (await challenge(world.node.desk, "alice")).value
    with pytest.raises(NotLoggedIn):
        await answer(world, replace(world.alice, device=world.alice.signing), nonce)


async def test_refusals_have_the_same_words_and_ask_the_same(world: World) -> None:
    """Unknown name, known name with a foreign device, one who waits, one who is disabled, no challenge at all."""
    carol = Person("carol")
    await world.request(world.bob)
    await world.approve(carol)
    await apply_account(world.node.desk, decision(world.alice.signing, carol, 2, state="disabled"))
    said, asked = set(), set()
    for name, is_asked in [("nobody", True), ("alice", True), ("bob", True), ("carol", True), ("alice", False)]:
        world.node.storage.asked.clear()
        nonce = (await challenge(world.node.desk, name)).value
        with pytest.raises(NotLoggedIn) as refused:
            await answer(world, Person(name), nonce if is_asked else "00" * 32)
        said.add(str(refused.value.as_dict()))
        asked.add(tuple(world.node.storage.asked))
    assert (len(said), len(asked)) == (1, 1)


async def test_holder_of_the_device_is_told_why(world: World) -> None:
    await world.request(world.bob)
    with pytest.raises(NotApproved):
        await world.log_in(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob))
    await world.log_in(world.bob)
    await apply_account(world.node.desk, decision(world.alice.signing, world.bob, 2, state="disabled"))
    with pytest.raises(AccountDisabled):
        await world.log_in(world.bob)


async def test_token_ends_and_says_so_for_a_day(world: World) -> None:
    token = await world.log_in(world.alice)
    assert (await account_of(world.node.later(59 * 60).desk, token)).name == "alice"
    ended = world.node.later(61 * 60)
    with pytest.raises(TokenExpired):
        await account_of(ended.desk, token)
    await challenge(ended.desk, "alice")
    assert len(world.node.tables.logins) == 1
    forgotten = world.node.later(61 * 60 + KEEP_ENDED)
    await challenge(forgotten.desk, "alice")
    assert not world.node.tables.logins and len(world.node.tables.challenges) == 1


async def test_logging_out_ends_one_login_or_all(world: World) -> None:
    await world.approve(world.bob)
    first, second = await world.log_in(world.bob), await world.log_in(world.bob)
    other = await world.log_in(world.alice)
    await log_out(world.node.desk, first)
    with pytest.raises(NotLoggedIn):
        await account_of(world.node.desk, first)
    account = await account_of(world.node.desk, second)
    await world.log_in(world.bob)
    assert await log_out_everywhere(world.node.desk, account) == 2
    assert world.node.events[-1] == ("logout-all", {}, world.bob.signing.verify_key)
    with pytest.raises(NotLoggedIn):
        await account_of(world.node.desk, second)
    assert (await account_of(world.node.desk, other)).name == "alice"


async def test_token_of_an_account_that_is_not_active_is_refused(world: World) -> None:
    """Whatever took the account out of use, its logins are worth nothing."""
    token = await world.log_in(world.alice)
    tables = world.node.tables
    tables.accounts["alice"] = replace(tables.accounts["alice"], state="disabled")
    with pytest.raises(AccountDisabled):
        await account_of(world.node.desk, token)


async def test_what_was_granted_is_not_shown_by_accident(world: World) -> None:
    granted = await challenge(world.node.desk, "alice")
    assert granted.value not in repr(granted)
