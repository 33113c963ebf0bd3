"""Administrators: invitations, fingerprints compared over all nodes, approval, roles, disabling; a liar is noticed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from common.accounts.model import fingerprint
from common.errors import (
    BadFrame,
    BadInput,
    Conflict,
    Forbidden,
    KeysDiffer,
    LastAdministrator,
    NodeUnreachable,
    NotFound,
    UsageError,
)
from desktop_client.upload.identity import users
from desktop_client.upload.identity.account import register
from desktop_client.upload.identity.survey import survey
from tests.helpers.desktop.identity_nodes import CLINIC, RNG, AccountNode, open_clinic


async def test_invitation_reaches_all_nodes_and_its_code_none(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        found = await users.invite(alice.nodes, users.Guest("bob", CLINIC), alice.keys, RNG)
        assert set(found.outcomes.complete("", "")) == {"a", "b", "log"}
        listed = await users.invitations(alice.nodes)
        assert [(one.user, one.organisation, one.role, one.status) for one in listed] == [
            ("bob", CLINIC, "user", "open")
        ]
        assert set(listed[0].states) == {"a", "b", "log"} and len(found.code) == 32
        assert found.code not in repr(found)
        for node in clinic.at.values():
            assert found.code not in repr(node.node.storage.tables)


async def test_invitation_can_be_withdrawn(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        code = await clinic.invite(alice, "bob")
        assert (await users.withdraw_invitation(alice.nodes, "bob")).found == {"a": 1, "b": 1, "log": 1}
        assert [one.status for one in await users.invitations(alice.nodes)] == ["withdrawn"]
        outcomes = await register(bob.nodes, bob.profile.user(), bob.keys, code)
        assert {type(error) for error in outcomes.failed.values()} == {Forbidden}
        with pytest.raises(NotFound, match="bob"):
            await users.withdraw_invitation(alice.nodes, "bob")


@pytest.mark.parametrize(
    "guest",
    [users.Guest("Bob", CLINIC), users.Guest("bob", ""), users.Guest("bob", CLINIC, "owner"),
     users.Guest("bob", CLINIC, "user", 91), users.Guest("bob", CLINIC, "user", 0)],
)  # fmt: skip
async def test_invitation_of_another_form_is_not_sent(tmp_path: Path, guest: users.Guest) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        with pytest.raises(BadInput):
            await users.invite(alice.nodes, guest, alice.keys, RNG)
        assert [one for one in clinic.at["a"].asked if "invitations" in one[1]] == []


async def test_guest_who_exists_keeps_organisation_and_role(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        assert await users.guest(alice.nodes, "alice", None, "user", 3) == users.Guest(
            "alice", CLINIC, "administrator", 3
        )
        with pytest.raises(UsageError, match="belongs to"):
            await users.guest(alice.nodes, "alice", "Elsewhere", "user", 3)
        with pytest.raises(UsageError, match="--organisation"):
            await users.guest(alice.nodes, "bob", None, "user", 3)


async def test_approval_shows_the_fingerprint_the_person_sees(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob, role="administrator")
        found = await users.pending(alice.nodes, "bob")
        mark = fingerprint("bob", bob.keys.signing.verify_key, bob.keys.sealing.public)
        assert (found.fingerprint, found.is_replacement, found.lacking) == (mark, False, ())
        users.require_fingerprint(found, mark.replace(" ", ""))
        users.require_fingerprint(found, mark.replace(" ", "-"))
        with pytest.raises(KeysDiffer):
            users.require_fingerprint(found, mark[:-1] + str((int(mark[-1]) + 1) % 10))
        rows = (await users.approve(alice.nodes, found, alice.keys, "seen in person")).complete("", "")
        assert {(row.state, row.role, row.version) for row in rows.values()} == {("active", "administrator", 1)}
        with pytest.raises(Conflict, match="no request"):
            await users.pending(alice.nodes, "bob")


def _exchange(node: AccountNode, name: str, **keys: str) -> None:
    """Let a node show other keys in the request of somebody."""

    def lie(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer = copy.deepcopy(answer)
        if path == f"/v1/users/{name}" and "request" in answer:
            answer |= keys
            answer["request"] |= keys
        return answer

    node.lies = lie


async def test_node_that_shows_other_keys_stops_the_approval(tmp_path: Path) -> None:
    """It even has a registration with those keys: somebody took the code on its way."""
    async with (
        open_clinic(tmp_path) as (clinic, alice),
        clinic.person("bob") as bob,
        clinic.person("bob", profile="mallory") as mallory,
    ):
        code = await clinic.invite(alice, "bob")
        everyone = bob.nodes.everyone
        stolen = await register(mallory.nodes, mallory.profile.user(), mallory.keys, {"b": code})
        assert set(stolen.found) == {"b"} and len(everyone) == 3
        await register(bob.nodes, bob.profile.user(), bob.keys, code)
        with pytest.raises(KeysDiffer, match="server A: .*server B: ") as found:
            await users.pending(alice.nodes, "bob")
        for keys in (bob.keys, mallory.keys):
            assert fingerprint("bob", keys.signing.verify_key, keys.sealing.public) in str(found.value)


async def test_node_whose_request_does_not_fit_the_registration_is_noticed(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob)
        for node in clinic.at.values():
            _exchange(node, "bob", verify_key="11" * 32)
        with pytest.raises(BadFrame, match="does not fit"):
            await users.pending(alice.nodes, "bob")


async def test_approval_needs_all_three_nodes(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob)
        clinic.at["log"].is_away = True
        with pytest.raises(NodeUnreachable, match="All three nodes are compared"):
            await users.pending(alice.nodes, "bob")


async def test_node_that_missed_the_request_takes_the_account_from_the_approval(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        code = await clinic.invite(alice, "bob")
        await register(bob.nodes, bob.profile.user(), bob.keys, {"a": code, "b": code})
        found = await users.pending(alice.nodes, "bob")
        assert found.lacking == ("log",)
        assert set((await users.approve(alice.nodes, found, alice.keys)).complete("", "")) == {"a", "b", "log"}
        assert (await survey(alice.nodes)).accounts["bob"].status() == "in step"


async def test_disabled_and_enabled_again_and_another_role(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        for what in ({"state": "disabled"}, {"state": "active"}, {"role": "administrator"}, {"role": "user"}):
            rows = (await users.change(alice.nodes, "bob", alice.keys, "why", **what)).complete("", "")
            assert {vars(row)[name] for row in rows.values() for name in what} == set(what.values())
        assert (await survey(alice.nodes)).accounts["bob"].newest.version == 5
        with pytest.raises(Conflict, match="already"):
            await users.change(alice.nodes, "bob", alice.keys, role="user")
        with pytest.raises(NotFound):
            await users.change(alice.nodes, "carol", alice.keys, role="user")


async def test_disabling_with_a_node_away_works_at_the_others(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["b"].is_away = True
        outcomes = await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        with pytest.raises(NodeUnreachable, match="It is done at server A and the log node"):
            outcomes.complete("It is done at", "")
        clinic.at["b"].is_away = False
        assert (await survey(alice.nodes)).accounts["bob"].status() == "server B is behind"
        rows = (await users.change(alice.nodes, "bob", alice.keys, state="active")).complete("", "")
        assert {row.version for row in rows.values()} == {3}, "what B lacked was carried over first"


async def test_last_administrator_stays(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        for what in ({"state": "disabled"}, {"role": "user"}):
            outcomes = await users.change(alice.nodes, "alice", alice.keys, **what)
            assert {type(error) for error in outcomes.failed.values()} == {LastAdministrator}


async def test_request_is_turned_down_by_disabling(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob)
        with pytest.raises(Conflict, match="users approve"):
            await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        (await users.change(alice.nodes, "bob", alice.keys, state="disabled")).complete("", "")
        assert not (await survey(alice.nodes)).accounts["bob"].waits


async def test_ordinary_user_sees_accounts_and_changes_none(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob, clinic.person("carol") as carol:
        await clinic.let_in(alice, bob)
        await clinic.introduce(alice, carol)
        assert list((await survey(bob.nodes)).accounts) == ["alice", "bob"], "requests are for administrators"
        outcomes = await users.change(bob.nodes, "alice", bob.keys, state="disabled")
        assert {type(error) for error in outcomes.failed.values()} == {Forbidden}
        with pytest.raises(Forbidden):
            await users.invite(bob.nodes, users.Guest("dave", CLINIC), bob.keys, RNG)


async def test_first_administrator_whose_keys_one_node_exchanged_is_not_signed_for(tmp_path: Path) -> None:
    """No document tells the keys of a first administrator, so nothing but the other nodes shows the lie."""
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob, role="administrator")

        def lie(path: str, answer: dict[str, Any]) -> dict[str, Any]:
            return {**answer, "verify_key": "11" * 32} if path == "/v1/users/alice" else answer

        clinic.at["a"].lies = lie
        with pytest.raises(KeysDiffer, match="server A"):
            await users.change(bob.nodes, "alice", bob.keys, role="user")


async def test_account_that_one_node_alone_shows_is_not_signed_for(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["a"].is_away = clinic.at["b"].is_away = True
        with pytest.raises(NodeUnreachable, match="Two nodes must show the same account"):
            await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        clinic.at["a"].is_away = False
        assert set((await users.change(alice.nodes, "bob", alice.keys, state="disabled")).found) == {"a", "log"}


async def test_turning_a_request_down_does_not_let_its_keys_in_later(tmp_path: Path) -> None:
    """Somebody took the code; enabling the account would let the thief in without a look at the fingerprint."""
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob", profile="thief") as thief:
        await clinic.introduce(alice, thief)
        await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        with pytest.raises(Conflict, match="Nobody ever approved the keys of bob"):
            await users.change(alice.nodes, "bob", alice.keys, state="active")
        async with clinic.person("bob") as bob:
            await clinic.let_in(alice, bob)
            await users.change(alice.nodes, "bob", alice.keys, state="disabled")
            await users.change(alice.nodes, "bob", alice.keys, state="active")


async def test_first_administrator_can_be_disabled_and_enabled(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob, role="administrator")
        await users.change(bob.nodes, "alice", bob.keys, state="disabled")
        rows = (await users.change(bob.nodes, "alice", bob.keys, state="active")).complete("", "")
        assert {(row.state, row.version) for row in rows.values()} == {("active", 2)}
