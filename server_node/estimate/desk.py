"""Takes questions about costs: one is computed at a time, few may wait, and what was asked before is known."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from common.architecture import check_project
from common.documents import digest
from common.errors import EstimateFailed, PolicyRefused, RateLimited
from common.specification import Specification
from server_node.estimate.answer import Way, source_answers
from server_node.estimate.images import Images
from server_node.estimate.network import MeasuresLink, Network
from server_node.estimate.outcome import Outcome
from server_node.estimate.process import Ask, asking, clear
from server_node.storage.context import NodeContext, to_text

WAITING: Final = 4
"""Questions that may wait while one is answered."""
REMEMBERED: Final = 64
FRESH_SECONDS: Final = 24 * 3600
_COSTS_NOTHING: Final = {
    "id", "revision", "name", "purpose", "owner", "members", "recipients", "testers", "datasets", "servers",
    "preparation",
}  # fmt: skip
"""Fields of a specification that change no cost; of recipients the number does."""


class EstimateDesk:
    """Answers what a job would cost at this server."""

    def __init__(self, context: NodeContext, network: Network, ask: Ask) -> None:
        self._context, self._network, self._ask = context, network, ask
        self._known: OrderedDict[str, tuple[float, Outcome]] = OrderedDict()
        self._turn, self._waiting = asyncio.Lock(), 0
        self._working: asyncio.Task[Outcome] | None = None
        self._is_closed = False

    async def close(self) -> None:
        """End the process that works, if one does; whoever waits is told so."""
        self._is_closed = True
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])

    async def estimate(self, spec: Specification, images: Images) -> dict[str, Any]:
        """Seconds, bytes and disk of every stage with each source of correlations.

        Raises:
            SpecRefused: no server could run it.
            RateLimited: too many others ask at this moment.
            EstimateFailed: it could not be worked out.
            NodeUnreachable, UnknownCertificate: the way to the other server cannot be measured.
        """
        about = (list(images.counts), images.shape, images.bits, images.as_json()["classes"])
        await asyncio.to_thread(check_project, spec, *about)
        way = await self._network.way()
        outcome = await self._outcome(spec, images, way)
        link = None if way is None else {"round_trip_ms": 1e3 * way.round_trip, "mb_per_s": way.bytes_per_second / 1e6}
        return {
            "party": self._context.party.letter,
            "images": outcome.images,
            "trained": outcome.trained,
            "steps": outcome.steps,
            "calibrated": to_text(outcome.calibrated),
            "link": link,
            "start_seconds": round(outcome.start_seconds, 3),
            "upload_bytes": images.upload_bytes(self._context.party),
            "sources": source_answers(outcome, way, self._refusals(spec, outcome.sources)),
        }

    async def _outcome(self, spec: Specification, images: Images, way: Way | None) -> Outcome:
        key = _key(spec, images, way)
        if (found := self._remembered(key)) is not None:
            return found
        if self._waiting > WAITING:
            raise RateLimited("Several estimates are being worked out; try again in a minute.")
        self._waiting += 1
        try:
            async with self._turn:
                found = self._remembered(key) or await self._work(self._question(spec, images, way))
                self._known[key] = self._context.clock(), found
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
                return found
        finally:
            self._waiting -= 1

    async def _work(self, question: dict[str, Any]) -> Outcome:
        """In a task of its own, which ends with the node and with whoever asked."""
        if self._is_closed:
            raise EstimateFailed("The node is stopping.")
        self._working = asyncio.create_task(self._ask(question))
        try:
            return await self._working
        except asyncio.CancelledError as error:
            self._working.cancel()
            if self._is_closed:
                raise EstimateFailed("The node is stopping.") from error
            raise
        finally:
            await asyncio.wait([self._working])
            self._working = None

    def _remembered(self, key: str) -> Outcome | None:
        when, outcome = self._known.get(key, (0.0, None))
        return outcome if 0 <= self._context.clock() - when < FRESH_SECONDS else None

    def _question(self, spec: Specification, images: Images, way: Way | None) -> dict[str, Any]:
        return {
            "specification": spec.body,
            "images": images.as_json(),
            "is_shared": self._network.is_shared,
            "device": self._context.settings["compute_device"],
            "lanes": self._context.settings["lanes"],
            "network": None if way is None else asdict(way),
        }

    def _refusals(self, spec: Specification, sources: Mapping[str, object]) -> dict[str, str | None]:
        """Why this server would not prepare with a source, or None."""
        found: dict[str, str | None] = {}
        for name in sources:
            found[name] = None
            try:
                self._context.policy.check_project(replace(spec, preparation=name))
            except PolicyRefused as error:
                found[name] = str(error)
        return found


@asynccontextmanager
async def open_desk(context: NodeContext, folder: Path, link: MeasuresLink) -> AsyncIterator[EstimateDesk]:
    """The desk of the node in ``folder``; it closes when the context ends."""
    await asyncio.to_thread(clear, folder)
    own = context.identity.deployment.node(context.party.letter)
    desk = EstimateDesk(context, Network(own.url, context.other.url, link), asking(folder))
    try:
        yield desk
    finally:
        await desk.close()


def _key(spec: Specification, images: Images, way: Way | None) -> str:
    """Equal where the same is counted: how transfers are made depends on the network, but not on little of it."""
    measured = () if way is None else (way.round_trip, way.bytes_per_second)
    counted = {name: value for name, value in spec.body.items() if name not in _COSTS_NOTHING}
    about = {"recipients": len(spec.recipients), "way": [round(math.log2(max(one, 1e-9))) for one in measured]}
    return digest({"specification": counted, "images": images.as_json(), **about})
