"""The description of a node, made from the routes and schemas that requests are checked with: as data and as a page."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.openapi import describe as openapi
from common.openapi.fields import OBJECT
from common.openapi.operation import Raw
from common.openapi.page import CONTENT_SECURITY_POLICY, render
from server_node.api.call import Answer, Call
from server_node.api.routes.route import Route
from server_node.api.routes.table import ROUTES


async def show(call: Call) -> Answer:
    """This description, as an OpenAPI 3.1 document."""
    return describe(call.node.version)


async def show_page(call: Call) -> Answer:
    """This description, as a page for people."""
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=render(describe(call.node.version)), content_type="text/html", headers=headers)


OPENAPI_ROUTES = (
    Route("node.openapi", "GET", "/v1/openapi.json", show, answer=OBJECT),
    Route("node.docs", "GET", "/v1/docs", show_page, answer=Raw("text/html", "The page.", is_text=True)),
)


def all_routes() -> tuple[Route, ...]:
    """Every route of a node."""
    return (*ROUTES, *OPENAPI_ROUTES)


def describe(version: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of every route."""
    return openapi.describe("ImageGuard server node", version, (route.operation for route in all_routes()))
