"""Answers about how the node is."""

from __future__ import annotations

from server_node.api.schemas.fields import COUNT, OBJECT, Field, Record, free_text, mapped

_STATES = ("ready", "degraded")

ALIVE = Record({"status": Field({"const": "ok"}, '"ok"', lambda value: value == "ok")})
PROTOCOLS = Record({"version": free_text(64), "protocols": mapped(COUNT, 64)})
_MEASURED = Field({"type": "number", "minimum": 0}, "a number", lambda value: type(value) in (int, float))
LINK = Record({"round_trip_ms": _MEASURED, "mb_per_s": _MEASURED, "bytes": COUNT})
READY = Record(
    {"status": Field({"enum": list(_STATES)}, '"ready" or "degraded"', lambda value: value in _STATES)},
    optional={"components": OBJECT},
)
