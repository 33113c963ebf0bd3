"""Bodies of what the other server asks."""

from __future__ import annotations

from server_node.api.schemas.fields import HASH, ID, NOTHING, SENTENCE, Record, document, integer, or_null, text
from server_node.api.schemas.jobs import START

_STATE = text(r"[a-z]{1,16}", "a state")
_REASON = Record(
    {"code": text(r"[a-z-]{1,40}", "an error code"), "message": SENTENCE, "advice": SENTENCE, "details": NOTHING}
)

PEER_DATASET = Record({"manifest_hash": HASH, "state": _STATE})
PEER_JOB = Record({"document": document("job-start", START), "job": ID})
PEER_START = Record({"slot": integer(0, 7)})
PEER_END = Record({"error": or_null(_REASON)})
