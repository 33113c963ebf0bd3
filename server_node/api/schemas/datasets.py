"""Bodies of requests about data sets."""

from __future__ import annotations

from server_node.api.schemas.fields import HASH, OBJECT, TIME, Record, document

_DELETION = Record({"dataset": HASH, "node_time": TIME})

MANIFEST = Record({"document": document("manifest", OBJECT)})
DELETION = Record({"document": document("dataset-delete", _DELETION)})
