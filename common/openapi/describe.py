"""The OpenAPI 3.1 document of a node, made from its operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from common.errors import AppError
from common.openapi.fields import Record
from common.openapi.operation import Answer, Operation, Parameter, Raw, Stream

USER: Final = "user"
NODE: Final = "node"
MONITOR: Final = "monitor"
_SCHEMES: Final[dict[str, dict[str, str]]] = {
    USER: {"type": "http", "scheme": "bearer", "description": "The token of a login at this node."},
    MONITOR: {"type": "http", "scheme": "bearer", "description": "The token in NODE/keys/metrics.token."},
    NODE: {"type": "mutualTLS", "description": "The certificate of a server node of the deployment."},
}
REQUEST_ID: Final = "X-Request-Id"


def describe(title: str, version: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document; ``title`` names the node."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.address, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": "Made from the schemas that requests are checked with. Clients must ignore fields of answers"
            " that they do not know: a later version may add some.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": _SCHEMES,
            "schemas": {"Error": _error_schema()},
            "headers": {"RequestId": {"description": "Names this request in the node's log.", "schema": _ID_SCHEMA}},
        },
    }


_ID_SCHEMA: Final = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{7,63}$"}


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": [{operation.security: []}] if operation.security else [],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.allowed:
        found["x-allowed"] = operation.allowed
    if isinstance(operation.answer, Stream):
        found["x-websocket"] = {"description": operation.answer.says, "message": operation.answer.message.openapi}
    if operation.body is not None:
        found["requestBody"] = _request_body(operation.body, operation.max_bytes)
    return found


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^(?:{pattern})$"}}
        for name, pattern in operation.path_parts
    ]
    for place, parameters in (("query", operation.query), ("header", operation.headers)):
        found += [_parameter(name, place, parameter) for name, parameter in parameters.items()]
    return found


def _parameter(name: str, place: str, parameter: Parameter) -> dict[str, Any]:
    schema = {key: value for key, value in parameter.field.openapi.items() if key != "description"}
    says = parameter.field.openapi.get("description", "")
    return {"name": name, "in": place, "required": parameter.is_required, "description": says, "schema": schema}


def _request_body(body: Record | Raw, most: int) -> dict[str, Any]:
    is_needed = isinstance(body, Raw) or bool(body.fields)
    if isinstance(body, Raw):
        return {"required": is_needed, "description": body.says, "content": {body.media_type: {}}}
    return {
        "required": is_needed,
        "description": f"At most {most} bytes.",
        "content": {"application/json": {"schema": body.openapi}},
    }


def _responses(operation: Operation) -> dict[str, Any]:
    found = {str(status): _success(operation.answer, status) for status in operation.success}
    for status, codes in operation.errors_by_status().items():
        found[str(status)] = {
            "description": f"Refused: {', '.join(codes)}.",
            "headers": {REQUEST_ID: {"$ref": "#/components/headers/RequestId"}},
            "content": {"application/json": {"schema": _error_of(codes)}},
        }
    return found


def _success(answer: Answer | None, status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": "Done.",
        "headers": {REQUEST_ID: {"$ref": "#/components/headers/RequestId"}},
    }
    if isinstance(answer, Stream):
        found["description"] = answer.says
    elif isinstance(answer, Raw):
        found["description"] = answer.says if status == 200 else _PARTS.get(status, answer.says)
        if status in (200, 206):
            found["content"] = {answer.media_type: {"schema": {"type": "string"}} if answer.is_text else {}}
    elif answer is not None:
        found["content"] = {"application/json": {"schema": answer.openapi}}
    return found


_PARTS: Final = {206: "The part of the file that was asked for.", 304: "Not changed.", 416: "No such part of the file."}


def _error_of(codes: list[str]) -> dict[str, Any]:
    code = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    return {"allOf": [{"$ref": "#/components/schemas/Error"}, code]}


def _error_schema() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("message", "advice")}
    code = {"type": "string", "enum": sorted({AppError.code, *AppError.registry})}
    fields = {"code": code, **texts, "details": {"type": "object"}}
    error = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {"type": "object", "properties": {"error": error}, "required": ["error"], "additionalProperties": False}
