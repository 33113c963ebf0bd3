"""The OpenAPI page of a node, made from the routes and schemas that requests are checked with."""

from __future__ import annotations

import re
from typing import Any

from common.errors import AppError
from server_node.api.call import Answer, Call
from server_node.api.permissions import Relation
from server_node.api.routes.route import Route
from server_node.api.routes.table import ROUTES

_PART = re.compile(r"{(\w+):((?:[^{}]|{[^{}]*})+)}")


async def show(call: Call) -> Answer:
    """This description."""
    return describe(call.node.version)


OPENAPI_ROUTE = Route("node.openapi", "GET", "/v1/openapi.json", show)


def describe(version: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of every route."""
    paths: dict[str, dict[str, Any]] = {}
    for route in (*ROUTES, OPENAPI_ROUTE):
        paths.setdefault(_PART.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route)
    schemes = {
        "user": {"type": "http", "scheme": "bearer"},
        "peer": {"type": "mutualTLS", "description": "The certificate of the other server."},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "ImageGuard server node", "version": version},
        "paths": paths,
        "components": {"securitySchemes": schemes, "schemas": {"Error": _ERROR}},
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": (route.handler.__doc__ or "").strip().splitlines()[0],
        "operationId": route.name,
        "security": _security(route),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}
            for name, pattern in _PART.findall(route.path)
        ],
        "responses": {
            "200": {"description": "Done."},
            "default": {
                "description": "A named error.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if route.schema is not None:
        found["requestBody"] = {"content": {"application/json": {"schema": route.schema.openapi}}}
    return found


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.permission.needs_login:
        return [{"user": []}]
    return [{"peer": []}] if Relation.PEER in route.permission.allowed else []


_ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "enum": sorted(AppError.registry)},
                "message": {"type": "string"},
                "advice": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
}
