"""Projects of one node on a real database, with a clock that tests move; data sets are taken for granted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import update

from common.accounts.model import Role, State
from common.agreement.reason import Reason
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.merkle.entry import Action, check_subject
from common.net.identity import load_node_identity
from server_node.identity.accounts import Account, find_accounts
from server_node.policy.policy import Policy
from server_node.projects.decisions import Decisions
from server_node.projects.drafts import Drafts
from server_node.projects.projects import Projects
from server_node.projects.stored import StoredProject
from server_node.settings import load
from server_node.storage.context import NodeContext, to_text
from server_node.storage.database import Database
from server_node.storage.rows import User
from server_node.store.datasets import USABLE, DatasetInfo, Datasets
from tests.helpers.jobs.projects import KEYS, body
from tests.helpers.nodes.pair import make_pair
from tests.helpers.seeded import SeededRandom

START = 1_800_000_000
SIGNING = {name: SigningKey.generate(SeededRandom(f"sign {name}")) for name in KEYS}
ABOUT = {"shape": [8, 8, 1], "bits": 8, "classes": ["well", "ill"], "count": 64, "visibility": "public"}


@dataclass
class Row:
    """What is asked of the row of a data set."""

    id: str
    owner: str
    state: str = USABLE
    enabled: bool = True


class FakeDatasets:
    """Data sets of alice (1...) and bob (2...)."""

    def __init__(self) -> None:
        self.rows = {digit * 64: Row(digit * 64, owner) for digit, owner in (("1", "alice"), ("2", "bob"))}

    async def info(self, dataset: str) -> DatasetInfo:
        return DatasetInfo(cast(Any, self.rows[dataset]), ABOUT)


@dataclass
class World:
    """A node of which only projects matter."""

    database: Database
    context: NodeContext
    datasets: FakeDatasets
    servers: dict[str, str]
    now: float = START
    news: list[tuple[str, dict[str, Any], frozenset[str]]] = field(default_factory=list)
    recorded: list[tuple[Action, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.projects = Projects(self.database, cast(Datasets, self.datasets), self.context)
        self.drafts = Drafts(self.database, self.context)
        self.decisions = Decisions(self.database, self.projects, self.context)

    def body(self, **sections: Any) -> dict[str, Any]:
        """A specification of alice on her data set and bob's."""
        found = body(servers=self.servers, **sections)
        for member in found["members"]:
            member["verify_key"] = SIGNING[member["user"]].verify_key
        return found

    async def account(self, name: str) -> Account:
        return (await find_accounts(self.database, [name]))[name]

    async def create(self, signed: dict[str, Any], by: str = "alice") -> StoredProject:
        document = sign_document("project", signed, SIGNING[by])
        return await self.projects.create(await self.account(by), document)

    async def decide(self, project: StoredProject, owner: str, **changes: Any) -> StoredProject:
        """A consent of an owner to the use of their data set for an hour."""
        dataset = {"alice": "1", "bob": "2"}[owner] * 64
        fact = {
            "project_hash": project.specification.hash,
            "dataset": dataset,
            "decision": "granted",
            "reason": "",
            "expires": to_text(int(self.now) + 3600),
            "time": to_text(int(self.now)),
            **changes,
        }
        document = sign_document("consent", fact, SIGNING[owner])
        return await self.projects.add_consent(project, await self.account(owner), document, Reason())

    async def change_account(self, name: str, **values: Any) -> None:
        async with self.database.writing() as session:
            await session.execute(update(User).where(User.name == name).values(**values))


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """Alice, bob and carol are active; nothing else is there."""
    pair = make_pair(folder)
    identity = load_node_identity(pair.folder("a"))
    worlds: list[World] = []

    async def record(action: Action, subject: dict[str, Any], author: Any = None, evidence: Any = None) -> None:
        check_subject(subject)
        if evidence is not None:
            check_subject(evidence["body"])
        worlds[0].recorded.append((action, subject))

    async def announce(kind: str, body: dict[str, Any], audience: Any) -> None:
        json.dumps(body)
        worlds[0].news.append((kind, body, frozenset(audience)))

    database = await Database.open(folder / "node.db")
    try:
        context = NodeContext(
            identity, load(pair.folder("a")), record, clock=lambda: worlds[0].now, announce=announce, policy=Policy()
        )
        servers = {role: pair.deployment.node(role).verify_key for role in ("a", "b")}
        worlds.append(World(database, context, FakeDatasets(), servers))
        async with database.writing() as session:
            session.add_all(_user(name) for name in KEYS)
        yield worlds[0]
    finally:
        await database.close()


def _user(name: str) -> User:
    return User(name=name, organisation="Clinic", role=Role.USER, state=State.ACTIVE, version=1, created=START,
                verify_key=SIGNING[name].verify_key, seal_key=KEYS[name].public)  # fmt: skip
