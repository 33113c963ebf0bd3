"""Registration, login, tokens, certificates and the shape of every refusal, over real TLS."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import create_engine, update

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import (
    BadInput,
    Conflict,
    MethodNotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    TokenExpired,
    TooLarge,
    UnknownCertificate,
)
from common.net.tls import client_context
from server_node.api.throttle import Throttle
from server_node.storage.rows import Token
from tests.helpers.nodes.local import local_nodes
from tests.helpers.nodes.members import RNG, Member, open_members
from tests.helpers.nodes.pair import Pair, make_pair

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


@pytest.fixture
async def alice(pair: Pair) -> AsyncIterator[Member]:
    """A member who is not registered yet; only node A runs."""
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [member]:
        yield member


async def test_info_tells_who_the_node_is(alice: Member) -> None:
    found = await alice.ask("a", "GET", "/v1/info")
    node = alice.pair.deployment.node("a")
    assert (found["name"], found["role"], found["version"], found["bootstrap"]) == ("node-a", "a", "test", True)
    assert (found["verify_key"], found["seal_key"]) == (node.verify_key, node.seal_key)


async def test_description_of_the_deployment_is_shown_to_anybody_as_it_was_installed(alice: Member) -> None:
    assert await alice.ask("a", "GET", "/v1/deployment") == alice.pair.deployment.body


async def test_login_opens_what_is_closed_without(alice: Member) -> None:
    with pytest.raises(NotLoggedIn):
        await alice.ask("a", "GET", "/v1/users/alice")
    await alice.join("a")
    found = await alice.ask("a", "GET", "/v1/users/alice")
    assert (found["user"], found["state"], found["role"]) == ("alice", "active", "user")
    assert (found["verify_key"], found["seal_key"]) == (alice.signing.verify_key, alice.sealing.public)
    await alice.ask("a", "POST", "/v1/auth/logout")
    with pytest.raises(NotLoggedIn):
        await alice.ask("a", "GET", "/v1/users/alice")


async def test_answer_meant_for_the_other_node_is_refused(alice: Member) -> None:
    await alice.join("a")
    nonce = (await alice.ask("a", "POST", "/v1/auth/challenge", {"user": "alice"}))["nonce"]
    with pytest.raises(NotLoggedIn):
        await alice.answer("a", nonce, node=alice.pair.deployment.node("b").verify_key)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer 12", "Basic abc", f"Bearer {'ab' * 32}"])
async def test_tokens_nobody_gave_are_refused(alice: Member, header: str) -> None:
    with pytest.raises(NotLoggedIn):
        await alice.ask("a", "GET", "/v1/datasets", headers={"Authorization": header})


async def test_database_holds_no_token(alice: Member) -> None:
    await alice.join("a")
    for path in alice.pair.folder("a").glob("node.db*"):
        assert alice.tokens["a"].encode() not in path.read_bytes()


async def test_expired_token_says_so(pair: Pair) -> None:
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        await alice.join("a")
        _age_tokens(pair)
        with pytest.raises(TokenExpired) as refused:
            await alice.ask("a", "GET", "/v1/datasets")
        assert "imguard login" in refused.value.advice
        await alice.log_in("a")
        await alice.ask("a", "GET", "/v1/datasets")


def _age_tokens(pair: Pair) -> None:
    engine = create_engine(f"sqlite:///{pair.folder('a') / 'node.db'}")
    with engine.begin() as connection:
        connection.execute(update(Token).values(expires=1))
    engine.dispose()


async def test_too_many_logins_are_slowed_down(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, logins_per_minute=3)
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        for _ in range(3):
            await alice.ask("a", "POST", "/v1/auth/challenge", {"user": "alice"})
        with pytest.raises(RateLimited):
            await alice.ask("a", "POST", "/v1/auth/challenge", {"user": "alice"})


async def test_attempts_from_elsewhere_keep_nobody_out(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, logins_per_minute=8)
    connector = aiohttp.TCPConnector(ssl=client_context(pair.deployment.ca_pem), local_addr=("127.0.0.2", 0))
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        async with aiohttp.ClientSession(connector=connector) as elsewhere:
            stranger = Member(pair, elsewhere, "alice")
            for _ in range(8):
                await stranger.ask("a", "POST", "/v1/auth/challenge", {"user": "alice"})
            with pytest.raises(RateLimited):
                await stranger.ask("a", "POST", "/v1/auth/challenge", {"user": "alice"})
        await alice.join("a")


async def test_refused_logins_of_a_name_are_slowed_down_but_not_the_right_one(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.join("a")
    attempt = Throttle.attempt
    monkeypatch.setattr(Throttle, "attempt", lambda limit, *keys: attempt(limit, *_by_name(limit, keys)))
    wrong = replace(alice, device=SigningKey.generate(RNG))
    with pytest.raises(NotLoggedIn):
        await wrong.answer("a", "00" * 32)
    with pytest.raises(RateLimited):
        await wrong.answer("a", "00" * 32)
    await alice.log_in("a")


def _by_name(limit: Throttle, keys: tuple[str, ...]) -> list[str]:
    """One refusal a minute, and as many other attempts as one likes."""
    limit._per_minute = 1
    return [key for key in keys if key.startswith("refused ")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"user": 5},
        {"user": "alice", "more": 1},
        {"user": "Alice"},
        {"user": "../etc"},
        {"user": "a" * 65},
        {"user": None},
        {"user": 1.5},
    ],
)
async def test_bodies_of_another_form_are_refused(alice: Member, body: object) -> None:
    with pytest.raises(BadInput):
        await alice.ask("a", "POST", "/v1/auth/challenge", body)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"user":"a","user":"b"}', b"[" * 9999, b'{"user":NaN}'])
async def test_bytes_that_are_no_json_are_refused(alice: Member, raw: bytes) -> None:
    with pytest.raises(BadInput):
        await alice.ask("a", "POST", "/v1/auth/challenge", data=raw)


async def test_long_bodies_are_refused(alice: Member) -> None:
    with pytest.raises(TooLarge):
        await alice.ask("a", "POST", "/v1/auth/challenge", data=b" " * 70_000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 20_000

    with pytest.raises(TooLarge):
        await alice.ask("a", "POST", "/v1/auth/challenge", data=endless())


async def test_unknown_addresses_and_methods_are_named_errors(alice: Member) -> None:
    with pytest.raises(NotFound):
        await alice.ask("a", "GET", "/v1/nothing")
    with pytest.raises(MethodNotAllowed):
        await alice.ask("a", "DELETE", "/v1/info")


async def test_node_of_another_deployment_is_not_talked_to(alice: Member, tmp_path: Path) -> None:
    other = make_pair(tmp_path / "other")
    context = client_context(other.deployment.ca_pem)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{alice.pair.url('a')}/v1/info")


async def test_certificate_of_another_authority_is_refused(alice: Member, tmp_path: Path) -> None:
    other = make_pair(tmp_path / "other")
    folder = other.folder("b")
    context = client_context(alice.pair.deployment.ca_pem, folder / "tls.pem", folder / "keys" / "tls.key")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            async with session.get(f"{alice.pair.url('a')}/v1/info") as answer:
                await answer.read()


PEER_ROUTES = [
    ("POST", f"/v1/peer/datasets/{'ab' * 32}"),
    ("POST", "/v1/peer/jobs"),
    ("POST", f"/v1/peer/jobs/{'ab' * 16}/start"),
    ("POST", f"/v1/peer/jobs/{'ab' * 16}/cancel"),
    ("GET", f"/v1/peer/jobs/{'ab' * 16}"),
]


@pytest.mark.parametrize(("method", "path"), PEER_ROUTES)
async def test_peer_routes_need_the_other_servers_certificate(alice: Member, method: str, path: str) -> None:
    await alice.join("a")
    with pytest.raises(UnknownCertificate):
        await alice.ask("a", method, path, {})
    for role in ("a", "log"):
        folder = alice.pair.folder(role)
        context = client_context(alice.pair.deployment.ca_pem, folder / "tls.pem", folder / "keys" / "tls.key")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            with pytest.raises(UnknownCertificate):
                await replace(alice, session=session).ask("a", method, path, {})


async def test_other_server_is_let_in_but_not_believed(pair: Pair) -> None:
    folder = pair.folder("b")
    context = client_context(pair.deployment.ca_pem, folder / "tls.pem", folder / "keys" / "tls.key")
    async with local_nodes(pair, "a"), open_members(pair, "alice") as [alice]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            node_b = replace(alice, session=session)
            answer = await node_b.ask(
                "a", "POST", f"/v1/peer/datasets/{'ab' * 32}", {"manifest_hash": "cd" * 32, "state": "usable"}
            )
            assert answer == {"manifest_hash": "", "state": "absent"}
            start = sign_document("job-start", {"project_hash": "ab" * 32, "nonce": "00" * 16}, alice.signing)
            with pytest.raises(Conflict):
                await node_b.ask("a", "POST", "/v1/peer/jobs", {"document": start, "job": "ab" * 16, "controls": []})
            with pytest.raises(NotFound):
                await node_b.ask("a", "GET", f"/v1/peer/jobs/{'ab' * 16}")
