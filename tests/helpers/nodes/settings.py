"""Settings and deletions of data sets as their owners sign them in tests."""

from __future__ import annotations

from typing import Any

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from tests.helpers.nodes.members import Member


def settings(dataset: str, version: int, **changes: Any) -> dict[str, Any]:
    """A body the servers accept; public as the data sets of :meth:`Member.split`."""
    plain = {
        "dataset": dataset,
        "version": version,
        "visibility": "public",
        "shared_with": [],
        "tags": [],
        "description": "",
        "class_counts": None,
        "enabled": True,
        "time": "2026-01-31T12:00:00Z",
    }
    return {**plain, **changes}


async def change(member: Member, dataset: str, version: int, *roles: str, **changes: Any) -> None:
    """Sign settings and give them to these nodes (both by default)."""
    signed = member.sign("dataset-settings", **settings(dataset, version, **changes))
    for role in roles or ("a", "b"):
        await member.ask(role, "POST", f"/v1/datasets/{dataset}/settings", signed)


async def delete(
    member: Member, role: str, dataset: str, stop_jobs: bool = False, reason: str = "", **changes: Any
) -> dict[str, Any]:
    """Delete a data set at one node, as of now; ``changes`` are fields of the signed body."""
    words = Reason.give(reason, SystemRandom())
    time = (await member.ask(role, "GET", "/v1/info"))["time"]
    body = {"dataset": dataset, "node_time": time, "stop_jobs": stop_jobs, "reason": words.digest, **changes}
    request = {**member.sign("dataset-delete", **body), "reason": words.as_json()}
    return await member.ask(role, "DELETE", f"/v1/datasets/{dataset}", request)
