"""What every request goes through, in this order: size, certificate or token, body, handler; and errors with a name."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from common.errors import (
    AppError,
    BadInput,
    DiskFull,
    NotFound,
    NotLoggedIn,
    RateLimited,
    TooLarge,
    UnknownCertificate,
)
from common.net.files import named
from common.net.tls import peer_name
from server_node.api.call import LOG, SERVICES, Call, Services
from server_node.api.routes import Caller, Route
from server_node.api.schemas import parse_json
from server_node.store.accounts import Account

_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BEARER = re.compile(r"Bearer ([0-9a-f]{64})")
_PIECE = 64 * 1024


def serve(route: Route) -> _Next:
    """The aiohttp handler of a route."""

    async def answer(request: web.Request) -> web.StreamResponse:
        node = request.app[SERVICES]
        if route.schema is not None and (request.content_length or 0) > route.max_bytes:
            raise TooLarge(max_bytes=route.max_bytes)
        account = await _identify(route, request, node)
        body = await _read_body(route, request)
        found = await route.handler(Call(request, node, account, body))
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


async def _identify(route: Route, request: web.Request, node: Services) -> Account | None:
    if route.caller is Caller.PEER:
        _require_peer(request, node)
    if route.caller is not Caller.USER:
        return None
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise NotLoggedIn()
    return await node.accounts.user_of(found[1])


def _require_peer(request: web.Request, node: Services) -> None:
    """Raises:
    UnknownCertificate: the connection was not made with the other server's certificate.
    """
    name = peer_name(request.transport) or ""
    if not hmac.compare_digest(name.encode(), node.context.other.name.encode()):
        raise UnknownCertificate("This is only for the other server, which shows its certificate.")


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
