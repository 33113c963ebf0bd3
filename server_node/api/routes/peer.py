"""Routes of the other server; each demands its certificate."""

from __future__ import annotations

from server_node.api.handlers import peer
from server_node.api.routes.route import Route
from server_node.api.schemas import peer as schemas

_DATASET = "/v1/peer/datasets/{id:[0-9a-f]{64}}"
_JOB = "/v1/peer/jobs/{id:[0-9a-f]{32}}"

ROUTES = (
    Route("peer.dataset", "POST", _DATASET, peer.compare_dataset, schemas.PEER_DATASET),
    Route("peer.propose", "POST", "/v1/peer/jobs", peer.propose_job, schemas.PEER_JOB),
    Route("peer.start", "POST", f"{_JOB}/start", peer.start_job, schemas.PEER_START),
    Route("peer.end", "POST", f"{_JOB}/cancel", peer.end_job, schemas.PEER_END),
    Route("peer.status", "GET", _JOB, peer.job_status),
)
