"""What a person who watches a job sees of its stages, those that go on side by side too."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from desktop_client.cli.context import Session
from desktop_client.cli.watching import Watcher
from desktop_client.settings import Profile
from tests.helpers.desktop.trainings import JOB


def progress(stage: str, done: int, seconds: float, sent: int) -> dict[str, Any]:
    return {"kind": "progress", "stage": stage, "done": done, "total": 10, "seconds": seconds, "bytes_sent": sent}


def shown(*events: tuple[str, dict[str, Any]]) -> list[tuple[str, float, str]]:
    """Every bar: what it is called, how much is done, and what it says."""
    bars = Progress(TextColumn("{task.description}"), console=Console(file=io.StringIO()))
    watcher = Watcher(Session(Profile(Path()), quiet=True), JOB, bars)
    for role, event in events:
        watcher.on_event(role, event)
    return [(task.description, task.percentage, task.fields["sent"]) for task in bars.tasks]


def test_preparing_moves_on_beside_the_training() -> None:
    found = shown(
        ("a", progress("prepare", 2, 60.0, 4_000_000)),
        ("b", progress("prepare", 1, 30.0, 4_000_000)),
        ("a", progress("train", 1, 5.0, 1000)),
        ("a", progress("prepare", 5, 600.0, 12_500_000_000)),
    )
    assert found == [
        ("prepare  A", 50.0, "12.50 GB sent, 10 min, about 10 min left"),
        ("prepare  B", 10.0, "4.0 MB sent, 30 s, about 4 min left"),
        ("train    A", 10.0, "0.0 MB sent, 5.0 s, about 45 s left"),
    ]


@pytest.mark.parametrize(
    ("done", "text"), [(0, "0.0 MB sent, 7.2 s"), (10, "0.0 MB sent, 7.2 s"), (9, "0.0 MB sent, 7.2 s, about 1 s left")]
)
def test_time_left_is_shown_while_there_is_a_pace(done: int, text: str) -> None:
    assert shown(("a", progress("prepare", done, 7.2, 9)))[0][2] == text
