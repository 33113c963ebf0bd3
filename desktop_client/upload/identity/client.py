"""What all three nodes answer alike: accounts, invitations, devices, logins (identity-v1), as typed calls."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from common.deployment import NodeEntry
from common.errors import BadInput, NotLoggedIn, TokenExpired
from desktop_client.upload import answers
from desktop_client.upload.transport import Call, Transport

Document = dict[str, Any]
_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_T = TypeVar("_T")


class IdentityClient:
    """One node as a user sees it. Every call may raise what :class:`Transport` raises."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.relogin: Callable[[IdentityClient], Awaitable[None]] | None = None

    @property
    def node(self) -> NodeEntry:
        return self.transport.node

    async def info(self) -> dict[str, Any]:
        return await self.transport.json("GET", "/v1/info", Call(login=False))

    async def register(self, document: Document) -> str:
        """Introduce a user; the state of the account."""
        call = Call(json={"document": document}, login=False)
        return answers.text(await self.transport.json("POST", "/v1/users", call), "state")

    async def challenge(self, user: str) -> str:
        """A nonce to sign for a login."""
        call = Call(json={"user": user}, login=False)
        return answers.text(await self.transport.json("POST", "/v1/auth/challenge", call), "nonce")

    async def login(self, statement: dict[str, str], signature: bytes) -> str:
        """The token of a new login; it is used from now on."""
        sent = {name: statement[name] for name in ("user", "device", "nonce")}
        call = Call(json={**sent, "signature": signature.hex()}, login=False)
        token = answers.text(await self.transport.json("POST", "/v1/auth/login", call), "token")
        self.transport.use_token(token)
        return token

    async def logout(self) -> None:
        await self.transport.json("POST", "/v1/auth/logout", Call(json={}))

    async def logout_all(self) -> int:
        """End every login of the user at this node; how many there were."""
        return answers.number(await self._json("POST", "/v1/auth/logout-all", Call(json={})), "ended")

    async def users(self) -> list[dict[str, Any]]:
        return answers.items(await self._json("GET", "/v1/users"), "users")

    async def user(self, name: str) -> dict[str, Any]:
        return await self._json("GET", f"/v1/users/{part(name)}")

    async def change_account(self, name: str, document: Document) -> dict[str, Any]:
        return await self._json("POST", f"/v1/users/{part(name)}/account", Call(json={"document": document}))

    async def rotate(self, name: str, document: Document) -> dict[str, Any]:
        return await self._json("POST", f"/v1/users/{part(name)}/rotate", Call(json={"document": document}))

    async def change_device(self, name: str, document: Document) -> dict[str, Any]:
        """Add or revoke a login key; the signature is all it needs."""
        call = Call(json={"document": document}, login=False)
        return await self.transport.json("POST", f"/v1/users/{part(name)}/devices", call)

    async def invite(self, document: Document) -> dict[str, Any]:
        return await self._json("POST", "/v1/invitations", Call(json={"document": document}))

    async def invitations(self) -> list[dict[str, Any]]:
        return answers.items(await self._json("GET", "/v1/invitations"), "invitations")

    async def withdraw_invitation(self, code_hash: str) -> dict[str, Any]:
        return await self._json("POST", f"/v1/invitations/{part(code_hash)}/withdraw", Call(json={}))

    async def _json(self, method: str, path: str, call: Call = Call()) -> dict[str, Any]:
        return await self._again(lambda: self.transport.json(method, path, call))

    async def _again(self, attempt: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Once more after a new login where the old one has run out and the keys are at hand."""
        try:
            return await attempt()
        except (TokenExpired, NotLoggedIn):
            if self.relogin is None:
                raise
            await self.relogin(self)
            return await attempt()


def part(value: str) -> str:
    """A name or id as part of an address; nothing that could lead to another one.

    Raises:
        BadInput: it is none.
    """
    if not _PART.fullmatch(value):
        raise BadInput(f"{value[:80]!r} is neither a name nor an id.")
    return value
