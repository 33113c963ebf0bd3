"""The way of an account through all three nodes over real TLS, and what each of them refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.accounts.model import fingerprint
from common.crypto.signing import SigningKey
from common.errors import (
    AccountDisabled,
    AppError,
    BadInput,
    BadSignature,
    Conflict,
    Forbidden,
    LastAdministrator,
    NotApproved,
    NotFound,
    NotLoggedIn,
    RateLimited,
    TooLarge,
)
from tests.helpers.accounts import people
from tests.helpers.nodes.local import local_nodes
from tests.helpers.nodes.members import RNG, Member, open_members
from tests.helpers.nodes.notary import local_log
from tests.helpers.nodes.pair import Pair, make_pair

NODES = ("a", "b", "log")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def bob(pair: Pair) -> AsyncIterator[Member]:
    """Somebody nobody knows; all three nodes run."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(local_log(pair))
        await stack.enter_async_context(local_nodes(pair))
        [member] = await stack.enter_async_context(open_members(pair, "bob"))
        yield member


@pytest.fixture(params=("a", "log"))
def role(request: pytest.FixtureRequest) -> str:
    """A server node, and the log node; B is the same program as A."""
    return str(request.param)


def other(member: Member) -> Member:
    """The same name with other keys and no login, over the same connections."""
    return Member(member.pair, member.session, member.name)


def same(member: Member, **changes: Any) -> Member:
    """The same keys without a login."""
    return replace(member, tokens={}, **changes)


async def state_of(member: Member, role: str, name: str) -> dict[str, Any]:
    found = await member.administrate(role, "GET", f"/v1/users/{name}")
    return {key: found[key] for key in ("state", "role", "version", "verify_key", "organisation")}


async def test_person_comes_in_at_all_three_nodes(bob: Member) -> None:
    expected = fingerprint("bob", bob.signing.verify_key, bob.sealing.public)
    for node in NODES:
        assert (await bob.ask(node, "GET", "/v1/info"))["bootstrap"] is True
        assert await bob.register(node) == {"user": "bob", "state": "requested", "fingerprint": expected}
        info = await bob.ask(node, "GET", "/v1/info")
        assert (info["role"], info["bootstrap"], "bob" in str(info)) == (node, False, False)
        with pytest.raises(NotApproved):
            await bob.log_in(node)
        rows = (await bob.administrate(node, "GET", "/v1/users"))["users"]
        assert [(row["user"], row["state"], row["request"] is None) for row in rows] == [
            ("administrator", "active", True), ("bob", "requested", False)
        ]  # fmt: skip
        row = await bob.be_approved(node)
        assert (row["state"], row["version"], row["request"], row["fingerprint"]) == ("active", 1, None, expected)
        await bob.log_in(node)
        shown = await bob.ask(node, "GET", "/v1/users/bob")
        assert [device["key"] for device in shown["devices"]] == [bob.device.verify_key]
        assert shown["devices"][0]["last_login"] is not None and "registration" not in shown
        await bob.ask(node, "POST", "/v1/auth/logout", {})
        with pytest.raises(NotLoggedIn):
            await bob.ask(node, "GET", "/v1/users")


async def test_disabling_ends_a_login_at_once(bob: Member, role: str) -> None:
    await bob.join(role)
    await bob.ask(role, "GET", "/v1/users")
    await bob.be_approved(role, 2, state="disabled", reason="left the hospital")
    with pytest.raises(NotLoggedIn):
        await bob.ask(role, "GET", "/v1/users")
    with pytest.raises(AccountDisabled):
        await bob.log_in(role)
    with pytest.raises(NotLoggedIn):
        await same(bob, device=SigningKey.generate(RNG)).log_in(role)
    await bob.be_approved(role, 3)
    await bob.log_in(role)
    shown = await bob.ask(role, "GET", "/v1/users/bob")
    assert [document["body"]["state"] for document in shown["documents"]] == ["active", "disabled", "active"]
    assert shown["documents"][1]["body"]["reason"] == "left the hospital"


async def test_login_that_races_with_disabling_ends_with_no_token_that_works(bob: Member, role: str) -> None:
    await bob.join(role)
    attempts = [same(bob) for _ in range(4)]
    done = await asyncio.gather(
        *(attempt.log_in(role) for attempt in attempts),
        bob.be_approved(role, 2, state="disabled"),
        return_exceptions=True,
    )
    assert not isinstance(done[-1], BaseException)
    assert all(isinstance(found, AccountDisabled) for found in done[:-1] if found is not None)
    for attempt in attempts:
        with pytest.raises(NotLoggedIn):
            await attempt.ask(role, "GET", "/v1/users")


async def test_one_challenge_answered_many_times_at_once_gives_one_token(bob: Member, role: str) -> None:
    await bob.join(role)
    nonce = (await bob.ask(role, "POST", "/v1/auth/challenge", {"user": "bob"}))["nonce"]
    done = await asyncio.gather(*(bob.answer(role, nonce) for _ in range(6)), return_exceptions=True)
    refused = [found for found in done if isinstance(found, NotLoggedIn)]
    assert len(refused) == 5


async def test_one_code_used_many_times_at_once_lets_one_in(bob: Member, role: str) -> None:
    code = people.new_code()
    admin = bob.pair.administrator
    await bob.administrate(role, "POST", "/v1/invitations", {"document": people.invitation(admin.signing, "bob", code)})
    documents = [people.registration(other(bob), code) for _ in range(5)]
    done = await asyncio.gather(
        *(bob.ask(role, "POST", "/v1/users", {"document": document}) for document in documents), return_exceptions=True
    )
    assert len([found for found in done if isinstance(found, Forbidden)]) == 4


async def test_token_of_one_node_is_none_at_another(bob: Member) -> None:
    for node in NODES:
        await bob.join(node)
    for here in NODES:
        for there in NODES:
            if here != there:
                with pytest.raises(NotLoggedIn):
                    await bob.ask(there, "GET", "/v1/users", headers=bob.bearer(here))


async def test_devices_come_and_go_without_a_login(bob: Member, role: str) -> None:
    await bob.join(role)
    laptop = same(bob, device=SigningKey.generate(RNG))
    added = {"document": people.device(bob, laptop.device.verify_key)}
    found = await laptop.ask(role, "POST", "/v1/users/bob/devices", added)
    assert {device["name"]: device["state"] for device in found["devices"]} == {"desk": "active", "laptop": "active"}
    await laptop.log_in(role)
    revoked = {"document": people.device(bob, laptop.device.verify_key, "revoked")}
    await same(bob).ask(role, "POST", "/v1/users/bob/devices", revoked)
    with pytest.raises(NotLoggedIn):
        await laptop.ask(role, "GET", "/v1/users")
    with pytest.raises(NotLoggedIn):
        await laptop.log_in(role)
    await bob.ask(role, "GET", "/v1/users")
    with pytest.raises(Conflict):
        await bob.ask(role, "POST", "/v1/users/bob/devices", added)


async def test_logging_out_everywhere_ends_every_login_at_that_node(bob: Member, role: str) -> None:
    await bob.join(role)
    second = same(bob)
    await second.log_in(role)
    assert await bob.ask(role, "POST", "/v1/auth/logout-all", {}) == {"ended": 2}
    for member in (bob, second):
        with pytest.raises(NotLoggedIn):
            await member.ask(role, "GET", "/v1/users")


async def test_rotated_keys_are_the_ones_that_count(bob: Member, role: str) -> None:
    await bob.join(role)
    new = replace(other(bob), device=bob.device)
    document = people.rotation(bob.signing, new, 2)
    row = await bob.ask(role, "POST", "/v1/users/bob/rotate", {"document": document})
    assert (row["verify_key"], row["version"]) == (new.signing.verify_key, 2)
    with pytest.raises(NotLoggedIn):
        await bob.ask(role, "GET", "/v1/users")
    await new.log_in(role)
    repeated = await new.ask(role, "POST", "/v1/users/bob/rotate", {"document": document})
    assert repeated["version"] == 2
    with pytest.raises(Forbidden):
        changed = {"document": people.device(bob, SigningKey.generate(RNG).verify_key)}
        await bob.ask(role, "POST", "/v1/users/bob/devices", changed)


async def test_rotation_of_somebody_else_is_refused_unless_an_administrator_carries_it(bob: Member, role: str) -> None:
    await bob.join(role)
    carol = Member(bob.pair, bob.session, "carol")
    await carol.join(role)
    body = {"document": people.rotation(bob.signing, other(bob), 2)}
    with pytest.raises(Forbidden):
        await carol.ask(role, "POST", "/v1/users/bob/rotate", body)
    with pytest.raises(Forbidden):
        await carol.ask(role, "POST", "/v1/users/nobody/rotate", body)
    assert (await bob.administrate(role, "POST", "/v1/users/bob/rotate", body))["version"] == 2


async def test_lost_keys_come_back_by_a_new_invitation(bob: Member, role: str) -> None:
    await bob.join(role)
    new = other(bob)
    assert (await new.register(role))["state"] == "requested"
    await bob.ask(role, "GET", "/v1/users")
    assert (await state_of(bob, role, "bob"))["verify_key"] == bob.signing.verify_key
    with pytest.raises(NotLoggedIn):
        await new.log_in(role)
    await new.be_approved(role, 2)
    with pytest.raises(NotLoggedIn):
        await bob.log_in(role)
    await new.log_in(role)


async def test_last_administrator_stays(bob: Member, role: str) -> None:
    await bob.join(role)
    admin = bob.pair.administrator
    path = f"/v1/users/{admin.name}/account"
    for changes in ({"state": "disabled"}, {"role": "user"}):
        said: dict[str, Any] = {"role": "administrator", **changes}
        document = people.decision(admin.signing, admin, **said)
        with pytest.raises(LastAdministrator):
            await bob.administrate(role, "POST", path, {"document": document})
    await bob.be_approved(role, 2, role="administrator")
    await bob.log_in(role)
    document = people.decision(bob.signing, admin, role="user")
    assert (await bob.ask(role, "POST", path, {"document": document}))["role"] == "user"
    with pytest.raises(NotLoggedIn):
        await (await bob.administrator(role)).ask(role, "GET", "/v1/invitations")


async def test_invitations_can_be_looked_at_and_withdrawn(bob: Member, role: str) -> None:
    code = people.new_code()
    document = people.invitation(bob.pair.administrator.signing, "bob", code)
    row = await bob.administrate(role, "POST", "/v1/invitations", {"document": document})
    assert (row["user"], row["state"], row["document"]) == ("bob", "open", document)
    path = f"/v1/invitations/{row['code_hash']}/withdraw"
    assert (await bob.administrate(role, "POST", path, {}))["state"] == "withdrawn"
    [listed] = (await bob.administrate(role, "GET", "/v1/invitations"))["invitations"]
    assert listed["state"] == "withdrawn"
    with pytest.raises(Forbidden):
        await bob.ask(role, "POST", "/v1/users", {"document": people.registration(bob, code)})
    with pytest.raises(NotFound):
        await bob.administrate(role, "POST", f"/v1/invitations/{'ab' * 32}/withdraw", {})


ADMINISTRATORS_ONLY = [
    ("POST", "/v1/users/bob/account"),
    ("POST", "/v1/invitations"),
    ("GET", "/v1/invitations"),
    ("POST", f"/v1/invitations/{'ab' * 32}/withdraw"),
]


async def test_users_administrate_nothing(bob: Member, role: str) -> None:
    await bob.join(role)
    documents = {
        "/v1/users/bob/account": people.decision(bob.signing, bob, 2, role="administrator"),
        "/v1/invitations": people.invitation(bob.signing, "carol", people.new_code()),
    }
    for method, path in ADMINISTRATORS_ONLY:
        body = {"document": documents[path]} if path in documents else {}
        with pytest.raises(Forbidden):
            await bob.ask(role, method, path, None if method == "GET" else body)
        with pytest.raises(NotLoggedIn):
            await same(bob).ask(role, method, path, None if method == "GET" else body)
    assert (await state_of(bob, role, "bob"))["role"] == "user"


async def test_administrator_of_one_node_is_nobody_at_another(bob: Member) -> None:
    """Each node asks its own accounts, whatever the others think."""
    await bob.join("a", "b")
    await bob.be_approved("a", 2, role="administrator")
    document = people.invitation(bob.signing, "carol", people.new_code())
    await bob.log_in("a")
    await bob.ask("a", "POST", "/v1/invitations", {"document": document})
    with pytest.raises(Forbidden):
        await bob.ask("b", "POST", "/v1/invitations", {"document": document})
    with pytest.raises(Forbidden):
        await bob.administrate("b", "POST", "/v1/invitations", {"document": document})


async def test_node_that_lacks_an_account_takes_its_history_from_another(bob: Member, role: str) -> None:
    """B was away while an account was approved, rotated and changed."""
    there = "b"
    await bob.join(role)
    new = replace(other(bob), device=bob.device)
    rotated = {"document": people.rotation(bob.signing, new, 2)}
    await bob.ask(role, "POST", "/v1/users/bob/rotate", rotated)
    await new.be_approved(role, 3, organisation="Ward 2")
    history = (await bob.administrate(role, "GET", "/v1/users/bob"))["documents"]
    for document in history[1:]:
        with pytest.raises((Conflict, BadSignature)):
            await _carry(bob, there, document)
    for document in history:
        await _carry(bob, there, document)
    assert await state_of(bob, there, "bob") == await state_of(bob, role, "bob")
    await new.ask(there, "POST", "/v1/users/bob/devices", {"document": people.device(new, new.device.verify_key)})
    await new.log_in(there)


async def _carry(member: Member, there: str, document: dict[str, Any]) -> None:
    path = "account" if document["kind"] == "account" else "rotate"
    await member.administrate(there, "POST", f"/v1/users/{document['body']['user']}/{path}", {"document": document})


async def test_unknown_and_known_names_get_equal_answers(bob: Member, role: str) -> None:
    """Challenge, login, registration and devices: same status, same words, same fields."""
    await bob.join(role)
    carol = Member(bob.pair, bob.session, "carol")
    await carol.register(role)
    for name in ("login", "registration", "device"):
        told = set()
        for user in ("bob", "carol", "nobody", "administrator"):
            stranger = Member(bob.pair, bob.session, user)
            asked = await stranger.ask(role, "POST", "/v1/auth/challenge", {"user": user})
            assert set(asked) == {"nonce", "expires"} and len(asked["nonce"]) == 64
            told.add(await _refusal(stranger, role, name, asked["nonce"]))
        assert len(told) == 1, told


async def _refusal(stranger: Member, role: str, name: str, nonce: str) -> str:
    documents = {
        "registration": ("/v1/users", people.registration(stranger, people.new_code())),
        "device": (f"/v1/users/{stranger.name}/devices", people.device(stranger, stranger.device.verify_key)),
    }
    with pytest.raises(AppError) as refused:
        if name == "login":
            await stranger.answer(role, nonce)
        else:
            path, document = documents[name]
            await stranger.ask(role, "POST", path, {"document": document})
    return f"{refused.value.status} {refused.value.as_dict()}"


async def test_bodies_of_another_form_are_refused(bob: Member, role: str) -> None:
    await bob.join(role)
    good = people.device(bob, "ab" * 32)
    wrong: list[dict[str, Any]] = [{}, {"document": {}}, {"document": good, "more": 1}]
    for body in (*wrong, {"document": {**good, "kind": "consent"}}):
        with pytest.raises(BadInput):
            await bob.ask(role, "POST", "/v1/users/bob/devices", body)
    with pytest.raises(BadInput, match="another user"):
        await bob.ask(role, "POST", "/v1/users/carol/devices", {"document": good})
    with pytest.raises(TooLarge):
        await bob.ask(role, "POST", "/v1/users", data=b" " * 70_000)
    for raw in (b"", b"{", b'{"user":"a","user":"b"}', b"[" * 9999):
        with pytest.raises(BadInput):
            await bob.ask(role, "POST", "/v1/auth/challenge", data=raw)
    for path in ("/v1/users/BOB", "/v1/invitations/12/withdraw"):
        with pytest.raises(NotFound):
            await bob.ask(role, "GET" if "users" in path else "POST", path)


async def test_attempts_are_counted_for_an_account_from_an_address(bob: Member, role: str) -> None:
    with pytest.raises(RateLimited):
        for _ in range(61):
            await bob.ask(role, "POST", "/v1/auth/challenge", {"user": "bob"})


async def test_no_code_no_token_and_no_nonce_is_kept_in_clear(bob: Member, role: str) -> None:
    await bob.join(role)
    secrets = [bob.tokens[role], bob.pair.administrator_tokens[role]]
    for path in bob.pair.folder(role).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in content], path
    assert not (bob.pair.folder(role) / "bootstrap.hash").exists()


async def test_accounts_outlive_the_nodes(pair: Pair) -> None:
    async with local_log(pair), local_nodes(pair, "a"), open_members(pair, "bob") as [bob]:
        await bob.join("a", "log")
    async with local_log(pair), local_nodes(pair, "a"), open_members(pair, "bob") as [later]:
        again = replace(later, signing=bob.signing, sealing=bob.sealing, device=bob.device, tokens=dict(bob.tokens))
        for node in ("a", "log"):
            assert (await again.ask(node, "GET", "/v1/users/bob"))["version"] == 1
            await again.log_in(node)
