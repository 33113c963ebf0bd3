"""Pause, resume and retry a job: a signed word of a member, which both servers check by themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from common.documents import sign_document
from common.errors import BadFrame
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import JobStatus, items, number, text
from desktop_client.upload.client import NodeClient, Nodes

KIND: Final = "job-control"
PAUSE, PAUSE_NOW, RESUME, RETRY = "pause", "pause-now", "resume", "retry"
_MAX_PAGES: Final = 200


async def control_job(nodes: Nodes, job: str, action: str, keys: UserKeys) -> JobStatus:
    """Sign a control of a job and give it to server A, which drives; where the job stands there afterwards.

    Raises:
        Conflict: somebody else was faster, or the job is in no state for that.
        Forbidden: this takes an owner or editor of the project.
        ConsentMissing: to resume or retry, every consent must hold again.
    """
    status = await nodes.a.job(job)
    body = {
        "job": job,
        "action": action,
        "sequence": number(status.body, "controls") + 1,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return await nodes.a.control_job(job, sign_document(KIND, body, keys.signing))


async def job_log(node: NodeClient, job: str) -> list[dict[str, Any]]:
    """Every line the worker of a job wrote at one server: ``time, stage, level, text``.

    Raises:
        BadFrame: the node sends lines for ever, or none of the agreed form.
    """
    lines: list[dict[str, Any]] = []
    after = 0
    for _ in range(_MAX_PAGES):
        page = await node.job_log(job, after)
        found = items(page, "lines")
        for line in found:
            for name in ("time", "stage", "level", "text"):
                text(line, name)
        if not found:
            return lines
        lines += found
        following = number(page, "after")
        if following <= after:
            break
        after = following
    raise BadFrame(f"Node {node.node.name} sends the log of a job without an end.")
