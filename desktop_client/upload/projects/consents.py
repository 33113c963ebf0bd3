"""What a data owner decides, what an owner of a project does to it as a whole, and what waits for somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.documents import sign_document
from common.errors import AppError
from common.specification import Specification
from desktop_client.keystore import UserKeys
from desktop_client.upload import answers
from desktop_client.upload.answers import document
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.datasets.overview import Sides, sides
from desktop_client.upload.identity.outcomes import Outcomes
from desktop_client.upload.projects.fetch import verified

CONSENT_KIND: Final = "consent"
WITHDRAWAL_KIND: Final = "consent-withdraw"
ARCHIVE_KIND: Final = "project-archive"


async def give_consent(
    nodes: Nodes, specification: Specification, dataset: str, keys: UserKeys, days: int, reason: str = ""
) -> dict[str, Any]:
    """Sign a consent for one data set and hand it to both servers; gives A's answer."""
    expires = _text(datetime.now(UTC) + timedelta(days=days))
    return await _decide(nodes, specification, keys, {"dataset": dataset, "decision": "granted"}, (expires, reason))


async def decline_consent(
    nodes: Nodes, specification: Specification, dataset: str, keys: UserKeys, reason: str = ""
) -> dict[str, Any]:
    """Sign that there is no consent for one data set and hand it to both servers; gives A's answer."""
    return await _decide(nodes, specification, keys, {"dataset": dataset, "decision": "declined"}, (None, reason))


async def newest_at_each(nodes: Nodes, project: str) -> Sides[Specification]:
    """The newest revision that each server has, verified; they need not be the same, and one server may be away.

    Raises:
        AppError: of A if both failed.
    """

    async def at(node: NodeClient) -> Specification:
        return verified(document(await node.project(project), "document"), project)

    return await sides(nodes, at)


async def withdraw_consents(
    nodes: Nodes, chosen: Mapping[str, tuple[Specification, Sequence[str]]], keys: UserKeys, reason: str = ""
) -> Outcomes[int]:
    """Sign that consents are taken back, at each server for the revision that it has; a job that runs already goes on.

    Each server takes it by itself, and a job needs both: one that is away, or shows another revision, hinders nothing.
    """
    words = Reason.give(reason, SystemRandom())
    made = _text(datetime.now(UTC))

    async def at(node: NodeClient) -> int:
        specification, datasets = chosen[node.node.role]
        for dataset in datasets:
            body = {"project_hash": specification.hash, "dataset": dataset, "reason": words.digest, "time": made}
            signed = sign_document(WITHDRAWAL_KIND, body, keys.signing)
            await node.withdraw(specification.project_id, signed, words.as_json())
        return len(datasets)

    wanted = [node for node in nodes.servers if node.node.role in chosen]
    answers = dict(zip((node.node.role for node in wanted), await asyncio.gather(*(_caught(at, n) for n in wanted))))
    failed = {role: answer for role, answer in answers.items() if isinstance(answer, AppError)}
    return Outcomes({role: one for role, one in answers.items() if not isinstance(one, AppError)}, failed)


async def _caught(ask: Callable[[NodeClient], Awaitable[int]], node: NodeClient) -> int | AppError:
    try:
        return await ask(node)
    except AppError as error:
        return error


async def archive_project(nodes: Nodes, project: str, keys: UserKeys, is_archived: bool, reason: str = "") -> str:
    """Put a project away at both servers, or take it back; its state at A after it."""
    body = {"project": project, "archived": is_archived, "reason": reason.strip(), "time": _text(datetime.now(UTC))}
    signed = sign_document(ARCHIVE_KIND, body, keys.signing)
    found = await nodes.both(lambda node: node.archive_project(project, signed))
    return answers.text(found[0], "state")


async def remind(nodes: Nodes, project: str) -> tuple[list[str], list[str]]:
    """Ask both servers to remind data owners; who was reminded, and who was reminded less than a day ago."""
    found = await nodes.both(lambda node: node.remind(project))
    reminded = sorted({name for answer in found for name in answers.texts(answer, "reminded")})
    spared = sorted({name for answer in found for name in answers.texts(answer, "spared")} - set(reminded))
    return reminded, spared


async def fetch_decisions(nodes: Nodes) -> dict[str, list[dict[str, Any]]]:
    """Everything that waits for the user at either server; ``servers`` says at which."""
    found = await nodes.both(lambda node: node.decisions())
    kinds: Mapping[str, tuple[str, ...]] = {
        "consents": ("project", "revision", "dataset"),
        "ending": ("project", "revision", "dataset"),
        "registrations": ("user", "fingerprint"),
    }
    merged: dict[str, list[dict[str, Any]]] = {}
    for kind, key in kinds.items():
        rows: dict[tuple[str, ...], dict[str, Any]] = {}
        for role, answer in zip(("a", "b"), found, strict=True):
            for row in answers.items(answer, kind):
                kept = rows.setdefault(tuple(str(row.get(name)) for name in key), {**row, "servers": []})
                kept["servers"].append(role)
        merged[kind] = list(rows.values())
    return merged


async def _decide(
    nodes: Nodes, specification: Specification, keys: UserKeys, what: Mapping[str, str], more: tuple[str | None, str]
) -> dict[str, Any]:
    expires, reason = more
    words = Reason.give(reason, SystemRandom())
    body = {
        "project_hash": specification.hash,
        **what,
        "reason": words.digest,
        "expires": expires,
        "time": _text(datetime.now(UTC)),
    }
    signed = sign_document(CONSENT_KIND, body, keys.signing)
    return (await nodes.both(lambda node: node.consent(specification.project_id, signed, words.as_json())))[0]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
