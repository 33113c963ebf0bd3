"""What requests about jobs hold, and their answers."""

from __future__ import annotations

from common.pipeline import JobState, Stage
from server_node.api.schemas.fields import (
    BOOLEAN,
    COUNT,
    HASH,
    ID,
    NONCE,
    NUMBER,
    OBJECT,
    REASON,
    SENTENCE,
    TIME,
    USER,
    WORD,
    Raw,
    Record,
    Stream,
    choice,
    document,
    integer,
    listed,
    mapped,
    nullable,
    text,
)
from server_node.jobs.admission import ACTIONS
from server_node.jobs.entry import TEST as TEST_JOB
from server_node.jobs.entry import TRAINING

_STATE = choice(*(state.value for state in JobState))
_STAGE = choice(*(stage.value for stage in Stage), "")
START = Record({"project_hash": HASH, "nonce": NONCE})
TEST_START = Record({"project_hash": HASH, "training": ID, "dataset": HASH, "nonce": NONCE})
FORGET = Record({"job": ID, "time": TIME})
CONTROL = Record({"job": ID, "action": choice(*ACTIONS), "sequence": integer(1, 1_000_000), "time": TIME})

JOB_START = Record({"document": document("job-start", START)})
TEST = Record({"document": document("test-start", TEST_START)})
MODEL_FORGET = Record({"document": document("model-forget", FORGET)})
FORGOTTEN = Record({"forgotten": BOOLEAN})
JOB_CONTROL = Record({"document": document("job-control", CONTROL)})
PROJECT = text(r"[0-9a-f]{0,32}", "the id of a project, or nothing for all")
_PROGRESS = Record({"done": COUNT, "total": COUNT, "seconds": NUMBER, "bytes_sent": COUNT, "rounds": COUNT})

TESTABLE = Record(
    {"kept": BOOLEAN, "shape": listed(COUNT, 3), "bits": COUNT, "classes": listed(SENTENCE), "most": COUNT}
)
STARTED = Record({"id": ID, "state": _STATE})
JOB = Record(
    {
        "id": ID,
        "kind": choice(TRAINING, TEST_JOB),
        "training": nullable(ID),
        "dataset": nullable(HASH),
        "kept": BOOLEAN,
        "project": ID,
        "specification": HASH,
        "preparation": WORD,
        "starter": USER,
        "organisation": SENTENCE,
        "state": _STATE,
        "stage": nullable(_STAGE),
        "progress": nullable(_PROGRESS),
        "stages": mapped(_PROGRESS),
        "seconds_left": nullable(NUMBER),
        "epoch": nullable(COUNT),
        "attempt": COUNT,
        "controls": COUNT,
        "wants_pause": BOOLEAN,
        "waiting": nullable(REASON),
        "error": nullable(REASON),
        "created": TIME,
        "ended": nullable(TIME),
    }
)
JOBS = Record({"jobs": listed(JOB)})
_LINE = Record({"id": COUNT, "time": TIME, "stage": _STAGE, "level": WORD, "text": SENTENCE})
LOG = Record({"lines": listed(_LINE), "after": COUNT})
EVENTS = Stream(OBJECT, "every event of the job, then those that come")
ANSWER = Raw("application/octet-stream", "the sealed share of the answer", statuses=(200, 206, 304, 412, 416))
MODEL = Raw("application/octet-stream", "the sealed model share", statuses=(200, 206, 304, 412, 416))
