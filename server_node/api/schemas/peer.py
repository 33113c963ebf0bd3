"""What the other server asks, and the answers."""

from __future__ import annotations

from server_node.api.schemas.fields import (
    BOOLEAN,
    COUNT,
    HASH,
    ID,
    NOTHING,
    REASON,
    SENTENCE,
    Record,
    document,
    either,
    integer,
    listed,
    nullable,
    text,
)
from server_node.api.schemas.jobs import CONTROL, START, TEST_START
from server_node.jobs.journal import MAX_ATTEMPTS

_STATE = text(r"[a-z]{1,16}", "a state")
_REASON = Record(
    {"code": text(r"[a-z-]{1,40}", "an error code"), "message": SENTENCE, "advice": SENTENCE, "details": NOTHING}
)

PEER_DATASET = Record({"manifest_hash": HASH, "state": _STATE})
_ANY_START = either(
    document("job-start", START), document("test-start", TEST_START), says="a signed start of a training or of a test"
)
PEER_JOB = Record(
    {"document": _ANY_START, "job": ID, "controls": listed(document("job-control", CONTROL))}
)
PEER_START = Record({"slot": integer(0, 7), "attempt": integer(1, MAX_ATTEMPTS)})
PEER_END = Record({"error": nullable(_REASON)})

DATASET_THERE = Record({"manifest_hash": text(r"([0-9a-f]{64})?", "a hash, or nothing"), "state": _STATE})
_LINK = Record({"host": SENTENCE, "port": COUNT})
ACCEPTED = Record({"accepted": BOOLEAN, "link": _LINK})
STATUS = Record({"state": _STATE, "is_computed": BOOLEAN, "attempt": COUNT, "error": nullable(REASON)})
