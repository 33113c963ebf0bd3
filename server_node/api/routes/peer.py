"""Routes of the other server; each demands its certificate."""

from __future__ import annotations

from common.errors import (
    AccountDisabled,
    BadInput,
    BlobsGone,
    Conflict,
    ConsentMissing,
    NotFound,
    OutsideHours,
    PolicyRefused,
    RateLimited,
    SpecRefused,
)
from common.openapi.operation import Raw
from server_node.api.handlers import health, peer
from server_node.api.routes.route import Route
from server_node.api.schemas import peer as schemas
from server_node.api.schemas.fields import NOTHING
from server_node.monitor.link import PIECE

_DATASET = "/v1/peer/datasets/{id:[0-9a-f]{64}}"
_JOBS = "/v1/peer/jobs"
_JOB = f"{_JOBS}/{{id:[0-9a-f]{{32}}}}"
_REFUSED = (
    AccountDisabled,
    BadInput,
    Conflict,
    ConsentMissing,
    NotFound,
    OutsideHours,
    PolicyRefused,
    RateLimited,
    SpecRefused,
)
_JOB_BYTES = 4 * 1024 * 1024

ROUTES = (
    Route("peer.dataset", "POST", _DATASET, peer.compare_dataset, schemas.PEER_DATASET, answer=schemas.DATASET_THERE),
    Route("peer.propose", "POST", _JOBS, peer.propose_job, schemas.PEER_JOB, _JOB_BYTES, schemas.ACCEPTED, _REFUSED),
    Route(
        "peer.start",
        "POST",
        f"{_JOB}/start",
        peer.start_job,
        schemas.PEER_START,
        answer=NOTHING,
        errors=(*_REFUSED, BlobsGone),
    ),
    Route("peer.end", "POST", f"{_JOB}/cancel", peer.end_job, schemas.PEER_END, answer=NOTHING, errors=(Conflict,)),
    Route("peer.status", "GET", _JOB, peer.job_status, answer=schemas.STATUS),
    Route(
        "peer.echo",
        "POST",
        "/v1/peer/echo",
        health.echo,
        Raw("application/octet-stream", "Any bytes."),
        PIECE,
        Raw("application/octet-stream", "The same bytes."),
        errors=(RateLimited,),
    ),
)
