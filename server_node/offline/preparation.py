"""Preparation: every correlation of the plan is made before the job uses the first.

    both  → both  plan digest, fresh nonce, which segments are ready
    then what the source does for each segment that is missing

Segments that both servers hold from an interrupted preparation are kept; all others are made anew.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from common.crypto.rng import RandomSource
from common.errors import PeerMismatch
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.layout import Layout
from server_node.offline.plan import Segment, plan_digest
from server_node.offline.segments import SegmentFile, SegmentName, find_ready
from server_node.offline.source import CotSource, Making, Source

_NONCE_BYTES: Final = 16
_REPORT_SECONDS: Final = 0.2
Report = Callable[[int, int], None]
"""Called with the effort done and all there is, in the units of the source."""


@dataclass(frozen=True)
class Prepared:
    """A complete preparation: opens its segments one after the other."""

    folder: Path
    plan: list[Segment]
    names: list[SegmentName]
    digest: str


@dataclass(frozen=True)
class Job:
    """What to prepare: the plan, which segments are still needed, what else both servers must agree on, and how."""

    plan: list[Segment]
    needed: frozenset[int]
    agreement: bytes = b""
    source: Source = field(default_factory=CotSource)


def prepare(channel: Channel, party: Party, job: Job, folder: Path, rng: RandomSource, report: Report) -> Prepared:
    """Make the needed segments of a plan in ``folder`` together with the peer.

    Raises:
        PeerMismatch: the servers recorded different plans. DiskFull, PeerGone and what the source raises.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    plan, source = job.plan, job.source
    digest = hashlib.sha256(plan_digest(plan) + job.agreement).digest()
    nonce = _agree(channel, party, digest, rng)
    layouts = _layouts(plan, party, source.name)
    wanted = [SegmentName(digest.hex(), index, source.name, nonce.hex()) for index in range(len(plan))]
    have = _ready_names(folder, wanted, layouts)
    theirs = channel.exchange("prepare-ready", _fingerprints(have, len(plan)))
    keep = (theirs == _fingerprints(have, len(plan))).all(axis=1) & theirs.any(axis=1)
    names = [have[i] if keep[i] and i in have else wanted[i] for i in range(len(plan))]
    efforts = {i: source.effort(plan[i], party) for i in sorted(job.needed)}
    meter = _Meter(sum(efforts.values()), report)
    meter.add(sum(effort for i, effort in efforts.items() if keep[i]))
    missing = [i for i in efforts if not keep[i]]
    if missing:
        with source.open(Making(channel, party, rng, digest, nonce)) as maker:
            for index in missing:
                seed = maker.seed(index, plan[index])
                file = SegmentFile(folder, names[index], seed, layouts[index].stored_bytes)
                maker.fill(file.stored, meter.add)
                file.publish()
    meter.finish()
    return Prepared(folder, plan, names, digest.hex())


def _layouts(plan: list[Segment], party: Party, source: str) -> list[Layout]:
    """By segment; epochs are alike, so each kind of segment is laid out once."""
    made: dict[int, Layout] = {}
    for requests in plan:
        if id(requests) not in made:
            made[id(requests)] = Layout(requests, party, source)
    return [made[id(requests)] for requests in plan]


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
