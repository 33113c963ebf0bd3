"""Answers about how the node is."""

from __future__ import annotations

from server_node.api.schemas.fields import OBJECT, Field, Record

_STATES = ("ready", "degraded")

ALIVE = Record({"status": Field({"const": "ok"}, '"ok"', lambda value: value == "ok")})
READY = Record(
    {"status": Field({"enum": list(_STATES)}, '"ready" or "degraded"', lambda value: value in _STATES)},
    optional={"components": OBJECT},
)
