"""Workers killed with -9 while they prepare and use: whatever was lost is made anew, and nothing comes twice."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from common.ids import Party
from tests.helpers.two_party.killed import BROKEN, Trial, attempt, check, moments
from tests.helpers.two_party.tls import make_identities

FEW = 4
"""Moments of a quick test, spread over all of an attempt."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nodes")
    make_identities(root)
    return root


def killed_at(trial: Trial, root: Path, party: Party, moment: int) -> bool:
    """An attempt in which one party dies, and one that nobody disturbs; whether it did die."""
    root.mkdir()
    codes = attempt(Trial(root, trial.nodes, 0, trial.source, trial.lanes, party, moment))
    # Lanes and the job take turns as they like: what was the last moment once may not come the next time.
    assert codes[party] in (-signal.SIGKILL, 0) and codes[party.other] in (BROKEN, 0)
    assert attempt(Trial(root, trial.nodes, 0, trial.source, trial.lanes)) == (0, 0)
    check(root)
    return codes[party] != 0


@pytest.mark.parametrize(
    ("source", "lanes", "every"),
    [
        ("open", 2, False),
        pytest.param("open", 1, True, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
        pytest.param("open", 2, True, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
        pytest.param("cot", 2, False, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("party", Party)
def test_worker_killed_at_any_moment_loses_nothing_and_repeats_nothing(
    tmp_path: Path, nodes: Path, party: Party, source: str, lanes: int, every: bool
) -> None:
    trial = Trial(tmp_path / "whole", nodes, 0, source, lanes)
    trial.root.mkdir()
    assert attempt(trial) == (0, 0)
    check(trial.root)
    total = moments(trial.root, party)
    assert total > 100
    step = 1 if every else total // FEW
    died = [killed_at(trial, tmp_path / str(moment), party, moment) for moment in range(1, total, step)]
    assert sum(died) >= 0.9 * len(died)
