"""The life of a job as one pure function: (position, event) → (position, actions). No clock, no disk, no network.

A position is a job state and whether this node has finished its own part of the computation (written ``+``).
``running`` stands for preparing, hiding, training and testing.

==========  ================  ==========  ============================================
position    event             next        actions
==========  ================  ==========  ============================================
queued      start             preparing   start_worker
queued      restart           queued      enqueue
queued      paused            paused      vacate
queued      cancel            cancelled   tell_cancelled, close
queued      peer_cancelled    cancelled   close
queued      fail              failed      tell_failed, close
queued      peer_failed       failed      close
running     start             preparing   stop_worker, vacate, start_worker
running     stage             (stage)     -
running     worker_done       running+    await_peer
running     interrupt         queued      stop_worker, vacate, enqueue
running     restart           queued      enqueue
running     paused            paused      stop_worker, vacate
running     fail              failed      stop_worker, tell_failed, close
running     peer_failed       failed      stop_worker, close
running     cancel            cancelled   stop_worker, tell_cancelled, close
running     peer_cancelled    cancelled   stop_worker, close
running+    start             preparing   vacate, start_worker
running+    peer_done         finished    close
running+    peer_interrupted  queued      vacate, enqueue
running+    fail              failed      tell_failed, close
running+    restart           running+    await_peer
running+    peer_failed       failed      close
running+    cancel            running+    tell_cancelled
running+    peer_cancelled    cancelled   close
paused      resume            queued      enqueue
paused      restart           paused      -
paused      fail              failed      tell_failed, close
paused      peer_failed       failed      close
paused      cancel            cancelled   tell_cancelled, close
paused      peer_cancelled    cancelled   close
failed      retry             queued      enqueue
==========  ================  ==========  ============================================

What breaks off without being anybody's fault (``interrupt``: a killed process, a cut link, a full disk) puts the job
back into the queue, and it goes on from the last checkpoint that both servers have. A ``start`` that meets a worker is
the driver's next attempt, and replaces it.

With its own part done a node no longer cancels alone: it asks the other one and takes over what became of it there, so
that both end in the same state. In a final state every event but ``retry`` is ignored. Any other pair is a mistake of
the program and raises :class:`Conflict`.
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
    INTERRUPT = "interrupt"
    PEER_INTERRUPTED = "peer_interrupted"
    FAIL = "fail"
    PEER_FAILED = "peer_failed"
    CANCEL = "cancel"
    PEER_CANCELLED = "peer_cancelled"
    PAUSED = "paused"
    RESUME = "resume"
    RETRY = "retry"
    RESTART = "restart"


class Action(StrEnum):
    """What the runner has to do, in the order given."""

    ENQUEUE = "enqueue"
    START_WORKER = "start_worker"
    STOP_WORKER = "stop_worker"
    VACATE = "vacate"
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
        if self.state in (JobState.QUEUED, JobState.PAUSED) or self.state.is_final:
            return self.state.value
        return "running+" if self.is_computed else "running"

    @property
    def is_running(self) -> bool:
        """A worker computes, or should."""
        return self.row == "running"


Step = tuple[JobState | None, bool, tuple[Action, ...]]
"""Next state (None: the one the event carries, or unchanged), whether the own part is done, actions."""

_A, _S = Action, JobState
_UNCHANGED = None
TABLE: dict[tuple[str, Event], Step] = {
    ("queued", Event.START): (_S.PREPARING, False, (_A.START_WORKER,)),
    ("queued", Event.RESTART): (_S.QUEUED, False, (_A.ENQUEUE,)),
    ("queued", Event.PAUSED): (_S.PAUSED, False, (_A.VACATE,)),
    ("queued", Event.CANCEL): (_S.CANCELLED, False, (_A.TELL_CANCELLED, _A.CLOSE)),
    ("queued", Event.PEER_CANCELLED): (_S.CANCELLED, False, (_A.CLOSE,)),
    ("queued", Event.FAIL): (_S.FAILED, False, (_A.TELL_FAILED, _A.CLOSE)),
    ("queued", Event.PEER_FAILED): (_S.FAILED, False, (_A.CLOSE,)),
    ("running", Event.START): (_S.PREPARING, False, (_A.STOP_WORKER, _A.VACATE, _A.START_WORKER)),
    ("running", Event.STAGE): (_UNCHANGED, False, ()),
    ("running", Event.WORKER_DONE): (_UNCHANGED, True, (_A.AWAIT_PEER,)),
    ("running", Event.INTERRUPT): (_S.QUEUED, False, (_A.STOP_WORKER, _A.VACATE, _A.ENQUEUE)),
    ("running", Event.RESTART): (_S.QUEUED, False, (_A.ENQUEUE,)),
    ("running", Event.PAUSED): (_S.PAUSED, False, (_A.STOP_WORKER, _A.VACATE)),
    ("running", Event.FAIL): (_S.FAILED, False, (_A.STOP_WORKER, _A.TELL_FAILED, _A.CLOSE)),
    ("running", Event.PEER_FAILED): (_S.FAILED, False, (_A.STOP_WORKER, _A.CLOSE)),
    ("running", Event.CANCEL): (_S.CANCELLED, False, (_A.STOP_WORKER, _A.TELL_CANCELLED, _A.CLOSE)),
    ("running", Event.PEER_CANCELLED): (_S.CANCELLED, False, (_A.STOP_WORKER, _A.CLOSE)),
    ("running+", Event.START): (_S.PREPARING, False, (_A.VACATE, _A.START_WORKER)),
    ("running+", Event.PEER_DONE): (_S.FINISHED, True, (_A.CLOSE,)),
    ("running+", Event.PEER_INTERRUPTED): (_S.QUEUED, False, (_A.VACATE, _A.ENQUEUE)),
    ("running+", Event.FAIL): (_S.FAILED, True, (_A.TELL_FAILED, _A.CLOSE)),
    ("running+", Event.RESTART): (_UNCHANGED, True, (_A.AWAIT_PEER,)),
    ("running+", Event.PEER_FAILED): (_S.FAILED, True, (_A.CLOSE,)),
    ("running+", Event.CANCEL): (_UNCHANGED, True, (_A.TELL_CANCELLED,)),
    ("running+", Event.PEER_CANCELLED): (_S.CANCELLED, True, (_A.CLOSE,)),
    ("paused", Event.RESUME): (_S.QUEUED, False, (_A.ENQUEUE,)),
    ("paused", Event.RESTART): (_S.PAUSED, False, ()),
    ("paused", Event.FAIL): (_S.FAILED, False, (_A.TELL_FAILED, _A.CLOSE)),
    ("paused", Event.PEER_FAILED): (_S.FAILED, False, (_A.CLOSE,)),
    ("paused", Event.CANCEL): (_S.CANCELLED, False, (_A.TELL_CANCELLED, _A.CLOSE)),
    ("paused", Event.PEER_CANCELLED): (_S.CANCELLED, False, (_A.CLOSE,)),
    ("failed", Event.RETRY): (_S.QUEUED, False, (_A.ENQUEUE,)),
}
_STAGES = tuple(state for state in JobState if state.is_computing)


def advance(position: Position, event: Event, stage: JobState | None = None) -> tuple[Position, tuple[Action, ...]]:
    """The next position and what to do now; ``stage`` goes with ``Event.STAGE`` only.

    Raises:
        Conflict: the event cannot happen in this position.
    """
    if position.state.is_final and (position.row, event) not in TABLE:
        return position, ()
    if (event is Event.STAGE) != (stage in _STAGES):
        raise Conflict(f"{event.value} with stage {stage} is no event of a job.")
    try:
        state, is_computed, actions = TABLE[position.row, event]
    except KeyError as error:
        raise Conflict(f"A job that is {position.row} cannot meet {event.value}.") from error
    return Position(state or stage or position.state, is_computed), actions
