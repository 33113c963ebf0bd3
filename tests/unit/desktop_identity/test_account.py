"""Registration and login at three nodes: whole, cut off, refused, with a node away; each reason has its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import (
    AccountDisabled,
    BadInput,
    Conflict,
    DeviceUnknown,
    Forbidden,
    NodeBehind,
    NodeUnreachable,
    NotApproved,
    NotLoggedIn,
    UsageError,
    WrongPassword,
)
from desktop_client.keystore import open_keys
from desktop_client.upload.identity import users
from desktop_client.upload.identity.account import (
    Person,
    device_name,
    login,
    logout,
    parse_tokens,
    prepare_profile,
    register,
    set_aside,
)
from tests.helpers.desktop.identity_nodes import CHEAP, CLINIC, PASSWORD, RNG, open_clinic


async def test_first_administrator_is_in_at_once_at_all_nodes(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        found = await login(alice.nodes, alice.profile, alice.keys)
        assert (found.introduced, found.account.status()) == ((), "in step")
        assert (found.account.newest.role, found.account.newest.state) == ("administrator", "active")
        assert set(alice.profile.tokens()) == {"a", "b", "log"} and len(set(alice.profile.tokens().values())) == 3
        assert not any(node.desk.bootstrap.exists for node in clinic.at.values())


async def test_invited_person_waits_for_approval(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        code = await clinic.invite(alice, "bob")
        for _ in range(2):
            states = await register(bob.nodes, bob.profile.user(), bob.keys, code)
            assert states.complete("", "") == {"a": "requested", "b": "requested", "log": "requested"}
        with pytest.raises(NotApproved):
            await clinic.log_in(bob)
        await users.approve(alice.nodes, await users.pending(alice.nodes, "bob"), alice.keys)
        await clinic.log_in(bob)
        assert (await register(bob.nodes, bob.profile.user(), bob.keys, code)).found["a"] == "active"


async def test_registration_that_missed_a_node_is_completed_by_doing_it_again(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        code = await clinic.invite(alice, "bob")
        clinic.at["b"].is_away = True
        outcomes = await register(bob.nodes, bob.profile.user(), bob.keys, code)
        with pytest.raises(NodeUnreachable, match="Server B: .* Known at server A and the log node. Again.") as found:
            outcomes.complete("Known at", "Again.")
        assert found.value.details["node"] == "b"
        clinic.at["b"].is_away = False
        outcomes = await register(bob.nodes, bob.profile.user(), bob.keys, code)
        assert outcomes.complete("", "") == {"a": "requested", "b": "requested", "log": "requested"}


async def test_registration_without_a_valid_code_is_refused_everywhere(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        code = await clinic.invite(alice, "carol")
        for wrong in (code, "x" * 20):
            outcomes = await register(bob.nodes, bob.profile.user(), bob.keys, wrong)
            assert {type(error) for error in outcomes.failed.values()} == {Forbidden} and not outcomes.found
        outcomes = await register(bob.nodes, bob.profile.user(), bob.keys, "short")
        with pytest.raises(BadInput, match="code"):
            outcomes.complete("", "")


async def test_login_that_no_node_knows_is_named(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, _), clinic.person("bob") as bob:
        with pytest.raises(DeviceUnknown, match="bob"):
            await clinic.log_in(bob)
        assert bob.profile.tokens() == {}


async def test_login_of_a_disabled_account_says_so(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        (await users.change(alice.nodes, "bob", alice.keys, state="disabled")).complete("", "")
        with pytest.raises(AccountDisabled):
            await clinic.log_in(bob)


async def test_login_with_a_node_away_keeps_the_others(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        alice.profile.forget_tokens()
        clinic.at["log"].is_away = True
        with pytest.raises(NodeUnreachable, match="The log node: .* You are logged in at server A and server B"):
            await clinic.log_in(alice)
        assert set(alice.profile.tokens()) == {"a", "b"}


async def test_login_introduces_the_device_where_it_was_missed(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        clinic.at["log"].is_away = True
        code = await clinic.invite(alice, "bob")
        await register(bob.nodes, bob.profile.user(), bob.keys, code)
        clinic.at["log"].is_away = False
        await users.approve(alice.nodes, await users.pending(alice.nodes, "bob"), alice.keys)
        found = await login(bob.nodes, bob.profile, bob.keys)
        assert (found.introduced, found.account.status()) == (("log",), "in step")
        assert (await login(bob.nodes, bob.profile, bob.keys)).introduced == ()


async def test_login_at_a_node_that_does_not_know_the_account_says_who_can_mend_it(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob)
        waiting = await users.pending(alice.nodes, "bob")
        clinic.at["b"].node.storage.tables.accounts.pop("bob")
        clinic.at["b"].node.storage.tables.registrations.pop("bob")
        clinic.at["b"].is_away = True
        await users.approve(alice.nodes, waiting, alice.keys)
        clinic.at["b"].is_away = False
        with pytest.raises(NodeBehind, match="Server B: .* logged in at server A and the log node"):
            await clinic.log_in(bob)


async def test_logout_ends_the_logins_of_this_device_or_of_all(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        before = alice.profile.tokens()
        await clinic.log_in(alice)
        await logout(alice.nodes, alice.profile)
        assert alice.profile.tokens() == {}
        alice.nodes.a.transport.use_token(before["a"])
        assert [one["user"] for one in await alice.nodes.a.users()] == ["alice"], "the other login stays"
        await clinic.log_in(alice)
        await logout(alice.nodes, alice.profile, everywhere=True)
        alice.nodes.a.transport.use_token(before["a"])
        with pytest.raises(NotLoggedIn):
            await alice.nodes.a.users()


async def test_logout_with_a_node_away_forgets_the_tokens_all_the_same(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        clinic.at["a"].is_away = True
        with pytest.raises(NodeUnreachable, match="ends by itself"):
            await logout(alice.nodes, alice.profile)
        assert alice.profile.tokens() == {}


async def test_prepare_profile_again_keeps_the_keys_and_checks_who_it_is(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        person = Person("alice", CLINIC)
        again = prepare_profile(alice.profile, clinic.deployment, person, PASSWORD, RNG, CHEAP)
        assert again.login.to_bytes() == alice.keys.login.to_bytes()
        assert alice.profile.user().device == "laptop", "the name of the device stays"
        with pytest.raises(WrongPassword):
            prepare_profile(alice.profile, clinic.deployment, person, "another password", RNG, CHEAP)
        with pytest.raises(Conflict, match="belongs to alice"):
            prepare_profile(alice.profile, clinic.deployment, Person("bob", CLINIC), PASSWORD, RNG, CHEAP)
        for wrong in (Person("Bob!", CLINIC), Person("bob", " x"), Person("bob", CLINIC, "\x1b[2J")):
            with pytest.raises(BadInput):
                prepare_profile(alice.profile, clinic.deployment, wrong, PASSWORD, RNG, CHEAP)


async def test_lost_keys_are_set_aside_and_replaced_after_a_new_invitation(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        beside = set_aside(bob.profile)
        assert beside is not None and bob.profile.tokens() == {} and set_aside(bob.profile) is None
        person = Person("bob", CLINIC)
        fresh = prepare_profile(bob.profile, clinic.deployment, person, "a new password", RNG, CHEAP)
        code = await clinic.invite(alice, "bob")
        states = await register(bob.nodes, bob.profile.user(), fresh, code)
        assert set(states.complete("", "").values()) == {"requested"}
        await clinic.log_in(bob)
        waiting = await users.pending(alice.nodes, "bob")
        assert waiting.is_replacement and waiting.row.keys == (fresh.signing.verify_key, fresh.sealing.public)
        (await users.approve(alice.nodes, waiting, alice.keys)).complete("", "")
        await login(bob.nodes, bob.profile, fresh)
        with pytest.raises(DeviceUnknown):
            await clinic.log_in(bob)
        assert open_keys(beside, PASSWORD).sealing.public == bob.keys.sealing.public


@pytest.mark.parametrize("given", [["a"], ["a="], ["x=1"], ["a=1", "a=2"], ["=1"]])
def test_bootstrap_tokens_of_another_form_are_refused(given: list[str]) -> None:
    with pytest.raises(UsageError, match="--bootstrap"):
        parse_tokens(given)


def test_bootstrap_tokens_by_node() -> None:
    assert parse_tokens(["a=ONE", " log=TH=REE "]) == {"a": "ONE", "log": "TH=REE"}


def test_device_name_is_one_a_node_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, expected in (("Zo\u00eb's Mac", "ZosMac"), ("", "this-device"), ("x" * 200, "x" * 64)):
        monkeypatch.setattr("platform.node", lambda found=found: found)
        assert device_name() == expected
