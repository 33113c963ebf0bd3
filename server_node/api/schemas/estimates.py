"""What is asked and answered about costs, and the counts of everything."""

from __future__ import annotations

from common.pipeline import JobState
from common.sharing.compact import RING_BITS_OF
from common.sharing.share_chunk import MAX_CLASSES, MAX_SIDE
from server_node.api.schemas.fields import (
    COUNT,
    NUMBER,
    OBJECT,
    SENTENCE,
    TIME,
    WORD,
    Field,
    Record,
    choice,
    integer,
    listed,
    mapped,
    nullable,
)
from server_node.estimate.images import MAX_IMAGES

_MAX_DATASETS = 200
_DEPTHS = tuple(RING_BITS_OF)
_DEPTH = Field(
    {"enum": list(_DEPTHS)}, f"one of {', '.join(map(str, _DEPTHS))}", lambda v: type(v) is int and v in _DEPTHS
)
_SHAPE = Field(
    {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": MAX_SIDE}, "minItems": 3, "maxItems": 3},
    "three whole numbers: height, width and channels",
    lambda v: isinstance(v, list) and len(v) == 3 and all(type(one) is int and 1 <= one <= MAX_SIDE for one in v),
)
_DESCRIBED = Record(
    {"count": integer(1, MAX_IMAGES), "shape": _SHAPE, "bits": _DEPTH, "classes": integer(1, MAX_CLASSES)}
)

ASKED = Record(
    {"specification": OBJECT}, optional={"datasets": mapped(_DESCRIBED, _MAX_DATASETS, key=r"[0-9a-f]{64}")}
)

_STAGE = Record({"stage": WORD, "seconds": NUMBER, "bytes_sent": COUNT, "rounds": COUNT, "disk_bytes": COUNT})
_SOURCE = Record({"name": WORD, "refusal": nullable(SENTENCE), "seconds": NUMBER, "stages": listed(_STAGE, 20)})
_LINK = Record({"round_trip_ms": NUMBER, "mb_per_s": NUMBER})

ESTIMATE = Record(
    {
        "party": choice("a", "b"),
        "images": COUNT,
        "trained": COUNT,
        "steps": COUNT,
        "calibrated": TIME,
        "link": nullable(_LINK),
        "start_seconds": NUMBER,
        "upload_bytes": COUNT,
        "sources": listed(_SOURCE, 20),
    }
)

SUMMARY = Record(
    {
        "users": COUNT,
        "projects": Record({"active": COUNT, "archived": COUNT}),
        "jobs": Record({state.value: COUNT for state in JobState}),
    }
)
