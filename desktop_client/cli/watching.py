"""Shows a running job: a bar per stage and server, and the validation metrics that only this side can read."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any, Final

from rich.markup import escape
from rich.progress import Progress, TaskID, TextColumn

from common.errors import AppError, Cancelled, JobFailed, error_from_dict
from common.pipeline import JobState
from desktop_client.cli.context import Session, new_progress
from desktop_client.plain import plain
from desktop_client.reveal.metrics import MetricPairs, Metrics, parse_metric
from desktop_client.upload.answers import JobStatus
from desktop_client.upload.client import Nodes
from desktop_client.upload.jobs.follow import follow_job

_RECONNECTS: Final = 40
"""With pauses of up to half a minute: a machine that is started anew, or a line that is down for a while."""
_SHORT_ID: Final = 8
_ASKED: Final = {
    "pause": "pause at the end of the epoch",
    "pause-now": "pause at once",
    "resume": "go on",
    "retry": "try again",
}


class Watcher:
    """Takes the events of both servers; keeps states and metrics, and draws bars where there is a terminal."""

    def __init__(self, session: Session, job: str, bars: Progress | None) -> None:
        self._session, self._job, self._bars = session, job, bars
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lost: set[str] = set()
        self._pairs = MetricPairs()
        self.metrics: list[Metrics] = []

    def on_event(self, role: str, event: dict[str, Any]) -> None:
        """Raises:
        BadFrame, PeerMismatch: metrics that cannot be read or do not fit together.
        """
        kind = event.get("kind")
        if kind == "progress":
            self._move(role, event)
        elif kind == "metrics":
            found = self._pairs.add(role, parse_metric(event))
            if found is not None:
                self.metrics.append(found)
                self._say(describe_metrics(found))
        elif kind == "state" and role == "a":
            self._say(f"state: {plain(event.get('state'))}{self._next(event)}")
        elif kind == "waiting":
            self._say(f"waiting{_because(event)} It is tried again by itself.")
        elif kind == "control" and role == "a":
            self._say(f"a member asked to {_ASKED.get(str(event.get('action')), plain(event.get('action')))}")

    def on_link(self, role: str, trouble: AppError | None) -> None:
        """Say once that a server is away, and once that it is back."""
        if trouble is None and role in self._lost:
            self._lost.discard(role)
            self._say(f"server {role.upper()} answers again")
        elif trouble is not None and role not in self._lost:
            self._lost.add(role)
            self._say(f"server {role.upper()} does not answer; the job is not harmed, and this goes on asking")

    def _move(self, role: str, event: dict[str, Any]) -> None:
        done, total, stage = event.get("done"), event.get("total"), event.get("stage")
        if self._bars is None or type(done) is not int or type(total) is not int or not isinstance(stage, str):
            return
        key = (role, stage)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(
                f"{escape(plain(stage[:10])):<8} {role.upper()}", total=None, sent=""
            )
        self._bars.update(self._tasks[key], completed=done, total=max(total, 1), sent=_cost(event))

    def _next(self, event: dict[str, Any]) -> str:
        """Why a job changed its state, where the event says it, and what people may want to know about that."""
        state, short = event.get("state"), self._job[:_SHORT_ID]
        if state == JobState.PAUSED:
            return f"; it waits until a member runs `imguard job resume {short}`"
        if state == JobState.QUEUED and _because(event):
            return f" again{_because(event)} The job goes on by itself from its last checkpoint."
        return _because(event)

    def _say(self, line: str) -> None:
        if self._bars is not None:
            self._bars.console.print(line, highlight=False, markup=False)
        else:
            self._session.say(line)


async def watch(nodes: Nodes, session: Session, job: str, as_json: bool) -> dict[str, Any]:
    """Follow a job to its end; ``{"job", "states", "metrics"}``.

    Raises:
        JobFailed, or whatever the job failed with; Cancelled.
    """
    is_plain = session.quiet or as_json or not sys.stderr.isatty()
    if is_plain:
        watcher = Watcher(session, job, None)
        states = await follow_job(nodes, job, watcher.on_event, _RECONNECTS, watcher.on_link)
    else:
        with new_progress(TextColumn("{task.fields[sent]}"), is_clocked=False) as bars:
            watcher = Watcher(session, job, bars)
            states = await follow_job(nodes, job, watcher.on_event, _RECONNECTS, watcher.on_link)
    if set(states.values()) != {JobState.FINISHED}:
        if JobState.FAILED in states.values():
            session.say(f"What it had computed is kept. Once the cause is mended: imguard job retry {job[:_SHORT_ID]}")
        raise failure(await nodes.both(lambda node: node.job(job)))
    latest = {found.epoch: found for found in sorted(watcher.metrics, key=lambda m: m.attempt)}
    metrics = [asdict(latest[epoch]) for epoch in sorted(latest)]
    return {"job": job, "states": {role: str(state) for role, state in states.items()}, "metrics": metrics}


def _because(event: dict[str, Any]) -> str:
    """Why, where the event has a reason."""
    return f": {plain(error_from_dict(event['error']))}" if isinstance(event.get("error"), dict) else ""


def duration(seconds: float) -> str:
    """A time for people: ``45 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _cost(event: dict[str, Any]) -> str:
    """What a stage has cost so far as the server reports it, bytes sent and time, and what is left at this pace."""
    sent, seconds = event.get("bytes_sent"), event.get("seconds")
    parts = []
    if isinstance(sent, int):
        parts.append(f"{sent / 1e9:.2f} GB sent" if sent >= 10**9 else f"{sent / 1e6:.1f} MB sent")
    if isinstance(seconds, (int, float)):
        parts.append(f"{seconds:.1f} s" if seconds < 10 else duration(seconds))
        done, total = int(event["done"]), int(event["total"])
        if 0 < done < total:
            parts.append(f"about {duration(seconds * (total - done) / done)} left")
    return ", ".join(parts)


def failure(statuses: tuple[JobStatus, JobStatus]) -> AppError:
    """Why a job did not finish, as the servers tell it."""
    if any(status.state is JobState.CANCELLED for status in statuses):
        return Cancelled("The job was cancelled.")
    reasons = [status.failure() for status in statuses]
    return next((reason for reason in reasons if reason is not None), None) or JobFailed(
        "The job stopped without a reason."
    )


def describe_metrics(found: Metrics) -> str:
    """One epoch as a line."""
    return (
        f"epoch {found.epoch}: validation loss {found.loss:.4f}, accuracy {found.accuracy:.2%} on {found.count} images"
    )
