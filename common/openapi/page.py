"""An OpenAPI document as one HTML page: no script, nothing loaded from anywhere, every text escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any, Final

from common.openapi.style import STYLE

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
_MAX_DEPTH: Final = 12
_SUCCESS: Final = "123"


def render(document: dict[str, Any]) -> str:
    """The page of a document that :func:`common.openapi.describe.describe` made."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    title = escape(document["info"]["title"])
    contents = "".join(_contents(tag, found) for tag, found in groups.items())
    sections = "".join(_section(tag, found) for tag, found in groups.items())
    count = sum(len(found) for found in groups.values())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>"
        f'<nav aria-label="Routes"><p class="brand">{title}</p>{contents}</nav>'
        f"<main><h1>{title}</h1>{_introduction(document, count)}{sections}{_errors(document)}</main></body></html>"
    )


def _introduction(document: dict[str, Any], count: int) -> str:
    info = document["info"]
    return (
        f"<p>Version {escape(info['version'])}, {count} routes. {escape(info['description'])}</p>"
        '<p>The same as data: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1). '
        'Every refusal has the form <a href="#errors">described at the end</a>.</p>'
    )


def _contents(tag: str, found: list[tuple[str, str, dict[str, Any]]]) -> str:
    lines = "".join(
        f'<li><a href="#{escape(operation["operationId"])}">{_badge(method)}<span>{escape(path)}</span></a></li>'
        for method, path, operation in found
    )
    return f'<h2><a href="#tag-{escape(tag)}">{escape(tag)}</a></h2><ul>{lines}</ul>'


def _section(tag: str, found: list[tuple[str, str, dict[str, Any]]]) -> str:
    routes = "".join(_route(method, path, operation) for method, path, operation in found)
    return f'<section id="tag-{escape(tag)}"><h2>{escape(tag)}</h2>{routes}</section>'


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [
        f'<article id="{escape(operation["operationId"])}"><h3>{_badge(method)}<code>{escape(path)}</code></h3>',
        f"<p>{escape(operation['summary'])}</p>",
        f'<p class="who"><b>For:</b> {escape(operation.get("x-allowed") or "anybody")}</p>',
        _parameters(operation["parameters"]),
        _body(operation.get("requestBody")),
        _answers(operation),
        "</article>",
    ]
    return "".join(parts)


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{'yes' if one['required'] else 'no'}</td><td>{_type(one['schema'])}</td></tr>"
        for one in parameters
    )
    return f"<h4>Parameters</h4>{_table(('Name', 'In', 'Required', 'Value'), rows)}"


def _body(body: dict[str, Any] | None) -> str:
    if body is None:
        return ""
    said = f"<p>{escape(body.get('description', ''))}</p>"
    return f"<h4>Body</h4>{said}{_content(body['content'])}"


def _answers(operation: dict[str, Any]) -> str:
    good = {status: one for status, one in operation["responses"].items() if status[0] in _SUCCESS}
    bad = {status: one for status, one in operation["responses"].items() if status not in good}
    shown = "".join(
        f"<h4>Answer {escape(status)}</h4>{_said(one['description'])}{_content(one.get('content', {}))}"
        for status, one in good.items()
    )
    stream = operation.get("x-websocket")
    if stream is not None:
        shown += f"<h4>Messages</h4>{_schema(stream['message'])}"
    rows = "".join(f"<tr><td>{escape(s)}</td><td>{escape(one['description'])}</td></tr>" for s, one in bad.items())
    summary = f"Refusals: {escape(', '.join(bad))}"
    return f"{shown}<details><summary>{summary}</summary>{_table(('Status', 'Codes'), rows)}</details>"


def _said(description: str) -> str:
    return "" if description == "Done." else f"<p>{escape(description)}</p>"


def _content(content: dict[str, Any]) -> str:
    shown = []
    for media_type, about in content.items():
        schema = about.get("schema")
        is_plain = schema is None or media_type != "application/json"
        shown.append(f"<p><code>{escape(media_type)}</code></p>" if is_plain else _schema(schema))
    return "".join(shown)


def _schema(schema: dict[str, Any], depth: int = 0) -> str:
    """A table of the fields of an object, with the objects inside folded; anything else as one line."""
    properties = schema.get("properties")
    if depth > _MAX_DEPTH or not properties:
        inner = _inner(schema) if depth <= _MAX_DEPTH else None
        return f"<p>{_type(schema)}</p>{_schema(inner, depth + 1) if inner else ''}"
    needed = schema.get("required", [])
    rows = "".join(_field(name, one, name in needed, depth) for name, one in properties.items())
    return _table(("Field", "Value"), rows)


def _field(name: str, schema: dict[str, Any], is_needed: bool, depth: int) -> str:
    inner = _inner(schema)
    folded = f"<details><summary>fields</summary>{_schema(inner, depth + 1)}</details>" if inner else ""
    mark = "" if is_needed else " <i>optional</i>"
    return f"<tr><td><code>{escape(name)}</code>{mark}</td><td>{_type(schema)}{folded}</td></tr>"


def _inner(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The object with fields that a schema is, lists or allows."""
    if schema.get("properties"):
        return schema
    below = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])]
    for one in below:
        if isinstance(one, dict) and (found := _inner(one)) is not None:
            return found
    return None


def _type(schema: dict[str, Any]) -> str:
    """Type, bounds and the sentence of a value."""
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    if "items" in schema:
        return f"list, at most {schema['maxItems']}: {_type(schema['items'])}"
    said = escape(schema.get("description", ""))
    kind = escape(str(schema.get("type", "any JSON value")))
    if kind in said.lower() and "pattern" not in schema:
        return said
    pattern = f" <code>{escape(schema['pattern'])}</code>" if "pattern" in schema else ""
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = f" {low} to {high}" if low is not None and high is not None and not said else ""
    return f"{kind}{bounds}{pattern}" + (f'<br><span class="says">{said}</span>' if said else "")


def _errors(document: dict[str, Any]) -> str:
    schema = document["components"]["schemas"]["Error"]
    return f'<section id="errors"><h2>Errors</h2>{_schema(schema["properties"]["error"])}</section>'


def _table(heads: tuple[str, ...], rows: str) -> str:
    return (
        f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _badge(method: str) -> str:
    return f'<b class="{escape(method.lower())}">{escape(method)}</b>'
