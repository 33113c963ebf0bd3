"""Makes segments over one link, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.plan import Segment
from server_node.offline.preparation.agreement import Job, Side, Terms, agree
from server_node.offline.preparation.meter import Meter
from server_node.offline.segments import SegmentFile, SegmentName
from server_node.offline.source import Making, Progress

Report = Callable[[int, int], None]
"""Called with the effort done and all there is, in the units of the source."""


@dataclass(frozen=True)
class Prepared:
    """A complete preparation: opens its segments one after the other."""

    folder: Path
    plan: list[Segment]
    names: list[SegmentName]
    digest: str


class Pace(Protocol):
    """Decides when a segment may be begun, and hears when it is ready."""

    def begin(self, index: int) -> None: ...

    def done(self, index: int) -> None: ...


class AtOnce:
    """Without waiting."""

    def begin(self, index: int) -> None: ...

    def done(self, index: int) -> None: ...


def prepare(channel: Channel, party: Party, job: Job, folder: Path, rng: RandomSource, report: Report) -> Prepared:
    """Make the needed segments of a plan in ``folder`` together with the peer, over one link, before any is used.

    Raises:
        PeerMismatch: the servers recorded different plans. DiskFull, PeerGone and what the source raises.
    """
    meter = Meter(lambda cost: report(cost.done, cost.total))
    terms = agree(channel, Side(party, folder, rng), job)
    make_all(channel, terms, meter)
    return Prepared(folder, job.plan, terms.names, terms.digest.hex())


def make_all(channel: Channel, terms: Terms, meter: Meter) -> None:
    """Make what is missing. Raises as :func:`prepare`."""
    expect(terms, meter)
    if terms.missing:
        side = terms.side
        making = Making(channel, side.party, side.rng, terms.digest, terms.nonce)
        make(terms, making, terms.missing, meter.add, AtOnce())
    meter.finish()


def expect(terms: Terms, meter: Meter) -> None:
    """Announce what is needed; what is kept counts as done."""
    meter.expect(sum(terms.effort(index) for index in terms.needed))
    meter.add(sum(terms.effort(index) for index in terms.kept))


def make(terms: Terms, making: Making, segments: Sequence[int], progress: Progress, pace: Pace) -> None:
    """Make segments in order, in one session of the source. Raises as :func:`prepare`."""
    whole = replace(making, segments=[terms.job.plan[index] for index in segments])
    with terms.job.source.open(whole) as maker:
        for index in segments:
            pace.begin(index)
            seed = maker.seed(index, terms.job.plan[index])
            file = SegmentFile(terms.side.folder, terms.names[index], seed, terms.layouts[index].stored_bytes)
            maker.fill(file.stored, progress)
            file.publish()
            pace.done(index)
