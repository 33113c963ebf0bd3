"""The life of a job as one pure function: (position, event) → (position, actions). No clock, no disk, no network.

A position is a job state and whether this node has finished its own part of the computation (written ``+``).
``running`` stands for preparing, hiding and training.

==========  ================  ==========  =======================================
position    event             next        actions
==========  ================  ==========  =======================================
queued      start             preparing   start_worker
queued      restart           queued      enqueue
queued      cancel            cancelled   tell_cancelled, close
queued      peer_cancelled    cancelled   close
queued      fail              failed      tell_failed, close
queued      peer_failed       failed      close
running     stage             (stage)     -
running     worker_done       running+    await_peer
running     fail              failed      stop_worker, tell_failed, close
running     restart           failed      tell_failed, close
running     peer_failed       failed      stop_worker, close
running     cancel            cancelled   stop_worker, tell_cancelled, close
running     peer_cancelled    cancelled   stop_worker, close
running+    peer_done         finished    close
running+    fail              failed      tell_failed, close
running+    restart           running+    await_peer
running+    peer_failed       failed      close
running+    cancel            running+    tell_cancelled
running+    peer_cancelled    cancelled   close
==========  ================  ==========  =======================================

With its own part done a node no longer cancels alone: it asks the other one and takes over what became of it there, so
that both end in the same state. In a final state every event is ignored. Any other pair is a mistake of the program and
raises :class:`Conflict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.errors import Conflict
from common.pipeline import JobState


class Event(StrEnum):
    """What can happen to a job."""

    START = "start"
    STAGE = "stage"
    WORKER_DONE = "worker_done"
    PEER_DONE = "peer_done"
    FAIL = "fail"
    PEER_FAILED = "peer_failed"
    CANCEL = "cancel"
    PEER_CANCELLED = "peer_cancelled"
    RESTART = "restart"


class Action(StrEnum):
    """What the runner has to do, in the order given."""

    ENQUEUE = "enqueue"
    START_WORKER = "start_worker"
    STOP_WORKER = "stop_worker"
    AWAIT_PEER = "await_peer"
    TELL_FAILED = "tell_failed"
    TELL_CANCELLED = "tell_cancelled"
    CLOSE = "close"


@dataclass(frozen=True)
class Position:
    """Where a job stands on this node."""

    state: JobState
    is_computed: bool = False

    @property
    def row(self) -> str:
        """The name of this position in the table."""
        if self.state is JobState.QUEUED or self.state.is_final:
            return self.state.value
        return "running+" if self.is_computed else "running"


Step = tuple[JobState | None, bool, tuple[Action, ...]]
"""Next state (None: the one the event carries, or unchanged), whether the own part is done, actions."""

_A = Action
_UNCHANGED = None
TABLE: dict[tuple[str, Event], Step] = {
    ("queued", Event.START): (JobState.PREPARING, False, (_A.START_WORKER,)),
    ("queued", Event.RESTART): (JobState.QUEUED, False, (_A.ENQUEUE,)),
    ("queued", Event.CANCEL): (JobState.CANCELLED, False, (_A.TELL_CANCELLED, _A.CLOSE)),
    ("queued", Event.PEER_CANCELLED): (JobState.CANCELLED, False, (_A.CLOSE,)),
    ("queued", Event.FAIL): (JobState.FAILED, False, (_A.TELL_FAILED, _A.CLOSE)),
    ("queued", Event.PEER_FAILED): (JobState.FAILED, False, (_A.CLOSE,)),
    ("running", Event.STAGE): (_UNCHANGED, False, ()),
    ("running", Event.WORKER_DONE): (_UNCHANGED, True, (_A.AWAIT_PEER,)),
    ("running", Event.FAIL): (JobState.FAILED, False, (_A.STOP_WORKER, _A.TELL_FAILED, _A.CLOSE)),
    ("running", Event.RESTART): (JobState.FAILED, False, (_A.TELL_FAILED, _A.CLOSE)),
    ("running", Event.PEER_FAILED): (JobState.FAILED, False, (_A.STOP_WORKER, _A.CLOSE)),
    ("running", Event.CANCEL): (JobState.CANCELLED, False, (_A.STOP_WORKER, _A.TELL_CANCELLED, _A.CLOSE)),
    ("running", Event.PEER_CANCELLED): (JobState.CANCELLED, False, (_A.STOP_WORKER, _A.CLOSE)),
    ("running+", Event.PEER_DONE): (JobState.FINISHED, True, (_A.CLOSE,)),
    ("running+", Event.FAIL): (JobState.FAILED, True, (_A.TELL_FAILED, _A.CLOSE)),
    ("running+", Event.RESTART): (_UNCHANGED, True, (_A.AWAIT_PEER,)),
    ("running+", Event.PEER_FAILED): (JobState.FAILED, True, (_A.CLOSE,)),
    ("running+", Event.CANCEL): (_UNCHANGED, True, (_A.TELL_CANCELLED,)),
    ("running+", Event.PEER_CANCELLED): (JobState.CANCELLED, True, (_A.CLOSE,)),
}
_STAGES = (JobState.PREPARING, JobState.HIDING, JobState.TRAINING)


def advance(position: Position, event: Event, stage: JobState | None = None) -> tuple[Position, tuple[Action, ...]]:
    """The next position and what to do now; ``stage`` goes with ``Event.STAGE`` only.

    Raises:
        Conflict: the event cannot happen in this position.
    """
    if position.state.is_final:
        return position, ()
    if (event is Event.STAGE) != (stage in _STAGES):
        raise Conflict(f"{event.value} with stage {stage} is no event of a job.")
    try:
        state, is_computed, actions = TABLE[position.row, event]
    except KeyError as error:
        raise Conflict(f"A job that is {position.row} cannot meet {event.value}.") from error
    return Position(state or stage or position.state, is_computed), actions
