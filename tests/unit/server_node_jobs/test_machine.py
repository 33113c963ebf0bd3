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
    "running": [Position(state) for state in RUNNING],
    "running+": [Position(state, True) for state in RUNNING],
}
ROW = re.compile(r"^(queued|running\+?) +(\w+) +(\(stage\)|[\w+]+) +(.+)$", re.MULTILINE)
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
        if (row, event) not in machine.TABLE:
            with pytest.raises(Conflict):
                advance(position, event, stage)


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
@pytest.mark.parametrize("event", Event)
def test_final_states_ignore_everything(state: JobState, event: Event) -> None:
    assert advance(Position(state), event) == (Position(state), ())


@pytest.mark.parametrize("stage", [JobState.QUEUED, JobState.FINISHED, JobState.PAUSED, None])
def test_stage_must_be_one_of_the_computation(stage: JobState | None) -> None:
    with pytest.raises(Conflict):
        advance(Position(JobState.PREPARING), Event.STAGE, stage)
    with pytest.raises(Conflict):
        advance(Position(JobState.PREPARING), Event.CANCEL, JobState.TRAINING)


@given(st.lists(st.sampled_from(list(Event)), max_size=12))
def test_every_life_closes_once_and_stops_what_it_started(events: list[Event]) -> None:
    position, done = Position(JobState.QUEUED), list[Action]()
    for event in events:
        try:
            position, actions = advance(position, event, JobState.TRAINING if event is Event.STAGE else None)
        except Conflict:
            continue
        done += actions
    assert done.count(Action.CLOSE) == (1 if position.state.is_final else 0)
    assert done.count(Action.START_WORKER) <= 1
    if position.state is JobState.FINISHED:
        assert Action.AWAIT_PEER in done and Action.STOP_WORKER not in done
