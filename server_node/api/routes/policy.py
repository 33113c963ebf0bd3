"""The route of the operator's policy."""

from __future__ import annotations

from server_node.api.handlers import policy
from server_node.api.routes.route import Route
from server_node.api.schemas import policy as schemas

ROUTES = (Route("policy.show", "GET", "/v1/policy", policy.show, answer=schemas.POLICY),)
