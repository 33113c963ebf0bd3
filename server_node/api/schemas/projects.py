"""Bodies of requests about projects and consents."""

from __future__ import annotations

from server_node.api.schemas.fields import HASH, OBJECT, TIME, Record, document

_CONSENT = Record({"project_hash": HASH, "dataset": HASH, "expires": TIME})
_WITHDRAWAL = Record({"project_hash": HASH, "dataset": HASH})

PROJECT = Record({"document": document("project", OBJECT)})
CONSENT = Record({"document": document("consent", _CONSENT)})
WITHDRAWAL = Record({"document": document("consent-withdraw", _WITHDRAWAL)})
