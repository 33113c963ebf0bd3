"""Every answer that a server node gives inside a test is compared with what the node's description says of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from common.errors import AppError, BadInput
from common.openapi.operation import Raw, Stream
from server_node import app
from server_node.api import middleware
from server_node.api.call import Answer
from server_node.api.routes.route import Route

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _answers_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field, status or error that is not described breaks the request, and with it the test."""
    plain_serve, plain_response = middleware.serve, middleware.to_response

    def serve(route: Route) -> _Handler:
        described = {code for codes in route.operation.errors_by_status().values() for code in codes}
        handler = plain_serve(route)

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except AppError as error:
                assert error.code in described, f"{route.name} does not describe the error {error.code}: {error}"
                raise

        return answer

    def to_response(route: Route, found: Answer) -> web.StreamResponse:
        _compare(route, found)
        return plain_response(route, found)

    monkeypatch.setattr(app, "serve", serve)
    monkeypatch.setattr(middleware, "to_response", to_response)


def _compare(route: Route, found: Answer) -> None:
    schema = route.answer
    if isinstance(found, web.StreamResponse):
        assert isinstance(schema, (Raw, Stream)), f"{route.name} describes JSON and answers something else"
        return
    assert schema is not None and not isinstance(schema, (Raw, Stream)), f"{route.name} answers JSON"
    try:
        schema.check(json.loads(json.dumps(found)), "the answer")
    except BadInput as error:
        raise AssertionError(f"{route.name} answers what it does not describe: {error}") from error
