"""How the node is: for load balancers, for operators and for Prometheus.

→ GET /healthz     ← {status}: the process answers
→ GET /readyz      ← {status[, components]}, or 503 `not-ready`: the node can work; parts by name for who may see them
→ GET /metrics     ← counters and figures as text, for the token in NODE/keys/metrics.token
→ GET  /v1/protocols        ← {version, protocols}: the versions of formats this node writes
→ GET  /v1/checkpoint       ← the last checkpoint of the log that this node accepted, as text; empty before the first
→ POST /v1/preflight/link   ← {round_trip_ms, mb_per_s, bytes}: the way to the other server; for administrators
→ POST /v1/peer/echo bytes  ← the same bytes, at most 1 MiB; for the other server
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from aiohttp import web

from common.errors import BadInput, NotReady
from common.monitoring.traffic import CONTENT_TYPE
from common.wire.versions import PROTOCOLS
from server_node.api.access import sees_details
from server_node.api.call import Answer, Call
from server_node.audit.outbox import accepted_checkpoint


async def alive(call: Call) -> Answer:
    """Whether the process answers; nothing else is looked at."""
    return {"status": "ok"}


async def ready(call: Call) -> Answer:
    """Whether the node can work, part by part for its operators."""
    report = await call.node.monitor.health.report()
    shown: dict[str, Any] = {}
    if await sees_details(call.request, call.node):
        shown["components"] = report.details()
    if not report.is_ready:
        raise NotReady(**shown)
    return {"status": report.status, **shown}


async def protocols(call: Call) -> Answer:
    """The versions of all formats that this node exchanges with others."""
    return {"version": call.node.version, "protocols": dict(PROTOCOLS)}


async def checkpoint(call: Call) -> Answer:
    """What this node last saw of the log, so that others can tell whether they are shown the same one."""
    return web.Response(text=await asyncio.to_thread(accepted_checkpoint, call.node.folder))


async def measure_link(call: Call) -> Answer:
    """Round trip and speed between this server and the other one, measured now."""
    return asdict(await call.node.monitor.link.measure())


async def echo(call: Call) -> Answer:
    """Send the bytes of the other server back."""
    size = call.request.content_length
    if size is None:
        raise BadInput("The header Content-Length is missing.", field="Content-Length")
    return web.Response(body=await call.read_exactly(size), content_type="application/octet-stream")


async def metrics(call: Call) -> Answer:
    """Counters and figures of the node, for Prometheus."""
    return web.Response(body=await call.node.monitor.text(), headers={"Content-Type": CONTENT_TYPE})
