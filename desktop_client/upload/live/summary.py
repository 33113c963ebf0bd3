"""How much there is of everything that the user may know of: one small question for the first page of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.pipeline import JobState
from desktop_client.upload.answers import document, number
from desktop_client.upload.client import NodeClient

_AT_REST = (JobState.QUEUED, JobState.PAUSED)


@dataclass(frozen=True)
class Summary:
    """Active accounts; the user's projects; jobs of those by state."""

    users: int
    projects: int
    archived: int
    jobs: Mapping[JobState, int]

    @property
    def running(self) -> int:
        """Jobs that are computed now."""
        return sum(number for state, number in self.jobs.items() if not state.is_final and state not in _AT_REST)

    @property
    def finished(self) -> int:
        return self.jobs.get(JobState.FINISHED, 0)


async def fetch_summary(node: NodeClient) -> Summary:
    """What one server counts; the other counts the same, but for what reaches it a moment later.

    Raises:
        BadFrame: the answer has another form.
    """
    answer = await node.summary()
    projects, jobs = document(answer, "projects"), document(answer, "jobs")
    known = {state: number(jobs, state.value) for state in JobState if state.value in jobs}
    return Summary(number(answer, "users"), number(projects, "active"), number(projects, "archived"), known)
