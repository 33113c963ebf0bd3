"""What both servers agree on before a segment is made: the plan, a nonce, which segments are kept, and who makes which.

    both  → both  prepare-plan: plan digest, fresh nonce; prepare-ready: which segments are ready
    both  → both  prepare-lanes, where there are lanes: how many, and how many segments may lie on the disk

Segments that both servers hold from an interrupted preparation are kept; all others are made anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from common.crypto.domains import LANE_V1
from common.crypto.rng import RandomSource
from common.errors import BadFrame, PeerMismatch
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.layout import Layout
from server_node.offline.plan import Segment, plan_digest
from server_node.offline.segments import SegmentName, find_ready, ready_path
from server_node.offline.source import CotSource, Source

_NONCE_BYTES: Final = 16
DIGEST_BYTES: Final = 32
LEAST_ROOM: Final = 2
"""Segments that may lie on a disk, at least: one that is used, and one that is made meanwhile."""


@dataclass(frozen=True)
class Job:
    """What to prepare: the plan, which segments are still needed, what else both servers must agree on, and how."""

    plan: list[Segment]
    needed: frozenset[int]
    agreement: bytes = b""
    source: Source = field(default_factory=CotSource)


@dataclass(frozen=True)
class Side:
    """One server's side of a preparation: who it is, where its segments lie, and its randomness."""

    party: Party
    folder: Path
    rng: RandomSource


@dataclass(frozen=True)
class Share:
    """What one link makes: these segments in order, in a session of its own."""

    nonce: bytes
    segments: list[int]


@dataclass(frozen=True)
class Terms:
    """An agreement: ``kept`` segments are ready at both servers, ``missing`` ones are to be made, in order of use."""

    job: Job
    side: Side
    digest: bytes
    nonce: bytes
    names: list[SegmentName]
    layouts: list[Layout]
    kept: list[int]

    @property
    def needed(self) -> list[int]:
        """All segments that will be used, in order."""
        return sorted(self.job.needed)

    @property
    def missing(self) -> list[int]:
        return [index for index in self.needed if index not in self.kept]

    def effort(self, index: int) -> int:
        """Of a segment, in the units of the source."""
        return self.job.source.effort(self.job.plan[index], self.side.party)

    def dealt(self, lanes: int) -> tuple[Terms, list[Share]]:
        """What each lane makes, one after the other in turn, and the terms with the names that follow from it."""
        names, shares = list(self.names), []
        for lane in range(lanes):
            nonce = hashlib.sha256(LANE_V1.encode() + self.nonce + lane.to_bytes(2, "little")).digest()[:_NONCE_BYTES]
            shares.append(Share(nonce, self.missing[lane::lanes]))
            for index in shares[-1].segments:
                names[index] = replace(names[index], nonce=nonce.hex())
        return replace(self, names=names), shares

    def clear(self) -> None:
        """Remove what an interrupted preparation left and nobody will use: it would take the place of what is made."""
        keep = {ready_path(self.side.folder, index) for index in self.kept}
        for pattern in ("*.part", "*.ready"):
            for path in set(self.side.folder.glob(pattern)) - keep:
                path.unlink(missing_ok=True)


def agree(channel: Channel, side: Side, job: Job, among: Collection[int] | None = None) -> Terms:
    """Compare plans, toss a nonce and find out which segments both hold; ``among`` limits which are looked at.

    *Rounds* 2. *Bytes* 48 and 32 a segment, each way. *Leaks* which segments are ready.

    Raises:
        PeerMismatch: the servers recorded different plans. PeerGone.
    """
    side.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = len(job.plan)
    digest = hashlib.sha256(plan_digest(job.plan) + job.agreement).digest()
    nonce = _toss(channel, side, digest)
    layouts = _layouts(job.plan, side.party, job.source.name)
    wanted = [SegmentName(digest.hex(), index, job.source.name, nonce.hex()) for index in range(count)]
    have = {}
    for index in range(count) if among is None else among:
        found = find_ready(side.folder, wanted[index], layouts[index].stored_bytes)
        if found is not None:
            have[index] = found
    mine = _fingerprints(have, count)
    theirs = channel.exchange("prepare-ready", mine)
    same = (theirs == mine).all(axis=1) & theirs.any(axis=1)
    names = [have[index] if same[index] and index in have else wanted[index] for index in range(count)]
    kept = [index for index in sorted(job.needed) if same[index]]
    return Terms(job, side, digest, nonce, names, layouts, kept)


def agree_on_lanes(channel: Channel, lanes: int, room: int) -> tuple[int, int]:
    """The smaller of both servers' numbers of lanes, and of segments that may lie on the disk.

    *Rounds* 1. *Bytes* 8 each way. *Leaks* about how much room there is on this disk.

    Raises:
        BadFrame: the other server has no lanes, or no room. PeerGone.
    """
    mine = np.array([lanes, min(room, 2**32 - 1)], "<u4")
    theirs = channel.exchange("prepare-lanes", mine)
    if theirs[0] < 1 or theirs[1] < LEAST_ROOM:
        raise BadFrame("The other server has no lanes to prepare on, or no room for segments.", step="prepare-lanes")
    both = np.minimum(mine, theirs)
    return int(both[0]), int(both[1])


def greet_on_lane(channel: Channel, terms: Terms, number: int, share: Share) -> None:
    """The first word on a lane: both servers mean the same lane, and will make the same on it in the same order.

    *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing.

    Raises:
        PeerMismatch: they do not. PeerGone.
    """
    about = b"".join(terms.names[index].block() for index in share.segments)
    mine = hashlib.sha256(LANE_V1.encode() + share.nonce + number.to_bytes(2, "little") + about).digest()
    theirs = channel.exchange("prepare-lane", np.frombuffer(mine, np.uint8))
    if not hmac.compare_digest(theirs.tobytes(), mine):
        raise PeerMismatch("The two servers would make different correlations over one connection.")


def confirm(channel: Channel, name: SegmentName) -> None:
    """Both servers have this segment ready.

    *Rounds* 1. *Bytes* 32 each way. *Leaks* nothing.

    Raises:
        PeerMismatch: the other one has made another segment. PeerGone.
    """
    mine = np.frombuffer(_fingerprint(name), np.uint8)
    if not hmac.compare_digest(channel.exchange("prepare-done", mine).tobytes(), mine.tobytes()):
        raise PeerMismatch("The two servers have made different segments of correlations.")


def _layouts(plan: list[Segment], party: Party, source: str) -> list[Layout]:
    """By segment; epochs are alike, so each kind of segment is laid out once."""
    made: dict[int, Layout] = {}
    for requests in plan:
        if id(requests) not in made:
            made[id(requests)] = Layout(requests, party, source)
    return [made[id(requests)] for requests in plan]


def _toss(channel: Channel, side: Side, digest: bytes) -> bytes:
    """Compare plans and toss a nonce."""
    mine = np.frombuffer(digest + side.rng.token(_NONCE_BYTES), np.uint8)
    theirs = channel.exchange("prepare-plan", mine)
    if theirs[:DIGEST_BYTES].tobytes() != digest:
        raise PeerMismatch("The two servers recorded different plans for this job.")
    parts = [mine[DIGEST_BYTES:].tobytes(), theirs[DIGEST_BYTES:].tobytes()]
    ordered = parts if side.party is Party.P0 else parts[::-1]
    return hashlib.sha256(b"".join(ordered)).digest()[:_NONCE_BYTES]


def _fingerprints(names: dict[int, SegmentName], count: int) -> npt.NDArray[np.uint8]:
    """[count, 32] digests of the segments that are ready; zero where none is."""
    table = np.zeros((count, DIGEST_BYTES), np.uint8)
    for index, name in names.items():
        table[index] = np.frombuffer(_fingerprint(name), np.uint8)
    return table


def _fingerprint(name: SegmentName) -> bytes:
    return hashlib.sha256(name.block()).digest()
