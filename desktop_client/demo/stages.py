"""The demo's book-keeping: a bar per stage with bytes and time, and the totals for the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from common.pipeline import Stage

Step = Callable[[int, int], None]


@dataclass
class StageTotal:
    """What a stage took: seconds, bytes sent by both servers or by the clients, rounds of one server."""

    seconds: float = 0.0
    bytes_sent: int = 0
    rounds: int = 0
    per_node: dict[str, tuple[float, int, int]] = field(default_factory=dict)

    def take(self, role: str, seconds: float, bytes_sent: int, rounds: int) -> None:
        """Totals so far that a server reports; the slower server counts for time, both for bytes."""
        self.per_node[role] = (seconds, bytes_sent, rounds)
        self.seconds = max(found[0] for found in self.per_node.values())
        self.bytes_sent = sum(found[1] for found in self.per_node.values())
        self.rounds = max(found[2] for found in self.per_node.values())


class StageBoard:
    """Shows all stages at once on a terminal, or a line per finished stage elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.totals = {stage: StageTotal() for stage in Stage}
        self._bars = Progress(
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=32),
            TaskProgressColumn(),
            TextColumn("{task.fields[cost]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[Stage, TaskID] = {}
        self._finished: set[Stage] = set()
        self._complete: dict[Stage, set[str]] = {stage: set() for stage in Stage}
        self._began = self._ended = 0.0

    @property
    def seconds(self) -> float:
        """From the beginning to the end, with what belongs to no stage; stages of the servers overlap."""
        return self._ended - self._began

    def __enter__(self) -> StageBoard:
        self._began = time.monotonic()
        self._bars.start()
        for stage in Stage:
            self._tasks[stage] = self._bars.add_task(stage.value, total=1, start=False, cost="")
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
        self._ended = time.monotonic()

    def say(self, line: str) -> None:
        """A remark above the bars."""
        self._bars.console.print(line, highlight=False, markup=False)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[Step]:
        """Time a stage of the client; its ``step(done, total)`` moves the bar."""
        started = time.monotonic()

        def step(done: int, total: int) -> None:
            self.totals[stage].seconds = before + time.monotonic() - started
            self._draw(stage, done, total)

        before = self.totals[stage].seconds
        yield step
        self.totals[stage].seconds = before + time.monotonic() - started

    def sent(self, stage: Stage, count: int) -> None:
        """Add bytes a client sent or fetched."""
        self.totals[stage].bytes_sent += count

    def finish(self, stage: Stage) -> None:
        """The stage is complete."""
        if stage not in self._finished:
            self._finished.add(stage)
            self._draw(stage, 1, 1)
            if not self._console.is_terminal:
                self.say(f"{stage.value:<9} done  {self._cost(stage)}")

    def on_event(self, role: str, event: dict[str, Any]) -> None:
        """Progress that a server reports about a job."""
        stage = Stage(event["stage"])
        self.totals[stage].take(role, float(event["seconds"]), int(event["bytes_sent"]), int(event["rounds"]))
        self._draw(stage, int(event["done"]), int(event["total"]))
        if event["done"] == event["total"]:
            self._complete[stage].add(role)
        if len(self._complete[stage]) == 2:
            self.finish(stage)

    def _draw(self, stage: Stage, done: int, total: int) -> None:
        self._bars.start_task(self._tasks[stage])
        self._bars.update(self._tasks[stage], completed=done, total=max(total, 1), cost=self._cost(stage))

    def _cost(self, stage: Stage) -> str:
        total = self.totals[stage]
        sent = f"{total.bytes_sent / 1e6:9.1f} MB" if total.bytes_sent else " " * 12
        return f"{total.seconds:7.1f} s  {sent}"
