"""The routes of estimates and of counts."""

from __future__ import annotations

from common.errors import EstimateFailed, NodeUnreachable, NotFound, RateLimited, SpecRefused, UnknownCertificate
from server_node.api.handlers import estimates
from server_node.api.routes.route import Route
from server_node.api.schemas import estimates as schemas

_BYTES = 512 * 1024

ROUTES = (
    Route(
        "estimates.create",
        "POST",
        "/v1/estimates",
        estimates.create,
        schemas.ASKED,
        _BYTES,
        answer=schemas.ESTIMATE,
        errors=(SpecRefused, NotFound, RateLimited, EstimateFailed, NodeUnreachable, UnknownCertificate),
    ),
    Route("node.summary", "GET", "/v1/summary", estimates.summary, answer=schemas.SUMMARY),
)
