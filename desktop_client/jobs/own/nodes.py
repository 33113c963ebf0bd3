"""The nodes of the deployment as seen from this machine: do they answer, as whom, how their clocks stand."""

from __future__ import annotations

import asyncio
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from common.accounts.model import Role
from common.errors import AppError, NotReady, UnknownCertificate
from common.monitoring.lines import Line
from common.version import program_version
from desktop_client.jobs.office import Office
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.preflight.gather import Wishes, preflight
from desktop_client.upload.transport import Call

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_ROUNDING: Final = 0.5


@dataclass(frozen=True)
class NodeRow:
    """One node; ``state`` is ready, degraded, not-ready or away. ``ahead`` are seconds its clock is before ours."""

    role: str
    name: str
    url: str
    verify_key: str
    state: str = ""
    version: str = ""
    ahead: float | None = None
    error: AppError | None = None


@dataclass(frozen=True)
class Deployed:
    """The deployment itself."""

    name: str
    fingerprint: str
    nodes: tuple[NodeRow, ...]


def deployed(office: Office) -> Deployed:
    """The deployment of the profile, before any node was asked.

    Raises:
        NotRegistered, ConfigError: there is none, or it is damaged.
    """
    found = office.profile.deployment()
    nodes = (found.node(role) for role in ("a", "b", "log"))
    rows = tuple(NodeRow(node.role, node.name, node.url, node.verify_key) for node in nodes)
    return Deployed(found.name, found.fingerprint, rows)


async def look_at_nodes(office: Office) -> list[NodeRow]:
    """Every node with what it says of itself; one that is away is a row, not an error."""
    return list(await asyncio.gather(*(_look(node) for node in office.nodes.everyone)))


async def check(office: Office, role: str) -> list[Line]:
    """Everything that should be well before work begins; administrators also have the link between A and B measured.

    Raises:
        NotRegistered, ConfigError: there is no deployment.
    """
    wishes = Wishes(program_version(), role == Role.ADMINISTRATOR)
    return await preflight(office.nodes, office.profile.deployment(), wishes)


async def _look(node: IdentityClient) -> NodeRow:
    entry = node.node
    try:
        began = time.time()
        info = await node.info()
        middle = (began + time.time()) / 2
        if not hmac.compare_digest(str(info.get("verify_key")).encode(), entry.verify_key.encode()):
            raise UnknownCertificate(f"Node {entry.name} has another key than the deployment says.")
        state = await _state(node)
    except AppError as error:
        return NodeRow(entry.role, entry.name, entry.url, entry.verify_key, "away", error=error)
    version = str(info.get("version"))[:40]
    ahead = _ahead(str(info.get("time")), middle)
    return NodeRow(entry.role, entry.name, entry.url, entry.verify_key, state, version, ahead)


async def _state(node: IdentityClient) -> str:
    try:
        found = await node.transport.json("GET", "/readyz", Call(login=False))
    except NotReady:
        return "not-ready"
    return "ready" if found.get("status") == "ready" else "degraded"


def _ahead(theirs: str, ours: float) -> float | None:
    """Nodes tell whole seconds."""
    try:
        told = datetime.strptime(theirs, _FORM).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return told + _ROUNDING - ours
