"""What watches a server node: its health, its counters, and who may read them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from common.errors import AppError
from common.monitoring.bearer import MonitorToken, open_token
from common.monitoring.checks import OwnChecks, free_bytes
from common.monitoring.health import OK, Component, Finding, Grade, Health, by_sentence
from common.monitoring.traffic import Traffic
from server_node.monitor.figures import Backlog, Figures, Sources
from server_node.monitor.link import Echoes, LinkProbe
from server_node.monitor.peer_watch import AsksInfo, PeerWatch, check_age
from server_node.storage.context import NodeContext
from server_node.storage.database import Database

_MIB = 1 << 20


class Delivery(Protocol):
    """The outbox, as far as it is watched."""

    @property
    def fault(self) -> AppError | None:
        """Why the last delivery failed."""
        ...

    def pending(self) -> int:
        """Events that wait."""
        ...

    def refused(self) -> int:
        """Events that the log will never take."""
        ...


class Peer(AsksInfo, Echoes, Protocol):
    """The other server, as far as it is watched."""


class SaysHowItIs(Protocol):
    """A part of a node that answers with ``ok`` or a sentence."""

    async def check(self) -> str:
        """How it is."""
        ...


@dataclass(frozen=True)
class Watched:
    """The parts of a node that are watched; ``vital`` and ``useful`` answer for themselves."""

    folder: Path
    context: NodeContext
    version: str
    database: Database
    outbox: Delivery
    peer: Peer
    vital: Sequence[tuple[str, SaysHowItIs]] = ()
    useful: Sequence[tuple[str, SaysHowItIs]] = ()


class Monitor:
    """Health, counters and the token that opens them."""

    def __init__(self, watched: Watched, token: MonitorToken, traffic: Traffic) -> None:
        context = watched.context
        self.token, self.traffic = token, traffic
        self.link = LinkProbe(watched.peer, context.rng)
        self._peer = PeerWatch(watched.peer, context.other, context.clock)
        self.health = Health(_components(watched, self._peer))

        def backlog() -> Backlog:
            return Backlog(watched.outbox.pending(), watched.outbox.refused())

        sources = Sources(watched.database, backlog, lambda: free_bytes(watched.folder))
        about = {"name": context.identity.name, "party": context.party.letter, "version": watched.version}
        self._figures = Figures(traffic.registry, sources, about)

    async def text(self) -> bytes:
        """Every counter and figure, in the form Prometheus reads; figures of a database that is gone stay old."""
        report = await self.health.report()
        seen = await self._peer.look()
        # If the database is gone the report says so; what is known without it must still be told.
        with suppress(AppError):
            await self._figures.refresh(report, seen.skew)
        return await asyncio.to_thread(self.traffic.text)


def open_monitor(watched: Watched) -> Monitor:
    """The monitor of a node; its token is made the first time.

    Raises:
        ConfigError: the token's file is damaged.
    """
    token = open_token(watched.folder / "keys", watched.context.rng)
    return Monitor(watched, token, Traffic())


def _components(watched: Watched, peer: PeerWatch) -> list[Component]:
    context = watched.context
    identity = context.identity
    reserve = context.settings["disk_reserve_mib"] * _MIB
    own = OwnChecks(watched.folder, identity.cert_path, reserve, context.clock)
    created = str(identity.deployment.body["created"])

    async def clock() -> Finding:
        return check_age(created, context.clock) or await peer.clock()

    return [
        *(Component(name, by_sentence(part.check)) for name, part in watched.vital),
        *(Component(name, by_sentence(part.check, Grade.WARN), is_vital=False) for name, part in watched.useful),
        Component("disk", own.disk),
        Component("certificate", own.certificate),
        Component("clock", clock, is_vital=False),
        Component("log delivery", by_sentence(lambda: _delivery(watched.outbox), Grade.WARN), is_vital=False),
        Component("other server", peer.reachable, is_vital=False),
    ]


async def _delivery(outbox: Delivery) -> str:
    fault = outbox.fault
    refused = await asyncio.to_thread(outbox.refused)
    if fault is not None:
        return f"{await asyncio.to_thread(outbox.pending)} events wait for the log node: {fault}"
    return f"The log node will never take {refused} events; see the log of this node." if refused else OK
