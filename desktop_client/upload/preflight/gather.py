"""Everything that should be well before work begins, asked of every node of the deployment; one line each."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from common.deployment import HELPER, Deployment
from common.errors import AppError, NotReady
from common.monitoring.checks import grade_skew
from common.monitoring.health import Finding, Grade
from common.monitoring.lines import Line, line_of
from common.wire.versions import differences
from desktop_client.upload.client import Nodes
from desktop_client.upload.preflight.probe import probe, target_of
from desktop_client.upload.transport import Call, Transport

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_ROUNDING: Final = 0.5
_SLOW_MS: Final = 50.0
_SLOW_MB: Final = 10.0
_UPDATE: Final = "Bring all programs of the deployment to the same version."


@dataclass(frozen=True)
class Wishes:
    """What to look at besides: the link between the servers; the version of this program."""

    version: str
    with_link: bool = False
    clock: Callable[[], float] = time.time


async def preflight(nodes: Nodes, deployment: Deployment, wishes: Wishes) -> list[Line]:
    """Lines about every node in order, then about the nodes together. Nothing is changed anywhere."""
    transports = {"a": nodes.a.transport, "b": nodes.b.transport, "log": nodes.log.transport}
    checks = [_check_node(role, deployment, transports.get(role), wishes) for role in deployment.roles]
    found = await asyncio.gather(*checks)
    lines = [line for of_node in found for line in of_node]
    if wishes.with_link:
        lines.append(await _link(nodes.a.transport))
    return lines


async def _check_node(role: str, deployment: Deployment, transport: Transport | None, wishes: Wishes) -> list[Line]:
    lines = await probe(target_of(deployment.node(role)), deployment.ca_pem, wishes.clock())
    if role == HELPER or transport is None or lines[-1].grade is Grade.FAIL:
        return lines
    try:
        lines += await _introduction(role, transport, wishes)
        lines += await _readiness(role, transport)
        if role in ("a", "b"):
            lines += [await _protocols(role, transport), await _policy(role, transport)]
    except AppError as error:
        lines.append(line_of(role, "answer", Finding(Grade.FAIL, str(error)), error.advice))
    return lines


async def _introduction(role: str, transport: Transport, wishes: Wishes) -> list[Line]:
    began = wishes.clock()
    info = await transport.json("GET", "/v1/info", Call(login=False))
    middle = (began + wishes.clock()) / 2
    if not hmac.compare_digest(str(info.get("verify_key")).encode(), transport.node.verify_key.encode()):
        says = "The node has another key than the deployment says."
        advice = "Do not go on; compare fingerprints with its operator."
        return [line_of(role, "key", Finding(Grade.FAIL, says), advice)]
    version = str(info.get("version"))[:40]
    same = Finding(Grade.OK, f"Version {version}.")
    other = Finding(Grade.WARN, f"Version {version}; this program is {wishes.version}.")
    lines = [line_of(role, "version", same if version == wishes.version else other, _UPDATE)]
    try:
        theirs = datetime.strptime(str(info.get("time")), _FORM).replace(tzinfo=UTC).timestamp() + _ROUNDING
    except ValueError:
        return [*lines, line_of(role, "clock", Finding(Grade.WARN, "The node tells no time."), _UPDATE)]
    advice = "Logins and signatures need clocks that agree; set both by a time server."
    return [*lines, line_of(role, "clock", grade_skew(theirs - middle, "this machine"), advice)]


async def _readiness(role: str, transport: Transport) -> list[Line]:
    """The state of the node; for administrators every part of it."""
    try:
        found = await transport.json("GET", "/readyz", Call(login=transport.has_token))
    except NotReady as error:
        found = {"status": "not ready", **error.details}
    parts = found.get("components")
    if isinstance(parts, dict):
        return [_part(role, str(name)[:40], part) for name, part in parts.items()]
    status = str(found.get("status"))[:40]
    grade = {"ready": Grade.OK, "degraded": Grade.WARN}.get(status, Grade.FAIL)
    return [line_of(role, "state", Finding(grade, f"The node is {status}."), "Its operator sees which part it is.")]


def _part(role: str, name: str, part: object) -> Line:
    state, says = (str(part.get(key))[:300] for key in ("state", "says")) if isinstance(part, dict) else ("", "")
    grade = Grade(state) if state in set(Grade) else Grade.FAIL
    found = Finding(grade, says if says != "ok" else "In order.")
    return line_of(role, f"its {name}", found, "See the log of this node.")


async def _protocols(role: str, transport: Transport) -> Line:
    theirs = (await transport.json("GET", "/v1/protocols", Call(login=False))).get("protocols")
    unlike = differences(theirs if isinstance(theirs, Mapping) else {})
    says = f"Speaks {'; '.join(unlike)}." if unlike else "Speaks the same formats as this program."
    return line_of(role, "formats", Finding(Grade.FAIL if unlike else Grade.OK, says), _UPDATE)


async def _policy(role: str, transport: Transport) -> Line:
    if not transport.has_token:
        return Line(Grade.WARN, role, "policy", "Not looked at: there is no login here.", "Run `imguard login` first.")
    try:
        found = await transport.json("GET", "/v1/policy")
    except AppError as error:
        return line_of(role, "policy", Finding(Grade.WARN, str(error)), error.advice)
    if found.get("problem"):
        return Line(Grade.WARN, role, "policy", str(found["problem"])[:300], "Its operator must mend NODE/policy.toml.")
    if found.get("open") is False:
        says = f"Jobs may not start now, but from {str(found.get('opens_at'))[:40]}."
        return Line(Grade.WARN, role, "policy", says, "Start jobs then; they wait otherwise.")
    return Line(Grade.OK, role, "policy", _rules(found))


def _rules(found: Mapping[str, Any]) -> str:
    """The rules that limit something, in one sentence."""
    limits = [
        f"{name.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for group in ("datasets", "projects", "quota")
        for name, value in dict(found.get(group) or {}).items()
        if value is not None
    ]
    return f"Limits: {'; '.join(limits)}."[:500] if limits else "Everything is allowed."


async def _link(transport: Transport) -> Line:
    try:
        found = await transport.json("POST", "/v1/preflight/link", Call(json={}))
        trip, speed = float(found["round_trip_ms"]), float(found["mb_per_s"])
    except AppError as error:
        return line_of("a-b", "link", Finding(Grade.FAIL, str(error)), error.advice)
    except (KeyError, TypeError, ValueError):
        return line_of("a-b", "link", Finding(Grade.FAIL, "Server A told no speed."), _UPDATE)
    grade = Grade.WARN if trip > _SLOW_MS or speed < _SLOW_MB else Grade.OK
    says = f"{trip:.1f} ms round trip, {speed:.0f} MB/s there and back at once."
    advice = "Training takes many round trips and much traffic; it will be slow."
    return line_of("a-b", "link", Finding(grade, says), advice)
