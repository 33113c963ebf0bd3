"""How busy A, B and the log node are, in one form: servers say it with their news, the log node when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.errors import AppError, BadFrame
from desktop_client.upload.answers import document, number
from desktop_client.upload.client import LogClient
from desktop_client.upload.live.news import LOAD, OnLink
from desktop_client.upload.plan import delay_before

PERIOD_SECONDS: Final = 2.0
LOG: Final = "log"


@dataclass(frozen=True)
class NodeLoad:
    """The load of one node: of the machine it runs on, and of its own work.

    ``running_jobs`` and ``waiting_jobs`` are None at the log node; ``requests`` (answered since its start) and
    ``entries`` (of the log) are None at the servers.
    """

    role: str
    processor_percent: float
    memory_used: int
    memory_total: int
    disk_free: int
    disk_total: int
    received_per_second: int
    sent_per_second: int
    uptime_seconds: int
    running_jobs: int | None = None
    waiting_jobs: int | None = None
    requests: int | None = None
    entries: int | None = None

    @property
    def memory_percent(self) -> float:
        """Of all memory of the machine."""
        return 100 * self.memory_used / self.memory_total if self.memory_total else 0.0

    @property
    def disk_percent(self) -> float:
        """How full the disk is."""
        return 100 * (1 - self.disk_free / self.disk_total) if self.disk_total else 0.0


OnLoad = Callable[[NodeLoad], None]


def server_load(role: str, message: Mapping[str, Any]) -> NodeLoad | None:
    """The load in a message of the news of A or B; None in any other message.

    Raises:
        BadFrame: a load of another form.
    """
    return parse_load(role, document(message, "body")) if message.get("kind") == LOAD else None


async def log_load(log: LogClient) -> NodeLoad:
    """The load of the log node now.

    Raises:
        BadFrame: the answer has another form; and whatever the node refuses with.
    """
    return parse_load(LOG, await log.load())


async def follow_log_load(log: LogClient, on_load: OnLoad, on_link: OnLink, period: float = PERIOD_SECONDS) -> None:
    """Ask the log node for its load again and again until cancelled.

    Raises:
        AppError: the node refused for a reason that does not pass, or sent nonsense.
    """
    failures, is_open = 0, False
    while True:
        try:
            found = await log_load(log)
        except AppError as error:
            if not error.is_temporary:
                raise
            failures, is_open = failures + 1, False
            on_link(LOG, error)
            await asyncio.sleep(delay_before(failures))
            continue
        if not is_open:
            on_link(LOG, None)
        failures, is_open = 0, True
        on_load(found)
        await asyncio.sleep(period)


def parse_load(role: str, body: Mapping[str, Any]) -> NodeLoad:
    """What a node says about its load.

    Raises:
        BadFrame: another form.
    """
    percent = body.get("processor_percent")
    if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not 0 <= percent <= 1e5:
        raise BadFrame("A node's answer has no valid 'processor_percent'.")
    own = ("requests", "entries") if role == LOG else ("running_jobs", "waiting_jobs")
    names = (
        "memory_used", "memory_total", "disk_free", "disk_total", "received_per_second", "sent_per_second",
        "uptime_seconds", *own,
    )  # fmt: skip
    return NodeLoad(role, min(100.0, float(percent)), **{name: number(body, name) for name in names})
