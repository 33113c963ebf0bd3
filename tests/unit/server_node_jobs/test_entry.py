"""How long a job still takes, as far as its server can tell."""

from __future__ import annotations

from typing import Any

import pytest

from server_node.jobs.entry import seconds_left


def stages(**done: int) -> dict[str, dict[str, Any]]:
    """A second for each unit; ten units are all of a stage."""
    return {name: {"done": count, "total": 10, "seconds": float(count)} for name, count in done.items()}


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ({}, None),
        (stages(prepare=0), None),
        (stages(prepare=4), 6.0),
        (stages(prepare=10), 0.0),
        (stages(prepare=4, hide=0), 6.0),
        (stages(prepare=4, hide=5, features=5, train=0), 6.0),
        (stages(prepare=4, hide=5, features=6, train=7), 12.0),
        (stages(prepare=2, hide=9, features=9, train=9), 8.0),
        (stages(prepare=10, hide=9, features=9, train=9), 3.0),
        (stages(prepare=10, hide=9, features=9, train=0), None),
        (stages(prepare=3, test=8), 7.0),
        (stages(hide=9), 1.0),
    ],
)
def test_time_left_is_that_of_what_takes_longer(known: dict[str, dict[str, Any]], left: float | None) -> None:
    assert seconds_left(known) == left
