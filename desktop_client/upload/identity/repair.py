"""Nodes in step again: the documents that a node lacks are carried to it from one that has them (identity-v1, 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.accounts.forms import ACCOUNT
from common.documents import sign_document
from common.errors import AppError, Forbidden
from desktop_client.keystore import UserKeys
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.client import Document, IdentityClient
from desktop_client.upload.identity.outcomes import LABELS, sentence
from desktop_client.upload.identity.rows import Details
from desktop_client.upload.identity.survey import details


@dataclass(frozen=True)
class Carried:
    """One document that one node has now; ``is_signed_anew`` where its first signer is no administrator there."""

    node: str
    user: str
    kind: str
    version: int
    is_signed_anew: bool = False


@dataclass
class Repaired:
    """What was carried, and what stands in the way of the rest, by sentence."""

    carried: list[Carried] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    failed: dict[str, AppError] = field(default_factory=dict)


async def carry(nodes: Nodes, keys: UserKeys, users: Sequence[str]) -> Repaired:
    """Bring every node that answers to the newest version of these accounts.

    Raises:
        AppError: no node answered.
    """
    report = Repaired()
    missing: list[tuple[str, list[Document]]] = []
    for user in users:
        outcomes, compared = await details(nodes, user)
        report.failed |= outcomes.failed
        history = _history(outcomes.found, user, report)
        if compared.contradiction is not None:
            report.stuck.append(str(compared.contradiction))
            continue
        for role in compared.behind:
            row = compared.rows[role]
            start = row.version if row else 0
            wanted = [history[version] for version in sorted(history) if version > start]
            if [one["body"]["version"] for one in wanted] != list(range(start + 1, compared.newest.version + 1)):
                report.stuck.append(f"{sentence(LABELS[role])} lacks documents of {user} that no node shows.")
            elif not wanted:
                report.stuck.append(_without_documents(compared.newest.state, role, user))
            missing.append((role, wanted))
    clients = {node.node.role: node for node in nodes.everyone}
    for role in clients:
        for document in _in_order([wanted for node, wanted in missing if node == role]):
            await _carry_one(clients[role], document, keys, report)
    return report


def _history(found: dict[str, Details | None], user: str, report: Repaired) -> dict[int, Document]:
    """One document a version; two that say different things cannot both be carried."""
    history: dict[int, Document] = {}
    for one in found.values():
        for document in one.documents if one else ():
            version = document["body"]["version"]
            if history.setdefault(version, document)["body"] != document["body"]:
                report.stuck.append(f"The nodes hold different documents of {user} as version {version}.")
    return history


def _in_order(chains: list[list[Document]]) -> list[Document]:
    """By time over all accounts, and never against the order of versions inside one."""
    waiting, ordered = [list(chain) for chain in chains if chain], []
    while waiting:
        chain = min(waiting, key=lambda one: str(one[0]["body"]["time"]))
        ordered.append(chain.pop(0))
        waiting = [one for one in waiting if one]
    return ordered


async def _carry_one(node: IdentityClient, document: Document, keys: UserKeys, report: Repaired) -> None:
    body, role = document["body"], node.node.role
    done = Carried(role, body["user"], document["kind"], body["version"])
    try:
        try:
            await _hand_over(node, document)
        except Forbidden:
            if document["kind"] != ACCOUNT or document["signer"] == keys.signing.verify_key:
                raise
            await _hand_over(node, sign_document(ACCOUNT, body, keys.signing))
            done = Carried(role, body["user"], document["kind"], body["version"], True)
    except AppError as error:
        report.stuck.append(f"{sentence(LABELS[role])} refuses version {body['version']} of {body['user']}: {error}")
    else:
        report.carried.append(done)


async def _hand_over(node: IdentityClient, document: Document) -> dict[str, Any]:
    send = node.change_account if document["kind"] == ACCOUNT else node.rotate
    return await send(document["body"]["user"], document)


def _without_documents(state: str, role: str, user: str) -> str:
    if state == "requested":
        return f"{sentence(LABELS[role])} does not have the request of {user}; approving it mends that."
    return (
        f"{sentence(LABELS[role])} does not know {user}, a first administrator; "
        f"`imguard register --bootstrap {role}=TOKEN` with a token of that node mends that."
    )
