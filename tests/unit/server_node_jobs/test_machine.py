"""The life of a job, compared with the table in the machine's own description."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict
from common.pipeline import JobState
from server_node.jobs import machine
from server_node.jobs.machine import Action, Event, Position, advance

RUNNING = (JobState.PREPARING, JobState.HIDING, JobState.TRAINING)
POSITIONS = {
    "queued": [Position(JobState.QUEUED)],
    "paused": [Position(JobState.PAUSED)],
    "failed": [Position(JobState.FAILED)],
    "running": [Position(state) for state in RUNNING],
    "running+": [Position(state, True) for state in RUNNING],
}
ROW = re.compile(r"^(queued|paused|failed|running\+?) +(\w+) +(\(stage\)|[\w+]+) +(.+)$", re.MULTILINE)
DRAWN = [found.groups() for found in ROW.finditer(machine.__doc__ or "")]


def test_drawn_table_is_the_table_that_runs() -> None:
    assert {(row, Event(event)) for row, event, _, _ in DRAWN} == set(machine.TABLE)
    assert len(DRAWN) == len(machine.TABLE)


@pytest.mark.parametrize(("row", "event", "drawn", "actions"), DRAWN)
def test_each_row_does_what_it_says(row: str, event: str, drawn: str, actions: str) -> None:
    wanted = () if actions.strip() == "-" else tuple(Action(name) for name in actions.strip().split(", "))
    for position in POSITIONS[row]:
        stage = JobState.HIDING if event == "stage" else None
        found, done = advance(position, Event(event), stage)
        assert done == wanted
        if drawn == "(stage)":
            assert found == Position(JobState.HIDING)
        elif drawn.startswith("running"):
            assert found == Position(position.state, drawn.endswith("+"))
        else:
            assert found.state is JobState(drawn)


@pytest.mark.parametrize("row", POSITIONS)
@pytest.mark.parametrize("event", Event)
def test_pairs_outside_the_table_are_refused(row: str, event: Event) -> None:
    stage = JobState.TRAINING if event is Event.STAGE else None
    for position in POSITIONS[row]:
        if (row, event) not in machine.TABLE and not position.state.is_final:
            with pytest.raises(Conflict):
                advance(position, event, stage)


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
@pytest.mark.parametrize("event", Event)
def test_final_states_ignore_everything_but_a_retry_of_what_failed(state: JobState, event: Event) -> None:
    found = advance(Position(state), event)
    if (state, event) == (JobState.FAILED, Event.RETRY):
        assert found == (Position(JobState.QUEUED), (Action.ENQUEUE,))
    else:
        assert found == (Position(state), ())


@pytest.mark.parametrize("stage", [JobState.QUEUED, JobState.FINISHED, JobState.PAUSED, None])
def test_stage_must_be_one_of_the_computation(stage: JobState | None) -> None:
    with pytest.raises(Conflict):
        advance(Position(JobState.PREPARING), Event.STAGE, stage)
    with pytest.raises(Conflict):
        advance(Position(JobState.PREPARING), Event.CANCEL, JobState.TRAINING)


@given(st.lists(st.sampled_from(list(Event)), max_size=16))
def test_every_life_gives_its_place_free_and_ends_every_worker(events: list[Event]) -> None:
    """Whatever happens, a worker is stopped or has ended before another one starts and before the place is free."""
    position, has_worker = Position(JobState.QUEUED), False
    for event in events:
        try:
            position, actions = advance(position, event, JobState.TRAINING if event is Event.STAGE else None)
        except Conflict:
            continue
        for action in actions:
            if action is Action.START_WORKER:
                assert not has_worker
                has_worker = True
            elif action is Action.STOP_WORKER or (action in (Action.VACATE, Action.CLOSE) and position.is_computed):
                has_worker = False
            elif action in (Action.VACATE, Action.CLOSE):
                has_worker = has_worker and event in (Event.START, Event.PEER_INTERRUPTED, Event.FAIL)
        # A worker that has done its part, or whose node was restarted, is gone.
        has_worker = has_worker and event not in (Event.WORKER_DONE, Event.RESTART)
        if not position.is_running:
            assert not has_worker
