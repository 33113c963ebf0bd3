"""A job keeps the specification it was started with, whatever its project says later."""

from __future__ import annotations

from typing import Any, cast

import pytest

from common.deployment import Deployment
from common.errors import NotFound, PeerMismatch
from common.pipeline import JobState
from common.specification import Specification
from desktop_client.upload.answers import JobStatus
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects import jobs
from desktop_client.upload.projects.fetch import Past
from tests.helpers.desktop.kept_models import JOB, agreed


class _Node:
    def __init__(self, hash_told: str) -> None:
        self._hash = hash_told

    async def job(self, job: str) -> JobStatus:
        return JobStatus(job, "77" * 16, JobState.FINISHED, "", {"specification": self._hash})


class _Nodes:
    """Two servers that tell by which specification a job runs."""

    def __init__(self, *hashes: str) -> None:
        self._nodes = [_Node(told) for told in hashes]

    async def both(self, ask: Any) -> list[Any]:
        return [await ask(node) for node in self._nodes]


async def _agreed_for(monkeypatch: pytest.MonkeyPatch, *hashes: str) -> tuple[Specification, str]:
    old, new = agreed(), agreed(revision=2)

    async def fetch_project(*given: Any) -> tuple[Any, dict[str, Any]]:
        return new, {}

    async def fetch_history(*given: Any) -> tuple[list[Past], list[Past]]:
        return [Past(2, new.hash, "alice", "", ()), Past(1, old.hash, "alice", "", ())], []

    async def fetch_revision(nodes: Any, project: str, number: int) -> Any:
        assert number == 1
        return old

    for name, stand_in in (("fetch_project", fetch_project), ("fetch_history", fetch_history),
                           ("fetch_revision", fetch_revision)):  # fmt: skip
        monkeypatch.setattr(jobs, name, stand_in)
    found: tuple[Specification, str] = await jobs.agreed_for(cast(Nodes, _Nodes(*hashes)), cast(Deployment, None), JOB)
    return found


@pytest.mark.parametrize("revision", [1, 2])
async def test_job_keeps_the_revision_it_was_started_with(monkeypatch: pytest.MonkeyPatch, revision: int) -> None:
    wanted = agreed(revision=revision).hash
    found, project = await _agreed_for(monkeypatch, wanted, wanted)
    assert (found.revision, project) == (revision, "77" * 16)


async def test_revision_that_nobody_shows_or_servers_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound):
        await _agreed_for(monkeypatch, "00" * 32, "00" * 32)
    with pytest.raises(PeerMismatch):
        await _agreed_for(monkeypatch, "00" * 32, agreed().hash)
