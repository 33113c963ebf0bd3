"""How the node is: for load balancers, for operators and for Prometheus.

→ GET /healthz     ← {status}: the process answers
→ GET /readyz      ← {status[, components]}, or 503 `not-ready`: the node can work; parts by name for who may see them
→ GET /metrics     ← counters and figures as text, for the token in NODE/keys/metrics.token
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.errors import NotReady
from common.monitoring.traffic import CONTENT_TYPE
from server_node.api.access import sees_details
from server_node.api.call import Answer, Call


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


async def metrics(call: Call) -> Answer:
    """Counters and figures of the node, for Prometheus."""
    return web.Response(body=await call.node.monitor.text(), headers={"Content-Type": CONTENT_TYPE})
