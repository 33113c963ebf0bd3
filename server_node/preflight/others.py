"""What a node's machine reaches: the other server, the log and the helper, each with its certificate and clock."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from common.deployment import HELPER, NodeEntry
from common.monitoring.checks import grade_skew
from common.monitoring.health import Finding, Grade
from common.monitoring.lines import Line, line_of
from common.net.identity import NodeIdentity
from common.net.tls import client_context, common_name

_SECONDS: Final = 10.0
_MAX_ANSWER: Final = 64 * 1024
_HTTPS_PORT: Final = 443
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_ROUNDING: Final = 0.5


def check_others(identity: NodeIdentity) -> list[Line]:
    """A line about reaching each other node, and one about its clock where it tells the time."""
    context = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    lines: list[Line] = []
    for role in identity.deployment.roles:
        if role != identity.role:
            lines += _check(identity.deployment.node(role), context)
    return lines


def _check(node: NodeEntry, context: ssl.SSLContext) -> list[Line]:
    address = urlsplit(node.url)
    host = node.link_host if node.role == HELPER else address.hostname or ""
    port = node.link_port if node.role == HELPER else address.port or _HTTPS_PORT
    try:
        with socket.create_connection((host, port), _SECONDS) as raw:
            with context.wrap_socket(raw, server_hostname=host) as stream:
                name = common_name(dict(stream.getpeercert() or {}))
                reached = _reached(node, name, f"{host}:{port}")
                if node.role == HELPER or reached.grade is Grade.FAIL:
                    return [reached]
                began = time.time()
                info = _info(stream, host)
                return [reached, _clock(node, info, (began + time.time()) / 2)]
    except ssl.SSLError as error:
        says = f"{host}:{port} does not prove to belong to this deployment: {error.reason}."
        return [_line(node, "reached", Grade.FAIL, says, "Do not go on; ask its operator.")]
    except (OSError, ValueError, http.client.HTTPException) as error:
        says = f"{host}:{port} does not answer: {getattr(error, 'strerror', None) or type(error).__name__}."
        advice = "It may not run yet. Do names and firewalls let this machine through?"
        # Nodes are started one after the other; a node begins without the others and waits for them.
        return [_line(node, "reached", Grade.WARN, says, advice)]


def _reached(node: NodeEntry, name: str | None, place: str) -> Line:
    if name != node.name:
        says = f"Node {name!r} answers at {place}, not {node.name!r}."
        return _line(node, "reached", Grade.FAIL, says, "Compare deployment.json with its operator.")
    return Line(Grade.OK, node.role, "reached", f"{node.name} answers at {place} with its certificate.")


def _info(stream: ssl.SSLSocket, host: str) -> dict[str, Any]:
    """The answer to ``/v1/info`` over a connection that is there already."""
    connection = http.client.HTTPConnection(host)
    connection.sock = stream
    connection.request("GET", "/v1/info", headers={"Connection": "close"})
    found = json.loads(connection.getresponse().read(_MAX_ANSWER))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _clock(node: NodeEntry, info: dict[str, Any], now: float) -> Line:
    try:
        theirs = datetime.strptime(str(info.get("time")), _FORM).replace(tzinfo=UTC).timestamp() + _ROUNDING
    except ValueError:
        return _line(node, "clock", Grade.WARN, "It tells no time.", "Bring both nodes to the same version.")
    return line_of(node.role, "clock", grade_skew(theirs - now, "this machine"), "Set both clocks by a time server.")


def _line(node: NodeEntry, check: str, grade: Grade, says: str, advice: str) -> Line:
    return line_of(node.role, check, Finding(grade, says), advice)
