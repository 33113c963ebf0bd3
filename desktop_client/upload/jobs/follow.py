"""Follow a job at both servers at once; a broken connection is opened again after the last event that arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from common.errors import AppError, BadFrame, NodeUnreachable
from common.pipeline import JobState
from desktop_client.upload.client import NodeClient, Nodes, first_error
from desktop_client.upload.plan import delay_before

_LASTING_SECONDS: Final = 30.0
"""A connection that held that long was a good one, though a paused job may have had nothing to say."""
_SLICE_SECONDS: Final = 0.004
_PAUSE_SECONDS: Final = 0.012
"""Events that come in heaps are taken in slices with pauses: other threads of the program need the interpreter, too."""

OnEvent = Callable[[str, dict[str, Any]], None]
"""Called with the role of the node (``a`` or ``b``) and the event."""

OnLink = Callable[[str, AppError | None], None]
"""Called with the role when a connection is lost, with the reason, and with None when it is there again."""


async def follow_job(
    nodes: Nodes, job: str, on_event: OnEvent, retries: int, on_link: OnLink | None = None
) -> dict[str, JobState]:
    """Hand on every event of both servers until both say that the job has ended; the final state at each.

    A job that is retried while this looks is followed on. ``retries`` is how often in a row a connection may fail
    without a single event in between.

    Raises:
        AppError: a node refused, sent nonsense or stayed away.
    """
    followers = [_Follower(node, job, on_event, on_link or (lambda role, trouble: None)) for node in nodes.servers]
    states: dict[str, JobState] = {}
    while True:
        before = states
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {one.role: group.create_task(one.to_the_end(retries)) for one in followers}
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors
        states = {role: task.result() for role, task in tasks.items()}
        # One server may show an old failure while the other goes on already: failed it is if both say so twice.
        if JobState.FAILED not in states.values() or states == before:
            return states


class _Follower:
    """The events of a job at one server; ``to_the_end`` may be called again and goes on where it was."""

    def __init__(self, node: NodeClient, job: str, on_event: OnEvent, on_link: OnLink) -> None:
        self._node, self._job, self._on_event, self._on_link = node, job, on_event, on_link
        self._last, self._failures = 0, 0

    @property
    def role(self) -> str:
        return self._node.node.role

    async def to_the_end(self, retries: int) -> JobState:
        """Events until the server says that the job has ended; the state it ended in."""
        while True:
            began = asyncio.get_running_loop().time()
            try:
                return await self._listen()
            except AppError as trouble:
                if not trouble.is_temporary:
                    raise
                if asyncio.get_running_loop().time() - began >= _LASTING_SECONDS:
                    self._failures = 0
                self._failures += 1
                if self._failures > retries:
                    raise
                self._on_link(self.role, trouble)
                await asyncio.sleep(delay_before(self._failures))

    async def _listen(self) -> JobState:
        name = self._node.node.name
        if self._failures:
            # A plain question renews a login that ran out meanwhile.
            await self._node.job(self._job)
        async with self._node.job_events(self._job, self._last) as events:
            if self._failures:
                self._on_link(self.role, None)
            loop = asyncio.get_running_loop()
            since = loop.time()
            async for event in events:
                if loop.time() - since > _SLICE_SECONDS:
                    await asyncio.sleep(_PAUSE_SECONDS)
                    since = loop.time()
                number = event.get("id")
                if type(number) is not int or number <= self._last:
                    raise BadFrame(f"Node {name} sent job events out of order.")
                self._last, self._failures = number, 0
                self._on_event(self.role, event)
        state = (await self._node.job(self._job)).state
        if not state.is_final:
            raise NodeUnreachable(f"Node {name} closed the event stream before the end.", node=self.role)
        return state
