"""Nodes in step: who is behind is named, signed documents are carried over, and contradictions stop everything."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from common.documents import sign_document
from common.errors import Conflict, KeysDiffer, NodeBehind, NodeUnreachable, NotFound
from desktop_client.upload.identity import users
from desktop_client.upload.identity.repair import carry
from desktop_client.upload.identity.survey import details, survey
from tests.helpers.desktop.identity_nodes import AccountNode, open_clinic


async def test_survey_names_a_node_that_is_away_and_one_that_is_behind(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        assert (await survey(alice.nodes)).unsettled == []
        clinic.at["log"].is_away = True
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        found = await survey(alice.nodes)
        assert {role: type(error) for role, error in found.failed.items()} == {"log": NodeUnreachable}
        assert found.unsettled == []
        clinic.at["log"].is_away = False
        found = await survey(alice.nodes)
        assert [(one.user, one.behind, one.status()) for one in found.unsettled] == [
            ("bob", ("log",), "the log node is behind")
        ]
        with pytest.raises(NodeBehind, match="The log node is behind about bob"):
            found.accounts["bob"].require_step()
        for node in clinic.at.values():
            node.is_away = True
        with pytest.raises(NodeUnreachable):
            await survey(alice.nodes)


async def test_missing_documents_are_carried_in_order_over_all_accounts(tmp_path: Path) -> None:
    """B missed that bob became an administrator and what bob decided then; only in this order does it accept both."""
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob, clinic.person("carol") as carol:
        await clinic.let_in(alice, bob)
        await clinic.let_in(alice, carol)
        clinic.at["b"].is_away = True
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        bob.nodes.a.relogin = bob.nodes.log.relogin = lambda node: _renew(clinic, bob)
        await users.change(bob.nodes, "carol", bob.keys, state="disabled")
        clinic.at["b"].is_away = False
        done = await carry(alice.nodes, alice.keys, ["carol", "bob"])
        assert [(one.node, one.user, one.version, one.is_signed_anew) for one in done.carried] in (
            [("b", "bob", 2, False), ("b", "carol", 2, False)],
            [("b", "carol", 2, True), ("b", "bob", 2, False)],
        )
        assert (done.stuck, done.failed) == ([], {})
        assert (await survey(alice.nodes)).unsettled == []
        assert (await carry(alice.nodes, alice.keys, ["carol", "bob"])).carried == []


async def _renew(clinic: Any, who: Any) -> None:
    try:
        await clinic.log_in(who)
    except NodeUnreachable:
        pass


async def test_account_that_a_node_does_not_know_is_carried_whole(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.introduce(alice, bob)
        waiting = await users.pending(alice.nodes, "bob")
        tables = clinic.at["log"].node.storage.tables
        del tables.accounts["bob"]
        del tables.registrations["bob"]
        clinic.at["log"].is_away = True
        await users.approve(alice.nodes, waiting, alice.keys)
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        clinic.at["log"].is_away = False
        assert (await survey(alice.nodes)).accounts["bob"].lacking == ("log",)
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert [(one.node, one.version) for one in done.carried] == [("log", 1), ("log", 2)]
        await clinic.log_in(bob)


async def test_document_whose_signer_is_no_administrator_any_more_is_signed_anew(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob, clinic.person("carol") as carol:
        await clinic.let_in(alice, bob, role="administrator")
        await clinic.let_in(alice, carol)
        clinic.at["a"].is_away = True
        await users.change(bob.nodes, "carol", bob.keys, state="disabled")
        clinic.at["a"].is_away = False
        await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        done = await carry(alice.nodes, alice.keys, ["carol"])
        assert [(one.node, one.version, one.is_signed_anew) for one in done.carried] == [("a", 2, True)]
        assert (await survey(alice.nodes)).unsettled == []


async def test_what_one_node_alone_holds_is_never_signed_anew(tmp_path: Path) -> None:
    """The operator of the log node makes up that bob is an administrator, with keys of the operator's own."""
    async with (
        open_clinic(tmp_path) as (clinic, alice),
        clinic.person("bob") as bob,
        clinic.person("mallory") as mallory,
    ):
        await clinic.let_in(alice, bob)
        row = (await survey(alice.nodes)).accounts["bob"].newest
        mine = {"verify_key": mallory.keys.signing.verify_key, "seal_key": mallory.keys.sealing.public}
        facts = {"role": "administrator", "version": 2, **mine}
        about = {"user": "bob", "organisation": row.organisation, "state": "active", **facts}
        body = {**about, "time": "2026-01-31T12:00:00Z", "reason": ""}
        made_up = sign_document("account", body, mallory.keys.signing)

        def lie(path: str, answer: dict[str, Any]) -> dict[str, Any]:
            if answer.get("user") != "bob" or "documents" not in answer:
                return answer
            return {**answer, **facts, "documents": [*answer["documents"], made_up]}

        clinic.at["log"].lies = lie
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert done.carried == []
        assert ["the log node alone has this document" in one for one in done.stuck] == [True, True]
        with pytest.raises(NodeBehind):
            await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        for role in ("a", "b"):
            account = clinic.at[role].node.storage.tables.accounts["bob"]
            assert (account.version, account.verify_key) == (1, bob.keys.signing.verify_key)


async def test_documents_that_differ_are_not_carried_at_all(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["b"].is_away = True
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        clinic.at["b"].is_away = False
        stored = clinic.at["log"].node.storage.tables.documents["bob"]
        stored[2] = sign_document("account", {**stored[2]["body"], "reason": "another"}, alice.keys.signing)
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert (done.carried, done.stuck) == ([], ["The nodes hold different documents of bob as version 2."])


async def test_request_that_a_node_missed_is_not_carried_but_explained(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        clinic.at["b"].is_away = True
        await clinic.introduce(alice, bob)
        clinic.at["b"].is_away = False
        assert (await survey(alice.nodes)).accounts["bob"].status() == "not known to server B"
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert done.carried == [] and "approving it mends that" in done.stuck[0]


def _lie(node: AccountNode, **facts: Any) -> None:
    def lie(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer = copy.deepcopy(answer)
        for row in answer.get("users", [answer]):
            if row.get("user") == "bob":
                row |= facts
        return answer

    node.lies = lie


async def test_nodes_that_contradict_each_other_stop_everything(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        _lie(clinic.at["b"], verify_key="11" * 32)
        found = (await survey(alice.nodes)).accounts["bob"]
        assert isinstance(found.contradiction, KeysDiffer) and found.status() == "contradiction"
        assert "server B" in str(found.contradiction)
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert done.carried == [] and "different keys" in done.stuck[0]
        with pytest.raises(KeysDiffer):
            await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        _lie(clinic.at["b"], role="administrator")
        with pytest.raises(Conflict, match="contradict"):
            (await survey(alice.nodes)).accounts["bob"].require_step()


async def test_documents_that_no_node_shows_are_named(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["b"].is_away = True
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        clinic.at["b"].is_away = False
        for role in ("a", "log"):
            clinic.at[role].node.storage.tables.documents["bob"].pop(2)
        done = await carry(alice.nodes, alice.keys, ["bob"])
        assert done.carried == [] and "Server B lacks documents of bob that no node shows" in done.stuck[0]


async def test_details_of_nobody_are_not_found(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        with pytest.raises(NotFound, match="nobody"):
            await details(alice.nodes, "nobody")
