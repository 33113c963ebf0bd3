"""What requests about data sets hold, and their answers."""

from __future__ import annotations

from common.agreement.reason import MAX_REASON
from common.sharing.settings import MAX_VERSION
from server_node.api.schemas.fields import (
    BOOLEAN,
    COUNT,
    HASH,
    ID,
    OBJECT,
    SENTENCE,
    SIGNED,
    TIME,
    USER,
    WORD,
    Raw,
    Record,
    Schema,
    choice,
    document,
    free_text,
    integer,
    listed,
    nullable,
    text,
)
from server_node.store.history import KINDS, MAX_EVENTS

_MOST = 100_000
_NAMES = listed(free_text(100), 4096)
_VISIBILITY = choice("private", "shared", "public")
_COUNTS = nullable(listed(COUNT, 4096))
_MOMENT = nullable(TIME)
_MAYBE_HASH = text(r"([0-9a-f]{64})?", "64 hexadecimal digits, or nothing")
_MAYBE_ID = text(r"([0-9a-f]{32})?", "32 hexadecimal digits, or nothing")
_DELETION = Record({"dataset": HASH, "node_time": TIME, "stop_jobs": BOOLEAN, "reason": _MAYBE_HASH})
_SETTINGS = Record(
    {
        "dataset": HASH,
        "version": integer(1, MAX_VERSION),
        "visibility": _VISIBILITY,
        "shared_with": listed(USER, 200),
        "tags": listed(free_text(100), 32),
        "description": free_text(4000),
        "class_counts": _COUNTS,
        "enabled": BOOLEAN,
        "time": TIME,
    }
)
_REASON = Record({"text": free_text(MAX_REASON), "salt": _MAYBE_ID})

MANIFEST = Record({"document": document("manifest", OBJECT)})
SETTINGS = Record({"document": document("dataset-settings", _SETTINGS)})
DELETION = Record({"document": document("dataset-delete", _DELETION)}, {"reason": _REASON})
CHUNK = Raw("application/octet-stream", "A sealed chunk, exactly as long as the manifest says.")
CHUNK_HASH = text("[0-9a-f]{64}", "the SHA-256 of the body, 64 hexadecimal digits in lower case")

_STATE = choice("uploading", "received", "usable", "mismatched")
_BRIEF: dict[str, Schema] = {
    "id": HASH,
    "owner": USER,
    "state": _STATE,
    "enabled": BOOLEAN,
    "version": COUNT,
    "bytes": COUNT,
    "name": free_text(100),
    "count": COUNT,
    "shape": listed(COUNT, 3),
    "bits": COUNT,
    "classes": _NAMES,
    "visibility": _VISIBILITY,
    "shared_with": listed(USER, 200),
    "tags": listed(free_text(100), 32),
    "class_counts": _COUNTS,
    "created": TIME,
}
_PARTS = listed(COUNT, 1_000_000)
_SHOWN: dict[str, Schema] = {"manifest": SIGNED, "settings": nullable(SIGNED), "missing": _PARTS}

ANNOUNCED = Record({"id": HASH, "missing": _PARTS, "state": _STATE})
LISTED = Record({"datasets": listed(Record(_BRIEF), _MOST)})
DATASET = Record(
    {**_BRIEF, **_SHOWN, "description": free_text(4000), "receipt": nullable(SIGNED), "peer_confirmed": BOOLEAN}
)
STORED = Record({"missing_count": COUNT})
FINISHED = Record({"receipt": SIGNED, "state": _STATE})
CHANGED = Record({"version": COUNT, "enabled": BOOLEAN})
DELETED = Record({"receipt": SIGNED, "stopped": listed(ID, _MOST)})
HISTORY = Record(
    {"events": listed(Record({"time": TIME, "actor": SENTENCE, "kind": choice(*KINDS), "facts": OBJECT}), MAX_EVENTS)}
)
_PROJECT: dict[str, Schema] = {
    "project": ID,
    "name": free_text(100),
    "owner": USER,
    "revision": COUNT,
    "specification": HASH,
    "state": WORD,
    "is_consented": BOOLEAN,
}
_EFFECT = choice("cancelled", "refused", "goes-on")
_JOB: dict[str, Schema] = {
    "job": ID,
    "project": ID,
    "name": free_text(100),
    "starter": USER,
    "state": WORD,
    "created": TIME,
}
USES = Record(
    {
        "projects": listed(Record(_PROJECT), _MOST),
        "jobs": listed(Record({**_JOB, "on_delete": _EFFECT, "on_disable": _EFFECT}), _MOST),
    }
)
