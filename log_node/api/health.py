"""How the log node is: for load balancers, for operators and for Prometheus.

→ GET /healthz     ← {status}: the process answers
→ GET /readyz      ← {status[, components]}, or 503 `not-ready`; parts by name for who may see them
→ GET /metrics     ← counters and figures as text, for the token in LOG/keys/metrics.token
→ GET /v1/load     ← {processor_percent, memory_used, ..., requests, entries}: the load now, for everybody logged in
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import Gauge, Info

from common.config import Settings
from common.crypto.rng import SystemRandom
from common.errors import AppError, NotLoggedIn, NotReady
from common.monitoring.bearer import MonitorToken, open_token
from common.monitoring.checks import OwnChecks, free_bytes
from common.monitoring.health import Component, Finding, Grade, Health
from common.monitoring.machine import Machine
from common.monitoring.traffic import CONTENT_TYPE, Traffic
from common.net.identity import NodeIdentity
from log_node.api.identity import user_of
from log_node.ledger.writer import Ledger

_MIB = 1 << 20


class LogMonitor:
    """Health, counters and the token that opens them."""

    def __init__(self, folder: Path, ledger: Ledger, health: Health, token: MonitorToken, traffic: Traffic) -> None:
        self._folder, self._ledger = folder, ledger
        self.health, self.token, self.traffic = health, token, traffic
        self._machine = Machine(folder)
        self._entries = Gauge("imguard_log_entries", "Entries of the log.", registry=traffic.registry)
        self._free = Gauge("imguard_disk_free_bytes", "Room on the disk of the log.", registry=traffic.registry)
        parts = "1 if a part of the node is as it should be."
        self._parts = Gauge("imguard_component_ok", parts, ["component"], registry=traffic.registry)

    def load(self) -> dict[str, Any]:
        """How busy the machine is, how many requests were answered since the start, how many entries there are."""
        entries = self._ledger.head.checkpoint.size
        return {**self._machine.recent(), "requests": self.traffic.answered, "entries": entries}

    async def text(self) -> bytes:
        """Every counter and figure, in the form Prometheus reads."""
        for name, finding in (await self.health.report()).findings.items():
            self._parts.labels(name).set(finding.grade is Grade.OK)
        self._entries.set(self._ledger.head.checkpoint.size)
        self._free.set(free_bytes(self._folder))
        return self.traffic.text()


MONITOR: web.AppKey[LogMonitor] = web.AppKey("log_monitor", LogMonitor)


def open_monitor(folder: Path, identity: NodeIdentity, settings: Settings, ledger: Ledger, version: str) -> LogMonitor:
    """The monitor of a log node; its token is made the first time.

    Raises:
        ConfigError: the token's file is damaged.
    """
    traffic = Traffic()
    about = {"name": identity.name, "party": "log", "version": version}
    Info("imguard_node", "Who this node is.", registry=traffic.registry).info(about)
    # The next file of the log must fit.
    own = OwnChecks(folder, identity.cert_path, settings["segment_mib"] * _MIB, time.time)

    async def written() -> Finding:
        fault = ledger.fault
        return Finding(Grade.OK) if fault is None else Finding(Grade.FAIL, str(fault))

    components = [
        Component("ledger", written),
        Component("disk", own.disk),
        Component("certificate", own.certificate),
    ]
    return LogMonitor(folder, ledger, Health(components), open_token(folder / "keys", SystemRandom()), traffic)


async def get_alive(request: web.Request) -> web.Response:
    """Whether the process answers; nothing else is looked at."""
    return web.json_response({"status": "ok"})


async def get_ready(request: web.Request) -> web.Response:
    """Whether the node can work, part by part for its operators."""
    report = await request.app[MONITOR].health.report()
    shown: dict[str, Any] = {"components": report.details()} if await _sees_details(request) else {}
    if not report.is_ready:
        raise NotReady(**shown)
    return web.json_response({"status": report.status, **shown})


async def get_metrics(request: web.Request) -> web.Response:
    """Counters and figures of the node, for Prometheus."""
    if not _is_monitor(request):
        raise NotLoggedIn("This needs the token in LOG/keys/metrics.token.")
    return web.Response(body=await request.app[MONITOR].text(), headers={"Content-Type": CONTENT_TYPE})


async def get_load(request: web.Request) -> web.Response:
    """How busy the log node is, for everybody who is logged in."""
    await user_of(request)
    return web.json_response(request.app[MONITOR].load())


def _is_monitor(request: web.Request) -> bool:
    return request.app[MONITOR].token.is_shown_in(request.headers.get("Authorization"))


async def _sees_details(request: web.Request) -> bool:
    if _is_monitor(request):
        return True
    if "Authorization" not in request.headers:
        return False
    try:
        return (await user_of(request)).is_administrator
    except AppError:
        return False
