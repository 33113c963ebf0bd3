"""Bodies of requests about jobs."""

from __future__ import annotations

from server_node.api.schemas.fields import HASH, NONCE, Record, document

START = Record({"project_hash": HASH, "nonce": NONCE})

JOB_START = Record({"document": document("job-start", START)})
