"""The way to one address, step by step: its name, its port, its certificate. Sends nothing but a TLS greeting."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from common.deployment import HELPER, NodeEntry
from common.monitoring.checks import grade_certificate
from common.monitoring.health import Finding, Grade
from common.monitoring.lines import Line, line_of
from common.net.tls import client_context, common_name

_SECONDS: Final = 10.0
_HTTPS_PORT: Final = 443


@dataclass(frozen=True)
class Target:
    """Where a node should answer, and as whom."""

    role: str
    name: str
    host: str
    port: int


def target_of(node: NodeEntry) -> Target:
    """A helper answers at its link, every other node at its url."""
    if node.role == HELPER:
        return Target(node.role, node.name, node.link_host, node.link_port)
    address = urlsplit(node.url)
    return Target(node.role, node.name, address.hostname or "", address.port or _HTTPS_PORT)


async def probe(target: Target, ca_pem: str, now: float) -> list[Line]:
    """Lines about name, port and certificate; after the first that fails there are no more."""
    return await asyncio.to_thread(_probe, target, ca_pem, now)


def _probe(target: Target, ca_pem: str, now: float) -> list[Line]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        says = f"{target.host} has no address here: {error.strerror or error}."
        return [_failed(target, "name", says, "Check the name server, and the address in `imguard deployment show`.")]
    addresses = sorted({str(info[4][0]) for info in found})
    lines = [Line(Grade.OK, target.role, "name", f"{target.host} is {_some(addresses)}.")]
    try:
        with socket.create_connection((target.host, target.port), _SECONDS) as raw:
            lines.append(Line(Grade.OK, target.role, "port", f"Port {target.port} can be reached."))
            return [*lines, *_greet(target, ca_pem, raw, now)]
    except OSError as error:
        says = f"Nothing answers at {target.host}:{target.port}: {error.strerror or 'no answer in time'}."
        advice = "Is the node running? Do the firewalls on the way let this port through?"
        return [*lines, _failed(target, "port", says, advice)]


def _greet(target: Target, ca_pem: str, raw: socket.socket, now: float) -> list[Line]:
    try:
        with client_context(ca_pem).wrap_socket(raw, server_hostname=target.host) as stream:
            return [_judge(target, stream.getpeercert() or {}, now)]
    except ssl.SSLCertVerificationError as error:
        says = f"The certificate is not one of this deployment: {error.verify_message}."
        return [_failed(target, "certificate", says, "Do not go on; ask the operator. Somebody may stand in between.")]
    except OSError as error:
        says = f"No TLS 1.3 connection: {getattr(error, 'reason', None) or error}."
        return [_failed(target, "certificate", says, "A proxy on the way must pass TLS through as it is.")]


def _judge(target: Target, certificate: dict[str, Any], now: float) -> Line:
    name = common_name(certificate)
    if name != target.name:
        says = f"Node {name!r} answers here, not {target.name!r}."
        advice = "Compare the addresses in `imguard deployment show` with both operators."
        return _failed(target, "certificate", says, advice)
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return line_of(target.role, "certificate", grade_certificate(end, now), "Tell its operator: renew, then a new kit.")


def _failed(target: Target, check: str, says: str, advice: str) -> Line:
    return line_of(target.role, check, Finding(Grade.FAIL, says), advice)


def _some(addresses: Sequence[str]) -> str:
    return ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if len(addresses) > 3 else "")
