"""One of everybody: people who are all that one can be to a data set, a project, a draft and a job."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from common.pipeline import JobState
from common.specification import parse_specification
from server_node.api.permissions import Relation, Subject
from tests.helpers.accounts.people import now_text
from tests.helpers.nodes.local import usable
from tests.helpers.nodes.members import RNG, Member, in_future, open_members
from tests.helpers.nodes.pair import Pair

R, S = Relation, Subject
ROLES = {"owner": R.OWNER, "editor": R.EDITOR, "viewer": R.VIEWER, "recipient": R.VIEWER}
"""Members of the project of the cast."""

STRANGERS = ("dataowner", "reader", "outsider", "stranger")
"""Others. The outsider has objects of their own; the stranger has nothing."""

SHUT_OUT = ("disabled", "expired")
"""Who was logged in once."""

_OWN: dict[Subject, dict[str, set[Relation]]] = {
    S.DATASET: {"dataowner": {R.OWNER}, "owner": {R.READER}, "reader": {R.READER}},
    S.PROJECT: {**{name: {role} for name, role in ROLES.items()}, "dataowner": {R.DATA_OWNER}},
    S.DRAFT: {name: {role} for name, role in ROLES.items()},
    S.JOB: {
        "owner": {R.OWNER, R.OWNER_NOW, R.RECIPIENT, R.TESTER},
        "editor": {R.EDITOR},
        "viewer": {R.VIEWER},
        "recipient": {R.VIEWER, R.RECIPIENT, R.TESTER},
    },
}
_FOREIGN: dict[Subject, dict[str, set[Relation]]] = {
    S.DATASET: {"outsider": {R.OWNER}},
    S.PROJECT: {"outsider": {R.OWNER, R.DATA_OWNER}},
    S.DRAFT: {"outsider": {R.OWNER}},
    S.JOB: {"outsider": {R.OWNER, R.OWNER_NOW, R.RECIPIENT, R.TESTER}},
}


@dataclass
class Cast:
    """``own`` and ``foreign`` are ids of objects, of the project's people and of the outsider."""

    people: dict[str, Member]
    administrator: Member
    own: dict[Subject, str]
    foreign: dict[Subject, str]

    def bearer(self, name: str, role: str = "a") -> dict[str, str]:
        return (self.administrator if name == "administrator" else self.people[name]).bearer(role)

    def relations(self, name: str, subject: Subject, thing: str) -> set[Relation]:
        """What somebody is to an object, by what this file says and nothing that the node computes."""
        everywhere = {R.USER} | ({R.ADMINISTRATOR} if name == "administrator" else set())
        if subject is S.NOTHING:
            return everywhere
        if subject is S.USER:
            return everywhere | ({R.SELF} if thing == name else set())
        table = {self.own[subject]: _OWN, self.foreign[subject]: _FOREIGN}.get(thing, {})
        return table.get(subject, {}).get(name, set())


@asynccontextmanager
async def play(pair: Pair) -> AsyncIterator[Cast]:
    """The cast at nodes that are serving; each job is finished."""
    names = (*ROLES, *STRANGERS, *SHUT_OUT)
    async with open_members(pair, *names) as members:
        people = {member.name: member for member in members}
        for member in members:
            await member.join()
        owner, outsider = people["owner"], people["outsider"]
        own = await _objects(owner, people["dataowner"], {name: people[name] for name in ROLES})
        foreign = await _objects(outsider, outsider, {"outsider": outsider})
        admin = await people["stranger"].administrator()
        for role in ("a", "b"):
            await people["disabled"].be_approved(role, version=2, state="disabled", reason="left")
        _expire(pair, "expired")
        yield Cast(people, admin, own, foreign)


async def _objects(owner: Member, data_owner: Member, members: dict[str, Member]) -> dict[Subject, str]:
    is_team = len(members) > 1
    sharing = {"visibility": "shared", "shared_with": ("owner", "reader")} if is_team else {"visibility": "private"}
    dataset = await usable(data_owner, data_owner.split(**sharing))
    body = owner.specification([(dataset, data_owner)], **_team(members))
    project = await owner.propose(body)
    await _consent(data_owner, body, dataset)
    job = (await owner.start(body))["id"]
    for role in ("a", "b"):
        await owner.until(role, job, lambda event: event.get("state") == JobState.FINISHED)
    return {S.DATASET: dataset, S.PROJECT: project, S.DRAFT: await _draft(owner, members), S.JOB: job}


async def _consent(data_owner: Member, body: dict[str, Any], dataset: str) -> None:
    spec = parse_specification(body)
    said = {"decision": "granted", "reason": "", "expires": in_future(hours=1), "time": now_text()}
    signed = data_owner.sign("consent", project_hash=spec.hash, dataset=dataset, **said)
    for role in ("a", "b"):
        await data_owner.ask(role, "POST", f"/v1/projects/{spec.project_id}/consents", signed)


def _team(members: dict[str, Member]) -> dict[str, Any]:
    listed = [
        {"user": name, "role": ROLES.get(name, R.OWNER).value, "verify_key": member.signing.verify_key,
         "seal_key": member.sealing.public} for name, member in members.items()
    ]  # fmt: skip
    trusted = [name for name in members if name in ("owner", "recipient", "outsider")]
    return {"members": listed, "recipients": trusted, "testers": trusted}


async def _draft(owner: Member, members: dict[str, Member]) -> str:
    draft = RNG.token(16).hex()
    people = [{"user": name, "role": ROLES.get(name, R.OWNER).value} for name in members]
    body = {"id": draft, "version": 1, "name": "films", "members": people, "content": {}, "time": now_text()}
    for role in ("a", "b"):
        await owner.ask(role, "PUT", f"/v1/drafts/{draft}", owner.sign("project-draft", **body))
    return draft


def _expire(pair: Pair, user: str) -> None:
    """Let every login of somebody have run out, in the tables of both nodes."""
    for role in ("a", "b"):
        with closing(sqlite3.connect(pair.folder(role) / "node.db", timeout=10)) as database, database:
            database.execute("UPDATE tokens SET expires = 1 WHERE user = ?", (user,))
