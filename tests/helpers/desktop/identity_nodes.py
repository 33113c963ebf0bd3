"""Fake nodes that keep accounts by the real rules, in memory: what the identity side of the client talks to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from nacl import pwhash

from common.accounts import devices, history, invitations, logins, registration, shown
from common.accounts.forms import to_text
from common.accounts.model import Account
from common.accounts.store import Desk
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.errors import AppError, Forbidden, NotFound
from desktop_client.keystore import Cost, UserKeys
from desktop_client.settings import Profile
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.identity import users
from desktop_client.upload.identity.account import Person, login, prepare_profile, register
from tests.helpers.accounts.memory import Node, make_node
from tests.helpers.desktop.fake_nodes import ROLES, FakeNode, fake_deployment

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
PASSWORD = "correct horse battery"
CLINIC = "City Clinic"
RNG = SystemRandom()
Answer = dict[str, Any]


class AccountNode:
    """The routes of identity-v1 on memory; ``lies`` changes answers on their way out, ``is_away`` hangs up."""

    def __init__(self, role: str, node: Node) -> None:
        self.role, self.node = role, node
        self.is_away = False
        self.lies: Callable[[str, Answer], Answer] = lambda path, answer: answer
        self.asked: list[tuple[str, str]] = []

    @property
    def desk(self) -> Desk:
        return self.node.desk

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as a node does."""
        self.asked.append((request.method, request.path))
        if self.is_away:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        try:
            found = await self._dispatch(request)
        except AppError as error:
            return web.json_response({"error": error.as_dict()}, status=error.status)
        return web.json_response(self.lies(request.path, found))

    async def _dispatch(self, request: web.Request) -> Answer:
        parts = request.path.split("/")[2:]
        body = await request.json() if request.can_read_body else {}
        open_routes: dict[tuple[str, str], Callable[[Answer], Awaitable[Answer]]] = {
            ("GET", "info"): self._info,
            ("POST", "users"): self._register,
            ("POST", "auth/challenge"): self._challenge,
            ("POST", "auth/login"): self._login,
        }
        found = open_routes.get((request.method, "/".join(parts)))
        if found is not None:
            return await found(body)
        if request.method == "POST" and parts[0] == "users" and parts[2:] == ["devices"]:
            rows = await devices.change_device(self.desk, body["document"])
            return {"user": parts[1], "devices": [shown.device_row(row) for row in rows]}
        token = request.headers.get("Authorization", " ").partition(" ")[2]
        account = await logins.account_of(self.desk, token)
        if parts[0] == "auth":
            if parts[1] == "logout-all":
                return {"ended": await logins.log_out_everywhere(self.desk, account)}
            await logins.log_out(self.desk, token)
            return {}
        return await self._for_users(request.method, parts, body, account)

    async def _for_users(self, method: str, parts: list[str], body: Answer, account: Account) -> Answer:
        if parts[0] == "users" and len(parts) == 1:
            return {"users": await shown.list_users(self.desk, account)}
        if parts[0] == "users" and len(parts) == 2:
            return await shown.show_user(self.desk, parts[1], account)
        if parts[2:] == ["rotate"] and (account.is_administrator or account.name == parts[1]):
            return await shown.row_of(self.desk, await history.rotate(self.desk, body["document"]))
        if not account.is_administrator:
            raise Forbidden("This is for administrators.")
        if parts[2:] == ["account"]:
            return await shown.row_of(self.desk, await history.apply_account(self.desk, body["document"]))
        if parts == ["invitations"] and method == "POST":
            return shown.invitation_row(await invitations.invite(self.desk, body["document"]), self.desk.now)
        if parts == ["invitations"]:
            return {"invitations": await shown.list_invitations(self.desk)}
        if parts[2:] == ["withdraw"]:
            return shown.invitation_row(await invitations.withdraw(self.desk, parts[1], account), self.desk.now)
        raise NotFound("The fake node has no such address.")

    async def _info(self, body: Answer) -> Answer:
        return {"name": f"node-{self.role}", "role": self.role, "time": to_text(self.desk.now)}

    async def _register(self, body: Answer) -> Answer:
        return shown.registered(await registration.register(self.desk, body["document"]))

    async def _challenge(self, body: Answer) -> Answer:
        granted = await logins.challenge(self.desk, body["user"])
        return {"nonce": granted.value, "expires": to_text(granted.expires)}

    async def _login(self, body: Answer) -> Answer:
        answer = body["user"], body["device"], body["nonce"], bytes.fromhex(body["signature"])
        granted = await logins.log_in(self.desk, *answer)
        return {"token": granted.value, "expires": to_text(granted.expires)}


@dataclass
class Somebody:
    """A person with a profile; ``keys`` are those opened last."""

    profile: Profile
    keys: UserKeys
    nodes: Nodes


@dataclass
class Clinic:
    """Three nodes whose first administrator is alice, and everybody who came since."""

    folder: Path
    deployment: Deployment
    at: dict[str, AccountNode]
    people: dict[str, Somebody] = field(default_factory=dict)

    @asynccontextmanager
    async def person(self, name: str, *, profile: str = "", organisation: str = CLINIC) -> AsyncIterator[Somebody]:
        """Somebody with keys in a profile of their own, whom no node knows yet."""
        place = Profile(self.folder / "people" / (profile or name))
        keys = prepare_profile(place, self.deployment, Person(name, organisation, "laptop"), PASSWORD, RNG, CHEAP)
        async with open_nodes(place) as nodes:
            yield Somebody(place, keys, nodes)

    async def log_in(self, who: Somebody) -> None:
        """Log in; nodes that refuse make it fail."""
        await login(who.nodes, who.profile, who.keys)

    async def invite(self, by: Somebody, name: str, role: str = "user") -> str:
        """The code of an invitation at all nodes that answer."""
        return (await users.invite(by.nodes, users.Guest(name, CLINIC, role), by.keys, RNG)).code

    async def introduce(self, by: Somebody, who: Somebody, role: str = "user") -> None:
        """Invite somebody and register; nobody approves yet."""
        code = await self.invite(by, who.profile.user().name, role)
        await register(who.nodes, who.profile.user(), who.keys, code)

    async def let_in(self, by: Somebody, who: Somebody, role: str = "user") -> None:
        """Invite, register, approve and log in."""
        await self.introduce(by, who, role)
        await users.approve(by.nodes, await users.pending(by.nodes, who.profile.user().name), by.keys)
        await self.log_in(who)


@asynccontextmanager
async def new_clinic(folder: Path) -> AsyncIterator[Clinic]:
    """Three nodes over TLS that wait for their first administrator."""
    async with fake_deployment(folder) as (deployment, fakes):
        yield Clinic(folder, deployment, {role: _account_node(folder, fakes[role]) for role in ROLES})


@asynccontextmanager
async def open_clinic(folder: Path) -> AsyncIterator[tuple[Clinic, Somebody]]:
    """Three nodes over TLS, and alice, who is logged in as their administrator."""
    async with new_clinic(folder) as clinic:
        tokens = {role: clinic.at[role].desk.bootstrap.renew(RNG) for role in ROLES}
        async with clinic.person("alice") as alice:
            states = (await register(alice.nodes, alice.profile.user(), alice.keys, tokens)).complete("", "")
            assert set(states.values()) == {"active"}
            await clinic.log_in(alice)
            yield clinic, alice


def _account_node(folder: Path, fake: FakeNode) -> AccountNode:
    role = fake.identity.role
    (folder / f"accounts-{role}").mkdir()
    node = make_node(folder / f"accounts-{role}")
    found = AccountNode(role, replace(node, desk=replace(node.desk, verify_key=fake.identity.signing.verify_key)))
    fake.everything = found.answer
    return found
