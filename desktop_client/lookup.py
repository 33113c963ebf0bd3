"""Ids from their beginning, and acts that must reach both servers even if one of them has done its part before.

A list that one server gives is not taken for the whole truth: it may be behind, or hide or invent ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from common.documents import sign_document
from common.errors import Conflict, NotFound, UsageError
from common.pipeline import JobState
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes

DELETE_KIND: Final = "dataset-delete"
DATASET, PROJECT, JOB = "data set", "project", "job"
_MIN_PREFIX: Final = 6
_WHOLE: Final = {DATASET: re.compile(r"[0-9a-f]{64}"), PROJECT: re.compile(r"[0-9a-f]{32}")}
_WHOLE[JOB] = _WHOLE[PROJECT]
_LISTS: Final[dict[str, Callable[[NodeClient], Coroutine[Any, Any, list[dict[str, Any]]]]]] = {
    DATASET: lambda node: node.datasets(),
    PROJECT: lambda node: node.projects(),
    JOB: lambda node: node.jobs(),
}


def full_id(given: str, known: Sequence[str], what: str) -> str:
    """The id that begins with ``given``.

    Raises:
        NotFound: none does.
        UsageError: several do, or fewer than six characters were given.
    """
    if given in known:
        return given
    if len(given) < _MIN_PREFIX:
        raise UsageError(f"Give at least {_MIN_PREFIX} characters of the id of a {what}.")
    found = sorted({one for one in known if one.startswith(given)})
    if not found:
        raise NotFound(f"There is no {what} {given!r} that you can see.")
    if len(found) > 1:
        raise UsageError(f"Several ids of a {what} begin with {given!r}; give more characters.")
    return found[0]


async def find_id(nodes: Nodes, given: str, what: str) -> str:
    """A whole id as it is, whatever the servers list; else the one id of both lists that begins with ``given``.

    Raises:
        NotFound, UsageError: as :func:`full_id`.
    """
    if _WHOLE[what].fullmatch(given):
        return given
    lists = await nodes.both(_LISTS[what])
    # No exact match here: a list must not decide by a short "id" which of the longer ones is meant.
    known = {text(one, "id") for found in lists for one in found}
    return full_id(given, sorted(one for one in known if _WHOLE[what].fullmatch(one)), what)


async def delete_dataset(nodes: Nodes, dataset: str, keys: UserKeys) -> tuple[dict[str, Any] | None, ...]:
    """Delete at both servers; the receipt of each, or None where the data set was gone before.

    Raises:
        NotFound: neither server has it.
    """

    async def at(node: NodeClient) -> dict[str, Any] | None:
        body = {"dataset": dataset, "node_time": text(await node.info(), "time")}
        try:
            return await node.delete_dataset(dataset, sign_document(DELETE_KIND, body, keys.signing))
        except NotFound:
            return None
        except Conflict:
            if await _is_gone(node, dataset):
                return None
            raise

    answers = await nodes.each(at)
    if answers == (None, None):
        raise NotFound(f"Neither server has the data set {dataset}.")
    return tuple(answer and answer.get("receipt") for answer in answers)


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


async def _is_gone(node: NodeClient, dataset: str) -> bool:
    """A conflict may also mean that a job still uses the data set; then it is there."""
    try:
        return (await node.dataset(dataset)).get("state") == "deleted"
    except NotFound:
        return True
