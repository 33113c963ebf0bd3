"""Preparation that runs ahead: threads make the segments that come next while those that are ready are used.

Each thread (*lane*) has a link and a session of the source of its own. What one makes in which order follows from what
both servers agreed on, so a lane needs no word from another, and what happens to one reaches no correlation of others.

    both  → both  on each lane first prepare-lane, then for each segment what the source does, and prepare-done
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final

from common.errors import AppError
from common.net.channel import Channel
from server_node.offline.plan import Segment
from server_node.offline.preparation.agreement import (
    Job,
    Share,
    Side,
    Terms,
    agree,
    agree_on_lanes,
    confirm,
    greet_on_lane,
)
from server_node.offline.preparation.making import AtOnce, expect, make, make_all
from server_node.offline.preparation.meter import Meter
from server_node.offline.preparation.room import room_for
from server_node.offline.segments import SegmentName
from server_node.offline.source import Making

_LOG = logging.getLogger("imguard.worker")
THREAD: Final = "imguard-lane"


@dataclass(frozen=True)
class Lanes:
    """Links that only prepare, and how many bytes of the disk may hold segments; 0 leaves that to what is free.

    Without links everything is made before the first segment is used.
    """

    channels: Sequence[Channel] = ()
    bytes_ahead: int = 0


class _Ended(Exception):
    """This server needs no more segments."""


@dataclass
class _State:
    """What the lanes and their user tell each other; every change is told to all who wait."""

    order: list[int]
    room: int
    ready: set[int]
    used: set[int] = field(default_factory=set)
    is_ending: bool = False
    error: BaseException | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def may_begin(self, index: int) -> bool:
        """The disk holds at most ``room`` of the segments that are in use, ready, or being made."""
        return self.is_ending or self.order.index(index) < len(self.used) + self.room


class Ahead:
    """Segments of a plan, one after the other; lanes work for as long as the context is open.

    Make it with :func:`start`.
    """

    def __init__(self, terms: Terms, shares: list[Share], lanes: Sequence[Channel], room: int, meter: Meter) -> None:
        self._terms, self._meter = terms, meter
        self._names = list(terms.names)
        made = set(terms.kept) if shares else set(terms.needed)
        self._state = _State(terms.needed, room, made)
        self._lanes = [_Lane(terms, number, share, lanes[number], self) for number, share in enumerate(shares)]

    def __enter__(self) -> Ahead:
        for lane in self._lanes:
            lane.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the lanes: a segment that is being made is given up."""
        with self._state.changed:
            self._state.is_ending = True
            self._state.changed.notify_all()
        for lane in self._lanes:
            if lane.thread.is_alive():
                lane.cut()
        for lane in self._lanes:
            lane.thread.join()

    @property
    def digest(self) -> str:
        """Of the plan and all that both servers agreed on besides."""
        return self._terms.digest.hex()

    def name(self, index: int) -> SegmentName:
        """Under which name a segment is prepared."""
        return self._names[index]

    def requests(self, index: int) -> Segment:
        return self._terms.job.plan[index]

    def wait(self, index: int) -> None:
        """Until both servers have a segment ready. One that is ready can be used whatever became of later ones.

        Raises:
            What stopped the lanes; if that may pass, not before a segment is missing.
        """
        state = self._state
        with state.changed:
            state.changed.wait_for(lambda: index in state.ready or state.error is not None)
            error = state.error
            if error is not None and (index not in state.ready or not _may_pass(error)):
                raise error

    def used(self, index: int) -> None:
        """A segment is used up: there is room for another one."""
        with self._state.changed:
            self._state.used.add(index)
            self._state.changed.notify_all()

    def again(self, channel: Channel, index: int) -> None:
        """Make a segment that is used up once more, over the link of the job, while the lanes go on.

        Raises as :func:`~server_node.offline.preparation.making.prepare`.
        """
        old = self._terms
        with self._meter.spend(channel):
            terms = agree(channel, old.side, replace(old.job, needed=frozenset({index})), {index})
            self._meter.expect(terms.effort(index))
            making = Making(channel, old.side.party, old.side.rng, terms.digest, terms.nonce)
            make(terms, making, [index], self._meter.add, AtOnce())
        self._names[index] = terms.names[index]
        with self._state.changed:
            self._tell_if_complete()

    # What lanes say.

    def await_room(self, index: int) -> None:
        """Raises:
        _Ended: the user is gone.
        """
        state = self._state
        with state.changed:
            if not state.may_begin(index):
                with self._meter.rest():
                    state.changed.wait_for(lambda: state.may_begin(index))
            if state.is_ending:
                raise _Ended

    def announce(self, index: int) -> None:
        """A segment is ready at both servers."""
        with self._state.changed:
            self._state.ready.add(index)
            self._state.changed.notify_all()
            self._tell_if_complete()

    def progress(self, effort: int) -> None:
        """Raises:
        _Ended: the user is gone.
        """
        if self._state.is_ending:
            raise _Ended
        self._meter.add(effort)

    def fail(self, error: BaseException) -> None:
        """A lane cannot go on."""
        with self._state.changed:
            if not self._state.is_ending:
                self._state.error = self._state.error or error
                _LOG.info("preparing stopped: %s", error if isinstance(error, AppError) else type(error).__name__)
            self._state.changed.notify_all()

    @property
    def meter(self) -> Meter:
        return self._meter

    def _tell_if_complete(self) -> None:
        if len(self._state.ready) == len(self._state.order):
            self._meter.finish()


class _Lane:
    """One thread with its link."""

    def __init__(self, terms: Terms, number: int, share: Share, channel: Channel, ahead: Ahead) -> None:
        self._terms, self._number, self._share, self._ahead = terms, number, share, ahead
        self._channel = channel
        self._ends: list[Callable[[], None]] = [channel.cut]
        self._is_cut = False
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, name=f"{THREAD}-{number}", daemon=True)

    def cut(self) -> None:
        """End whatever the thread may wait for."""
        with self._lock:
            self._is_cut = True
            ends = list(self._ends)
        for end in ends:
            end()

    def _when_cut(self, end: Callable[[], None]) -> None:
        with self._lock:
            self._ends.append(end)
            is_late = self._is_cut
        if is_late:
            end()

    def begin(self, index: int) -> None:
        self._ahead.await_room(index)

    def done(self, index: int) -> None:
        confirm(self._channel, self._terms.names[index])
        self._ahead.announce(index)

    def _run(self) -> None:
        try:
            with self._ahead.meter.spend(self._channel):
                self._work()
        except _Ended:
            pass
        except BaseException as error:
            self._channel.cut()  # the other server's lane waits for this one
            self._ahead.fail(error)

    def _work(self) -> None:
        terms, share, side = self._terms, self._share, self._terms.side
        greet_on_lane(self._channel, terms, self._number, share)
        if share.segments:
            making = Making(
                self._channel, side.party, side.rng, terms.digest, share.nonce, when_cut=self._when_cut
            )
            make(terms, making, share.segments, self._ahead.progress, self)


def start(channel: Channel, side: Side, job: Job, lanes: Lanes, meter: Meter) -> Ahead:
    """Agree with the other server over the link of the job, and make everything at once if there are no lanes.

    Raises:
        PeerMismatch: the servers recorded different plans. DiskFull, PeerGone and what the source raises.
    """
    with meter.spend(channel):
        terms = agree(channel, side, job)
        terms.clear()
        if not lanes.channels:
            make_all(channel, terms, meter)
            return Ahead(terms, [], (), 0, meter)
        count, room = agree_on_lanes(channel, len(lanes.channels), room_for(terms, lanes.bytes_ahead))
    terms, shares = terms.dealt(count)
    expect(terms, meter)
    if not terms.missing:
        meter.finish()
    return Ahead(terms, shares, lanes.channels, room, meter)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, AppError) and error.is_temporary
