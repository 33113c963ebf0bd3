"""What every request goes through, in this order: size, certificate or token, query, body, handler; and errors with a
name. Each request has an id, its own or a new one, that the answer and every line of the log carry."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from common.crypto.rng import SystemRandom
from common.errors import (
    AppError,
    BadInput,
    DiskFull,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    TooLarge,
)
from common.logs import bound, is_request_id
from common.net.files import named
from common.openapi.describe import REQUEST_ID
from common.openapi.fields import Record, parse_json
from common.openapi.operation import Parameter
from server_node.api.access import admit
from server_node.api.call import LOG, SERVICES, Answer, Call, waits_for_word
from server_node.api.routes.route import Route

_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PIECE = 64 * 1024
_RNG = SystemRandom()
_NAME = web.RequestKey("request_id", str)


def serve(route: Route) -> _Next:
    """The aiohttp handler of a route."""

    async def answer(request: web.Request) -> web.StreamResponse:
        node = request.app[SERVICES]
        if route.schema is not None and (request.content_length or 0) > route.max_bytes:
            raise TooLarge(max_bytes=route.max_bytes)
        admitted = await admit(route.permission, request, node)
        query = _query(route, request)
        headers = _given(request.headers, route.headers)
        body = await _read_body(route, request)
        call = Call(
            request=request,
            node=node,
            account=admitted.account,
            body=body,
            found_dataset=admitted.dataset,
            found_project=admitted.project,
            found_job=admitted.job,
            found_draft=admitted.draft,
            query=query,
            headers=headers,
        )
        found = await route.handler(call)
        return to_response(route, found)

    return answer


@web.middleware
async def count_requests(request: web.Request, handler: _Next) -> web.StreamResponse:
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
        size = request.content_length or 0
        seconds = time.perf_counter() - began
        request.app[SERVICES].monitor.traffic.count(route, status, seconds, size)
        LOG.debug("%s %s was answered with %d in %.1f ms", request.method, request.path, status, 1000 * seconds)


def to_response(route: Route, found: Answer) -> web.StreamResponse:
    """What a handler gave, as it travels."""
    return found if isinstance(found, web.StreamResponse) else web.json_response(found)


@web.middleware
async def name_requests(request: web.Request, handler: _Next) -> web.StreamResponse:
    """Everything a request leads to carries its id, the sender's own if that can be used."""
    given = request.headers.get(REQUEST_ID)
    name = given if given is not None and is_request_id(given) else _RNG.token(16).hex()
    request[_NAME] = name
    with bound(request=name):
        response = await handler(request)
    if waits_for_word(request):
        # Whatever comes over this connection next would be taken for the body that was not sent.
        response.force_close()
    return response


async def name_answer(request: web.Request, response: web.StreamResponse) -> None:
    """The id of a request in its answer, whatever kind of answer it is."""
    # An answer is prepared after everything that was done for it has ended.
    if _NAME in request:
        response.headers[REQUEST_ID] = request[_NAME]


@web.middleware
async def name_errors(request: web.Request, handler: _Next) -> web.StreamResponse:
    """Every error leaves as ``{"error": {code, message, advice, details}}``; the unexpected ones say nothing more."""
    headers: Mapping[str, str] = {}
    try:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise BadInput("The body must not be compressed.", field="Content-Encoding")
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        named_error = _from_http(error)
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    except AppError as error:
        named_error = error
    except OSError as error:
        named_error = _from_system(error, request)
    except web.RequestPayloadError:
        named_error = BadInput("The body cannot be read to its end.", field="body")
    except Exception:
        LOG.exception("%s %s broke", request.method, request.path)
        named_error = AppError("Something went wrong in this node.")
    return web.json_response({"error": named_error.as_dict()}, status=named_error.status, headers=headers)


def _query(route: Route, request: web.Request) -> dict[str, str | int]:
    """Raises:
    BadInput: a parameter that the route does not have, one given twice, or one that is not acceptable.
    """
    if unknown := set(request.query) - set(route.query):
        takes = ", ".join(route.query) or "none"
        raise BadInput(f"The query has parameters that this route does not have; it has: {takes}.", field=min(unknown))
    if len(request.query) != len(set(request.query)):
        raise BadInput("The query gives a parameter twice.", field="query")
    return _given(request.query, route.query)


def _given(values: Mapping[str, str], wanted: Mapping[str, Parameter]) -> dict[str, str | int]:
    found = {}
    for name, parameter in wanted.items():
        if name in values:
            found[name] = parameter.parse(values[name], name)
        elif parameter.is_required:
            raise BadInput(f"{name} is missing.", field=name)
    return found


async def _read_body(route: Route, request: web.Request) -> dict[str, Any]:
    if not isinstance(route.schema, Record):
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
    if error.status == 405:
        return MethodNotAllowed()
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
