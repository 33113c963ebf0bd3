"""Asking for a job of a project, and cancelling one."""

from __future__ import annotations

from typing import Final

from common.crypto.rng import RandomSource
from common.documents import sign_document
from common.errors import Conflict, NotFound
from common.pipeline import JobState
from common.specification import Specification
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes

JOB_KIND: Final = "job-start"


async def start_job(nodes: Nodes, specification: Specification, keys: UserKeys, rng: RandomSource) -> str:
    """Ask server A to start; it proposes the job to B, which checks everything by itself. The job id."""
    body = {"project_hash": specification.hash, "nonce": rng.token(16).hex()}
    answer = await nodes.a.start_job(sign_document(JOB_KIND, body, keys.signing))
    return text(answer, "id")


async def cancel_job(nodes: Nodes, job: str) -> tuple[JobState | None, JobState | None]:
    """Cancel at both servers, each by itself; the states after it, None where a server never had the job.

    Raises:
        NotFound: neither server has it.
    """

    async def at(node: NodeClient) -> bool:
        try:
            await node.cancel_job(job)
        except NotFound:
            return False
        except Conflict:
            if not (await node.job(job)).state.is_final:
                raise
        return True

    known = dict(zip(nodes.servers, await nodes.each(at), strict=True))
    if not any(known.values()):
        raise NotFound(f"Neither server has the job {job}.")

    async def state(node: NodeClient) -> JobState | None:
        return (await node.job(job)).state if known[node] else None

    return await nodes.each(state)
