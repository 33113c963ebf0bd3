"""Routes about how the node is; outside /v1, where monitors look for them."""

from __future__ import annotations

from common.errors import BadFrame, NodeUnreachable, NotReady, RateLimited, UnknownCertificate
from common.openapi.operation import Raw
from server_node.api.handlers import health
from server_node.api.routes.route import Route
from server_node.api.schemas import health as schemas
from server_node.api.schemas.fields import NOTHING

ROUTES = (
    Route("node.alive", "GET", "/healthz", health.alive, answer=schemas.ALIVE),
    Route("node.ready", "GET", "/readyz", health.ready, answer=schemas.READY, errors=(NotReady,)),
    Route(
        "node.metrics", "GET", "/metrics", health.metrics,
        answer=Raw("text/plain", "Counters and figures in the form of Prometheus.", is_text=True),
    ),
    Route("node.protocols", "GET", "/v1/protocols", health.protocols, answer=schemas.PROTOCOLS),
    Route(
        "node.checkpoint", "GET", "/v1/checkpoint", health.checkpoint,
        answer=Raw("text/plain", "The last checkpoint of the log that this node accepted, if any.", is_text=True),
    ),
    Route(
        "node.link", "POST", "/v1/preflight/link", health.measure_link, NOTHING, answer=schemas.LINK,
        errors=(RateLimited, NodeUnreachable, UnknownCertificate, BadFrame),
    ),
)  # fmt: skip
