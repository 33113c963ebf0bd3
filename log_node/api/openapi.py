"""The description of the log node: as data and as a page."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.openapi import describe as openapi
from common.openapi.page import CONTENT_SECURITY_POLICY, render
from log_node.api.context import CONTEXT
from log_node.api.operations import OPERATIONS


async def get_openapi(request: web.Request) -> web.Response:
    """This description, as an OpenAPI 3.1 document."""
    return web.json_response(describe(request.app[CONTEXT].version))


async def get_docs(request: web.Request) -> web.Response:
    """This description, as a page for people."""
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=render(describe(request.app[CONTEXT].version)), content_type="text/html", headers=headers)


def describe(version: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of every route."""
    return openapi.describe("ImageGuard log node", version, OPERATIONS)
