"""Preparation: every correlation of the plan is made before the job uses the first.

    both  → both  plan digest, fresh nonce, which segments are ready
    then base OTs once, then OT extension and corrections per batch

Segments that both servers hold from an interrupted preparation are kept; all others are made anew.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from common.crypto.domains import SESSION_V1
from common.crypto.rng import RandomSource
from common.errors import PeerMismatch
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import Segment, plan_digest
from server_node.offline.segments import SEED_BYTES, SegmentFile, SegmentName, find_ready

_NONCE_BYTES: Final = 16
_REPORT_SECONDS: Final = 0.2
Report = Callable[[int, int], None]
"""Called with (OTs done, OTs in all)."""


@dataclass(frozen=True)
class Prepared:
    """A complete preparation: opens its segments one after the other."""

    folder: Path
    plan: list[Segment]
    names: list[SegmentName]
    digest: str


def total_ots(plan: list[Segment]) -> int:
    """OTs of both directions that a plan needs."""
    return sum(request.ots for segment in plan for request in segment)


@dataclass(frozen=True)
class Job:
    """What to prepare: the plan, which segments are still needed, and what else both servers must agree on."""

    plan: list[Segment]
    needed: frozenset[int]
    agreement: bytes = b""


def prepare(
    channel: Channel, party: Party, job: Job, folder: Path, rng: RandomSource, report: Report
) -> Prepared:
    """Make the needed segments of a plan in ``folder`` together with the peer.

    Raises:
        PeerMismatch: the servers recorded different plans. DiskFull, PeerGone: as they say.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan = job.plan
    digest = hashlib.sha256(plan_digest(plan) + job.agreement).digest()
    nonce = _agree(channel, party, digest, rng)
    layouts = [Layout(requests, party, SOURCE) for requests in plan]
    wanted = [SegmentName(digest.hex(), index, SOURCE, nonce.hex()) for index in range(len(plan))]
    have = _ready_names(folder, wanted, layouts)
    theirs = channel.exchange("prepare-ready", _fingerprints(have, len(plan)))
    keep = (theirs == _fingerprints(have, len(plan))).all(axis=1) & theirs.any(axis=1)
    names = [have[i] if keep[i] and i in have else wanted[i] for i in range(len(plan))]
    meter = _Meter(total_ots([requests for i, requests in enumerate(plan) if i in job.needed]), report)
    engine: CotEngine | None = None
    for index in sorted(job.needed):
        requests = plan[index]
        if keep[index]:
            meter.add(total_ots([requests]))
            continue
        if engine is None:
            engine = CotEngine(channel, party, rng, SESSION_V1.encode() + nonce)
        seed = rng.token(SEED_BYTES)
        file = SegmentFile(folder, names[index], seed, layouts[index].stored_bytes)
        SegmentMaker(engine, requests, seed, file.stored, meter.add).run()
        file.publish()
    meter.finish()
    return Prepared(folder, plan, names, digest.hex())


def _agree(channel: Channel, party: Party, digest: bytes, rng: RandomSource) -> bytes:
    """Compare plans and toss a nonce."""
    mine = np.frombuffer(digest + rng.token(_NONCE_BYTES), np.uint8)
    theirs = channel.exchange("prepare-plan", mine)
    if theirs[:32].tobytes() != digest:
        raise PeerMismatch("The two servers recorded different plans for this job.")
    parts = [mine[32:].tobytes(), theirs[32:].tobytes()]
    ordered = parts if party is Party.P0 else parts[::-1]
    return hashlib.sha256(b"".join(ordered)).digest()[:_NONCE_BYTES]


def _ready_names(folder: Path, wanted: list[SegmentName], layouts: list[Layout]) -> dict[int, SegmentName]:
    found = (find_ready(folder, name, layout.stored_bytes) for name, layout in zip(wanted, layouts, strict=True))
    return {name.segment: name for name in found if name is not None}


def _fingerprints(names: dict[int, SegmentName], count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """[count, 32] digests of the segments that are ready; zero where none is."""
    table = np.zeros((count, 32), np.uint8)
    for index, name in names.items():
        table[index] = np.frombuffer(hashlib.sha256(name.block()).digest(), np.uint8)
    return table


class _Meter:
    """Reports progress a few times a second."""

    def __init__(self, total: int, report: Report) -> None:
        self._total, self._report = total, report
        self._done, self._last = 0, 0.0

    def add(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._last > _REPORT_SECONDS:
            self._last = time.monotonic()
            self._report(min(self._done, self._total), self._total)

    def finish(self) -> None:
        self._report(self._total, self._total)
