"""The OpenAPI page says what the routes do."""

from __future__ import annotations

import json

from server_node.api.openapi import all_routes, describe


def test_every_route_is_described() -> None:
    page = describe("1.2.3")
    operations = [operation for path in page["paths"].values() for operation in path.values()]
    assert len(operations) == len(all_routes())
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert json.loads(json.dumps(page)) == page


def test_bodies_and_callers_are_described() -> None:
    paths = describe("1.2.3")["paths"]
    start = paths["/v1/peer/jobs/{id}/start"]["post"]
    assert start["security"] == [{"node": []}]
    schema = start["requestBody"]["content"]["application/json"]["schema"]
    slot = {"type": "integer", "minimum": 0, "maximum": 7, "description": "A whole number from 0 to 7."}
    assert schema["properties"]["slot"] == slot
    assert (
        paths["/v1/datasets/{id}/chunks/{number}"]["put"]["parameters"][0]["schema"]["pattern"] == "^(?:[0-9a-f]{64})$"
    )
    assert paths["/v1/info"]["get"]["security"] == []
