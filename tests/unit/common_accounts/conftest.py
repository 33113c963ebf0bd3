"""A node with one administrator, and a person whom nobody knows yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from common.accounts.history import apply_account
from common.accounts.invitations import invite
from common.accounts.logins import challenge, log_in
from common.accounts.registration import register
from tests.helpers.accounts.memory import NODE, Node, first_administrator, make_node
from tests.helpers.accounts.people import Person, decision, invitation, login_signature, new_code, registration


@dataclass
class World:
    """``alice`` is the first administrator; ``bob`` has keys and nothing else."""

    node: Node
    alice: Person
    bob: Person

    async def request(self, who: Person, role: str = "user") -> str:
        """Invite somebody, who registers; the code."""
        code = new_code()
        await invite(self.node.desk, invitation(self.alice.signing, who.name, code, role=role))
        await register(self.node.desk, registration(who, code))
        return code

    async def approve(self, who: Person, role: str = "user") -> None:
        """Invite, register and approve."""
        await self.request(who, role)
        await apply_account(self.node.desk, decision(self.alice.signing, who, role=role))

    async def log_in(self, who: Person) -> str:
        asked = await challenge(self.node.desk, who.name)
        signature = login_signature(who, NODE, asked.value)
        granted = await log_in(self.node.desk, who.name, who.device.verify_key, asked.value, signature)
        return granted.value


@pytest.fixture
async def world(tmp_path: Path) -> World:
    node = make_node(tmp_path)
    alice = Person("alice")
    await register(node.desk, first_administrator(node, alice))
    return World(node, alice, Person("bob"))
