"""Nodes in step again: the documents that a node lacks are carried to it from one that has them (identity-v1, 6).

A node can show documents that nobody else ever saw, so an administrator puts the own name only under what two nodes
hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.accounts.forms import ACCOUNT
from common.documents import sign_document
from common.errors import AppError, Forbidden, NodeBehind
from desktop_client.keystore import UserKeys
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.client import Document, IdentityClient
from desktop_client.upload.identity.outcomes import LABELS, at, sentence
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


@dataclass(frozen=True)
class _Shown:
    """A document, and the nodes that hold what it says."""

    document: Document
    by: tuple[str, ...]

    @property
    def time(self) -> str:
        return str(self.document["body"]["time"])


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
    missing: list[tuple[str, list[_Shown]]] = []
    for user in users:
        outcomes, compared = await details(nodes, user)
        report.failed |= outcomes.failed
        history = _history(outcomes.found)
        if compared.contradiction is not None:
            report.stuck.append(str(compared.contradiction))
            continue
        if (differs := _first_difference(outcomes.found, history)) is not None:
            report.stuck.append(f"The nodes hold different documents of {user} as version {differs}.")
            continue
        for role in compared.behind:
            row = compared.rows[role]
            start = row.version if row else 0
            wanted = [history[version] for version in sorted(history) if version > start]
            versions = [one.document["body"]["version"] for one in wanted]
            if versions != list(range(start + 1, compared.newest.version + 1)):
                report.stuck.append(f"{sentence(LABELS[role])} lacks documents of {user} that no node shows.")
            elif not wanted:
                report.stuck.append(_without_documents(compared.newest.state, role, user))
            missing.append((role, wanted))
    clients = {node.node.role: node for node in nodes.everyone}
    for role in clients:
        for document in _in_order([wanted for node, wanted in missing if node == role]):
            await _carry_one(clients[role], document, keys, report)
    return report


def _history(found: dict[str, Details | None]) -> dict[int, _Shown]:
    """One document a version, and who holds the same."""
    history: dict[int, _Shown] = {}
    for role, one in found.items():
        for document in one.documents if one else ():
            version = document["body"]["version"]
            shown = history.get(version, _Shown(document, ()))
            same = shown.document["body"] == document["body"]
            history[version] = _Shown(shown.document, (*shown.by, role) if same else shown.by)
    return history


def _first_difference(found: dict[str, Details | None], history: dict[int, _Shown]) -> int | None:
    """A version of which two nodes hold documents that say different things; neither is carried."""
    for role, one in found.items():
        for document in one.documents if one else ():
            version: int = document["body"]["version"]
            if role not in history[version].by:
                return version
    return None


def _in_order(chains: list[list[_Shown]]) -> list[_Shown]:
    """By time over all accounts, and never against the order of versions inside one."""
    waiting, ordered = [list(chain) for chain in chains if chain], []
    while waiting:
        chain = min(waiting, key=lambda one: one[0].time)
        ordered.append(chain.pop(0))
        waiting = [one for one in waiting if one]
    return ordered


async def _carry_one(node: IdentityClient, shown: _Shown, keys: UserKeys, report: Repaired) -> None:
    document, role = shown.document, node.node.role
    body = document["body"]
    done = Carried(role, body["user"], document["kind"], body["version"])
    try:
        try:
            await _hand_over(node, document)
        except Forbidden:
            if document["kind"] != ACCOUNT or document["signer"] == keys.signing.verify_key:
                raise
            _require_two(shown)
            await _hand_over(node, sign_document(ACCOUNT, body, keys.signing))
            done = Carried(role, body["user"], document["kind"], body["version"], True)
    except AppError as error:
        report.stuck.append(f"{sentence(LABELS[role])} refuses version {body['version']} of {body['user']}: {error}")
    else:
        report.carried.append(done)


def _require_two(shown: _Shown) -> None:
    """Raises:
    NodeBehind: one node alone holds the document; it may have made it up.
    """
    if len(shown.by) < 2:
        raise NodeBehind(
            f"its signer is no administrator there, and {at(shown.by)} alone has this document. It is not signed anew "
            "for that. If it is right, make the change again."
        )


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
