"""Every failure leaves as ``{"error": {code, message, advice, details}}``; an unforeseen one leaves no traceback.

Each request has an id, its own or a new one, that the answer and every line of the log carry.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from common.crypto.rng import SystemRandom
from common.errors import AppError, BadInput, MethodNotAllowed, NotFound, TooLarge
from common.logs import bound, is_request_id
from common.openapi.describe import REQUEST_ID
from log_node.api.health import MONITOR

_log = logging.getLogger("imguard.api")
_RNG = SystemRandom()
_NAME = web.RequestKey("request_id", str)


@web.middleware
async def name_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Everything a request leads to carries its id, the sender's own if that can be used."""
    given = request.headers.get(REQUEST_ID)
    name = given if given is not None and is_request_id(given) else _RNG.token(16).hex()
    request[_NAME] = name
    with bound(request=name):
        return await handler(request)


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """How many requests of each route were answered, how, how fast, and what they brought."""
    began = time.perf_counter()
    resource = request.match_info.route.resource
    route = f"{request.method} {resource.canonical}" if resource is not None else "none"
    status = 0
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        # Without an answer the caller has gone away, or the node is stopping.
        seconds = time.perf_counter() - began
        request.app[MONITOR].traffic.count(route, status, seconds, request.content_length or 0)
        _log.debug("%s %s was answered with %d in %.1f ms", request.method, request.path, status, 1000 * seconds)


async def name_answer(request: web.Request, response: web.StreamResponse) -> None:
    """The id of a request in its answer, whatever kind of answer it is."""
    # An answer is prepared after everything that was done for it has ended.
    if _NAME in request:
        response.headers[REQUEST_ID] = request[_NAME]


@web.middleware
async def name_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into named errors."""
    try:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise BadInput("The body must not be compressed.", field="Content-Encoding")
        return await handler(request)
    except AppError as error:
        return _answer(error)
    except web.HTTPRequestEntityTooLarge:
        return _answer(TooLarge("The body of the request is too large."))
    except web.HTTPNotFound:
        return _answer(NotFound("The log node has no such address."))
    except web.HTTPMethodNotAllowed as error:
        return _answer(MethodNotAllowed(), headers={"Allow": error.headers["Allow"]})
    except web.HTTPException as error:
        return _answer(BadInput(f"The request was refused: {error.reason}."))
    except web.RequestPayloadError:
        return _answer(BadInput("The body cannot be read to its end.", field="body"))
    except Exception:
        _log.exception("request %s %s failed", request.method, request.path)
        return _answer(AppError("The log node failed on this request."))


def _answer(error: AppError, headers: Mapping[str, str] | None = None) -> web.Response:
    if error.status >= 500:
        _log.error("%s: %s", error.code, error)
    return web.json_response({"error": error.as_dict()}, status=error.status, headers=headers)
