"""Every route says what it takes, what it answers, and who may use it; the documents made from that are complete."""

from __future__ import annotations

import json
import re

import pytest

from common.openapi.fields import Record
from common.openapi.operation import Operation, Raw, Stream
from log_node.api import routes as log_routes
from log_node.api.operations import OPERATIONS
from server_node.api.openapi import all_routes, describe
from server_node.api.permissions import PERMISSIONS
from server_node.api.routes.route import Route

ROUTES = {route.name: route for route in all_routes()}
each_route = pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)


@each_route
def test_openapi_route_describes_its_answer(route: Route) -> None:
    assert route.answer is not None, "give Route(..., answer=...) what the handler answers"


@each_route
def test_openapi_route_is_a_sentence_with_documented_statuses(route: Route) -> None:
    operation = route.operation
    assert re.fullmatch(r"[A-Z].*\.", operation.summary), "the first line of the handler's docstring is a sentence"
    found = describe("0")["paths"][operation.address][route.method.lower()]
    assert set(found["responses"]) == {str(s) for s in (*operation.success, *operation.errors_by_status())}
    assert {"400", "500"} <= set(found["responses"])


@each_route
def test_openapi_route_takes_a_body_where_its_method_has_one(route: Route) -> None:
    if route.method == "GET":
        assert route.schema is None
    elif route.method != "DELETE":
        assert isinstance(route.schema, (Record, Raw))


def test_openapi_routes_and_permissions_are_the_same_list() -> None:
    assert set(ROUTES) == set(PERMISSIONS)
    assert len(ROUTES) == len(all_routes())


def test_openapi_patterns_are_read_alike_by_python_and_ecmascript() -> None:
    text = json.dumps(describe("0"))
    patterns = {json.loads(f'"{found}"') for found in re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text)}
    assert patterns
    foreign = [pattern for pattern in patterns if re.search(r"\\[dwbAZ]|\(\?[^:]", pattern)]
    assert not foreign


def test_openapi_streams_describe_their_messages() -> None:
    for route in ROUTES.values():
        if isinstance(route.answer, Stream):
            found = describe("0")["paths"][route.operation.address]["get"]
            assert found["x-websocket"]["message"] == route.answer.message.openapi


# --- the log node ------------------------------------------------------------------------------------------------


def test_openapi_log_node_describes_every_route() -> None:
    served = {(route.method, re.sub(r"{(\w+):[^/]*}", r"{\1}", route.path)) for route in log_routes.ROUTES}
    assert served == {(operation.method, operation.address) for operation in OPERATIONS}
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_openapi_log_node_routes_are_complete(operation: Operation) -> None:
    assert operation.answer is not None
    assert re.fullmatch(r"[A-Z].*\.", operation.summary)
    assert {400, 500} <= set(operation.errors_by_status())
    assert (operation.method == "GET") == (operation.body is None)
