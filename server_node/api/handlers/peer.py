"""What the other server may ask; each route demands its certificate. Nothing it says is taken on trust.

→ POST /v1/peer/datasets/ID {manifest_hash, state}   ← {manifest_hash, state}
→ POST /v1/peer/jobs {document, job, controls}       ← {accepted, link}      (A to B)
→ POST /v1/peer/jobs/ID/start {slot, attempt}        ← {}                    (A to B)
→ POST /v1/peer/jobs/ID/cancel {error}               ← {}                    (both ways; null: cancelled)
→ GET  /v1/peer/jobs/ID                              ← {state, is_computed, attempt, error}
"""

from __future__ import annotations

from common.errors import NotFound, error_from_dict
from common.ids import JobId
from server_node.api.call import Answer, Call
from server_node.jobs.attempts.ticket import link_of


async def compare_dataset(call: Call) -> Answer:
    """Tell and hear which manifest each server holds under an id."""
    try:
        dataset = await call.node.datasets.info(call.part("id"))
    except NotFound:
        return {"manifest_hash": "", "state": "absent"}
    state = await call.node.datasets.compare(dataset, call.body["manifest_hash"], call.body["state"])
    return {"manifest_hash": dataset.row.manifest_hash, "state": state}


async def propose_job(call: Call) -> Answer:
    """Check a job with this node's own eyes and queue it."""
    await call.node.dispatcher.accept(call.body["document"], call.body["job"], call.body["controls"])
    return {"accepted": True, "link": link_of(call.node.context, 0)}


async def start_job(call: Call) -> Answer:
    """Begin this node's side of an attempt at a job."""
    await call.node.dispatcher.start_accepted(call.part("id"), call.body["slot"], call.body["attempt"])
    return {}


async def end_job(call: Call) -> Answer:
    """Hear that a job failed on the other server, or was cancelled there."""
    reason = call.body["error"]
    error = None if reason is None else error_from_dict(reason)
    await call.node.dispatcher.end_by_peer(JobId(call.part("id")), error)
    return {}


async def job_status(call: Call) -> Answer:
    """Where a job stands on this node."""
    entry = await call.node.journal.get(call.part("id"))
    public = entry.as_dict()
    return {
        "state": public["state"],
        "is_computed": entry.row.is_computed,
        "attempt": entry.row.attempt,
        "error": public["error"],
    }
