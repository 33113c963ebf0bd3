"""What every request goes through, in this order: size, certificate or token, body, handler; and errors with a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from common.errors import (
    AppError,
    BadInput,
    DiskFull,
    NotFound,
    RateLimited,
    TooLarge,
)
from common.net.files import named
from server_node.api.access import admit
from server_node.api.call import LOG, SERVICES, Call
from server_node.api.routes.route import Route
from server_node.api.schemas.fields import parse_json

_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PIECE = 64 * 1024


def serve(route: Route) -> _Next:
    """The aiohttp handler of a route."""

    async def answer(request: web.Request) -> web.StreamResponse:
        node = request.app[SERVICES]
        if route.schema is not None and (request.content_length or 0) > route.max_bytes:
            raise TooLarge(max_bytes=route.max_bytes)
        admitted = await admit(route.permission, request, node)
        body = await _read_body(route, request)
        call = Call(request, node, admitted.account, body, admitted.dataset, admitted.project, admitted.job)
        found = await route.handler(call)
        return found if isinstance(found, web.StreamResponse) else web.json_response(found)

    return answer


@web.middleware
async def name_errors(request: web.Request, handler: _Next) -> web.StreamResponse:
    """Every error leaves as ``{"error": {code, message, advice, details}}``; the unexpected ones say nothing more."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        named_error = _from_http(error)
    except AppError as error:
        named_error = error
    except OSError as error:
        named_error = _from_system(error, request)
    except Exception:
        LOG.exception("%s %s broke", request.method, request.path)
        named_error = AppError("Something went wrong in this node.")
    return web.json_response({"error": named_error.as_dict()}, status=named_error.status)


async def _read_body(route: Route, request: web.Request) -> dict[str, Any]:
    if route.schema is None:
        return {}
    raw = bytearray()
    async for piece in request.content.iter_chunked(_PIECE):
        raw += piece
        if len(raw) > route.max_bytes:
            raise TooLarge(max_bytes=route.max_bytes)
    if not raw and not route.schema.fields:
        return {}
    body = parse_json(bytes(raw))
    route.schema.check(body)
    checked: dict[str, Any] = body
    return checked


def _from_http(error: web.HTTPException) -> AppError:
    if error.status == 404:
        return NotFound("There is no such address.")
    if error.status == 413:
        return TooLarge()
    if error.status == 429:
        return RateLimited()
    return BadInput(f"The request cannot be understood: {error.reason}.")


def _from_system(error: OSError, request: web.Request) -> AppError:
    known = named(error)
    if isinstance(known, DiskFull):
        return known
    if not isinstance(error, ConnectionError):
        LOG.error("%s %s met an error of the system", request.method, request.path, exc_info=error)
    return AppError("Something went wrong in this node.")
