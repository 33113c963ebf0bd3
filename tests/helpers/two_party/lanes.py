"""Both parties with lanes in one process: a source that costs nothing, and randomness that repeats itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.ids import Party
from common.net.channel import Channel
from common.net.memory import MemoryChannel, memory_pair
from server_node.offline.layout import Layout, own_words
from server_node.offline.plan import PlanRecorder, Segment, Words
from server_node.offline.preparation import Ahead, Job, Lanes, Meter, Side, start
from server_node.offline.preparation.lanes import THREAD
from server_node.offline.source import Maker, Making, Progress
from server_node.offline.store import StoredCorrelations
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

Secrets = dict[int, list[tuple[Words, Words]]]
"""By segment what one party got each time it was used: its shares of a mask and of the square of it."""


class SeededByLane(SeededRandom):
    """Tokens that repeat themselves however lanes take turns: each draws from a sequence of its own."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._lanes: dict[str, SeededRandom] = {}

    def token(self, size: int) -> bytes:
        name = threading.current_thread().name
        if not name.startswith(THREAD):
            return super().token(size)
        return self._lanes.setdefault(name, SeededRandom(self._seed + name.encode())).token(size)


def squares(size: int) -> Segment:
    """A segment of one mask and its square."""
    recorder = PlanRecorder()
    recorder.square(recorder.mask((size,)))
    return recorder.requests


class OpenSource:
    """Squares from seeds that the parties tell each other: quick, right, and nothing that anybody may use.

    ``while_making`` is called by each party in the middle of each segment.
    """

    name = "cot"
    bytes_dealt = 0

    def __init__(self, while_making: Callable[[Party, int], None] = lambda party, index: None) -> None:
        self.while_making = while_making
        self.sessions: list[tuple[Party, bytes]] = []

    def effort(self, requests: Segment, party: Party) -> int:
        return requests[1].size

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        self.sessions.append((making.party, making.nonce))
        yield _OpenMaker(making, self.while_making)


class _OpenMaker:
    def __init__(self, making: Making, while_making: Callable[[Party, int], None]) -> None:
        self._making, self._while_making = making, while_making
        self._index, self._seed = 0, b""
        self._requests: Segment = []

    def seed(self, index: int, requests: Segment) -> bytes:
        self._index, self._requests, self._seed = index, requests, self._making.rng.token(32)
        return self._seed

    def fill(self, stored: npt.NDArray[np.uint8], progress: Progress) -> None:
        party, channel = self._making.party, self._making.channel
        theirs = channel.exchange("open-seed", np.frombuffer(self._seed, np.uint8)).tobytes()
        seeds = (self._seed, theirs) if party is Party.P0 else (theirs, self._seed)
        self._while_making(party, self._index)
        mask, square = self._requests
        whole = sum(own_words(seed, 0, mask, one) for seed, one in zip(seeds, Party, strict=True))
        free = own_words(seeds[0], 1, mask, Party.P0)
        place = Layout(self._requests, party, OpenSource.name).places()[1]
        stored[place] = (free if party is Party.P0 else whole * whole - free).view(np.uint8)
        channel.exchange("open-work", np.zeros(3, np.uint8))
        progress(square.size)


@dataclass
class Beside:
    """Both parties prepare with lanes and use the segments, in order; after each run, what they used."""

    root: Path
    plan: list[Segment]
    lanes: tuple[int, int] = (2, 2)
    bytes_ahead: int = 0
    source: OpenSource = field(default_factory=OpenSource)
    secrets: tuple[Secrets, Secrets] = field(default_factory=lambda: ({}, {}))
    costs: list[tuple[int, int]] = field(default_factory=list)
    links: list[tuple[MemoryChannel, MemoryChannel]] = field(default_factory=list)
    digest: str = ""

    def folder(self, party: Party) -> Path:
        return self.root / party.letter

    def run(
        self,
        name: str = "",
        each: Callable[[Party, Ahead, int, Channel], None] = lambda party, ahead, index, channel: None,
        attach: Callable[[Party, int, Channel], None] = lambda party, link, channel: None,
    ) -> None:
        """One attempt of both. Raises the first error of either.

        ``each`` is called before a segment is waited for; ``attach`` with every link first, that of the job as 0.
        """
        self.links = [memory_pair(timeout=20.0) for _ in range(max(self.lanes))]

        def play(party: Party, channel: Channel) -> None:
            own = [pair[party] for pair in self.links][: self.lanes[party]]
            for number, link in enumerate((channel, *own)):
                attach(party, number, link)
            try:
                self._play(party, channel, own, name, each)
            finally:
                for link in own:
                    link.close()

        run_two(play, timeout=20.0)

    def _play(
        self,
        party: Party,
        channel: Channel,
        own: Sequence[Channel],
        name: str,
        each: Callable[[Party, Ahead, int, Channel], None],
    ) -> None:
        side = Side(party, self.folder(party), SeededByLane(f"{party} {name}"))
        job = Job(self.plan, frozenset(range(len(self.plan))), source=self.source)
        meter = Meter(lambda cost: self.costs.append((cost.done, cost.total)) if party is Party.P0 else None)
        with start(channel, side, job, Lanes(own, self.bytes_ahead), meter) as ahead:
            self.digest = ahead.digest
            for index in range(len(self.plan)):
                each(party, ahead, index, channel)
                ahead.wait(index)
                self.use(party, ahead, index)
                channel.exchange("used", np.zeros(1, np.uint8))

    def use(self, party: Party, ahead: Ahead, index: int) -> None:
        """Take what a segment holds."""
        requests = ahead.requests(index)
        with closing(StoredCorrelations(self.folder(party), ahead.name(index), requests, party)) as store:
            mask = store.mask(requests[0].shape)
            found = (mask.share.numpy().view(np.uint64), store.square(mask).numpy().view(np.uint64))
        self.secrets[party].setdefault(index, []).append(found)
        ahead.used(index)

    def check(self) -> None:
        """The last use of every segment is of halves that belong together, and nothing was ever handed out twice."""
        for index in range(len(self.plan)):
            (mask0, square0), (mask1, square1) = (secrets[index][-1] for secrets in self.secrets)
            np.testing.assert_array_equal(square0 + square1, (mask0 + mask1) ** 2)
        for secrets in self.secrets:
            words = np.concatenate([mask for uses in secrets.values() for mask, _ in uses])
            assert len(np.unique(words)) == len(words)
