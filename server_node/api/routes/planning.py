"""Routes about what can be done here and at what price."""

from __future__ import annotations

from common.errors import EstimateFailed, NodeUnreachable, NotFound, RateLimited, SpecRefused, UnknownCertificate
from server_node.api.handlers import planning
from server_node.api.routes.route import Route
from server_node.api.schemas import estimates
from server_node.api.schemas import policy as schemas

_ESTIMATE_BYTES = 512 * 1024

ROUTES = (
    Route("policy.show", "GET", "/v1/policy", planning.show_policy, answer=schemas.POLICY),
    Route(
        "estimates.create",
        "POST",
        "/v1/estimates",
        planning.estimate,
        estimates.ASKED,
        _ESTIMATE_BYTES,
        answer=estimates.ESTIMATE,
        errors=(SpecRefused, NotFound, RateLimited, EstimateFailed, NodeUnreachable, UnknownCertificate),
    ),
    Route("node.summary", "GET", "/v1/summary", planning.summary, answer=estimates.SUMMARY),
)
