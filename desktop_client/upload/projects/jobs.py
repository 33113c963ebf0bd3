"""Asking for a job of a project, cancelling one, and what one was started with."""

from __future__ import annotations

from typing import Final

from common.crypto.rng import RandomSource
from common.deployment import Deployment
from common.documents import sign_document
from common.errors import Conflict, NotFound, PeerMismatch
from common.pipeline import JobState
from common.specification import Specification
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.projects.fetch import fetch_history, fetch_project, fetch_revision

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


async def agreed_for(nodes: Nodes, deployment: Deployment, job: str) -> tuple[Specification, str]:
    """The specification that a job was started with, whatever its project says today, and the id of the project.

    Raises:
        PeerMismatch: the servers tell different things about the job.
        NotFound: no revision that they show is the one of the job.
        BadSignature, SpecRefused: as :func:`fetch_project`.
    """
    both = await nodes.both(lambda node: node.job(job))
    told = {(status.project, text(status.body, "specification")) for status in both}
    if len(told) != 1:
        raise PeerMismatch("The servers tell different things about this job.")
    ((project, wanted),) = told
    newest, _ = await fetch_project(nodes, deployment, project)
    if newest.hash == wanted:
        return newest, project
    history, _ = await fetch_history(nodes, project)
    for past in history:
        if past.hash == wanted:
            found = await fetch_revision(nodes, project, past.revision)
            if found.hash == wanted:
                return found, project
    raise NotFound("No server shows the revision that this job was started with.")
