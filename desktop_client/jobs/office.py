"""What is open while the window runs: the profile, connections to the three nodes, and keys while they are unlocked."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from common.errors import KeysLocked, NotLoggedIn
from desktop_client.keystore import UserKeys, open_keys
from desktop_client.settings import Profile
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.identity.account import sign_in
from desktop_client.upload.identity.client import IdentityClient


@dataclass(frozen=True)
class Person:
    """Who works here; ``role`` is the global one."""

    name: str
    organisation: str = ""
    role: str = "user"

    @property
    def is_administrator(self) -> bool:
        return self.role == "administrator"


class Office:
    """Lives in the thread of the loop; every coroutine of this package takes it first.

    Passwords are not kept. Keys are, until :meth:`lock`: while they are there, a login that ran out is renewed.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._keys: UserKeys | None = None
        self._nodes: Nodes | None = None
        self._stack = AsyncExitStack()

    @property
    def nodes(self) -> Nodes:
        """Clients of A, B and the log node.

        Raises:
            NotLoggedIn: :meth:`connect` was not called yet.
        """
        if self._nodes is None:
            raise NotLoggedIn("There is no connection to the nodes yet.")
        return self._nodes

    @property
    def is_unlocked(self) -> bool:
        return self._keys is not None

    def keys(self) -> UserKeys:
        """Raises:
        KeysLocked: the person has to enter the password first.
        """
        if self._keys is None:
            raise KeysLocked()
        return self._keys

    async def connect(self) -> Nodes:
        """Open clients for the deployment of the profile, with the logins it remembers; again after it has changed.

        Raises:
            NotRegistered, ConfigError: the profile has no deployment, or is damaged.
        """
        await self.disconnect()
        self._nodes = await self._stack.enter_async_context(open_nodes(self.profile))
        for node in self._nodes.everyone:
            node.relogin = self._renew if self.is_unlocked else None
        return self._nodes

    async def disconnect(self) -> None:
        """Close every connection; logins stay in the profile."""
        self._nodes = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def unlock(self, password: str) -> UserKeys:
        """Open the keys of the profile and keep them open.

        Raises:
            WrongPassword, NotRegistered, StoreDamaged: see :func:`open_keys`.
        """
        keys = await asyncio.to_thread(open_keys, self.profile.keys_path, password)
        self.use(keys)
        return keys

    def use(self, keys: UserKeys) -> None:
        """These keys from now on."""
        self._keys = keys
        for node in self._nodes.everyone if self._nodes else ():
            node.relogin = self._renew

    def lock(self) -> None:
        """Forget the keys; what is logged in stays so."""
        self._keys = None
        for node in self._nodes.everyone if self._nodes else ():
            node.relogin = None

    async def _renew(self, node: IdentityClient) -> None:
        token = await sign_in(node, self.profile.user().name, self.keys())
        self.profile.save_tokens({**self.profile.tokens(), node.node.role: token})
