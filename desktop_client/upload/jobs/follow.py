"""Follow a job at both servers at once; a broken connection is opened again after the last event that arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from common.errors import BadFrame, NodeUnreachable
from common.pipeline import JobState
from desktop_client.upload.client import NodeClient, Nodes, first_error
from desktop_client.upload.plan import delay_before

OnEvent = Callable[[str, dict[str, Any]], None]
"""Called with the role of the node (``a`` or ``b``) and the event."""


async def follow_job(nodes: Nodes, job: str, on_event: OnEvent, retries: int) -> dict[str, JobState]:
    """Hand on every event of both servers until both say that the job has ended; the final state at each.

    ``retries`` is how often in a row a connection may fail without a single event in between.

    Raises:
        AppError: a node refused, sent nonsense or stayed away.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {n.node.role: group.create_task(_follow(n, job, on_event, retries)) for n in nodes.servers}
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
    return {role: task.result() for role, task in tasks.items()}


async def _follow(node: NodeClient, job: str, on_event: OnEvent, retries: int) -> JobState:
    last, failures = 0, 0
    while True:
        try:
            async with node.job_events(job, last) as events:
                async for event in events:
                    number = event.get("id")
                    if type(number) is not int or number <= last:
                        raise BadFrame(f"Node {node.node.name} sent job events out of order.")
                    last, failures = number, 0
                    on_event(node.node.role, event)
            state = (await node.job(job)).state
            if state.is_final:
                return state
            raise NodeUnreachable(f"Node {node.node.name} closed the event stream before the end.", node=node.node.role)
        except NodeUnreachable:
            failures += 1
            if failures > retries:
                raise
            await asyncio.sleep(delay_before(failures))
