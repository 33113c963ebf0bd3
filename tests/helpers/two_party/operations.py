"""Runs an online operation as both parties on shares, with the correlations of the dealer or of the real store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import pytest
import torch

from common.errors import CorrelationReused
from common.ids import Party
from common.net.channel import Channel, Stats
from server_node.offline.generate import SOURCE
from server_node.offline.layout import compares_by_digits
from server_node.offline.plan import Segment
from server_node.offline.preparation import Job, prepare
from server_node.offline.provider import Correlations
from server_node.offline.source import CotSource
from server_node.offline.source import Source as Making
from server_node.offline.store import StoredCorrelations
from server_node.online.session import CPU, Session, Watch, recording_session
from server_node.online.steps import Steps
from tests.helpers.dealer import Dealer
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Clocks, Transcript, listen
from tests.helpers.two_party.device import DEVICE, OnDevice, moved

T = TypeVar("T")
Shares = tuple[torch.Tensor, torch.Tensor]
Opened = list[tuple[str, torch.Tensor]]
"""(step, value) in the order in which they were opened."""
RING = (-(2**63), 2**63 - 1)
SHARE_SEEDS = 0x5EED_5EED
"""Shares must not come from the same seeds as the values they hide; torch takes the low 32 bits of a seed."""


@dataclass(frozen=True)
class Run(Generic[T]):
    """What a two-party run gave, by party: result, online traffic, opened values, all messages with preparation.

    ``latency`` is how many messages of the online phase waited for each other.
    """

    results: tuple[T, T]
    stats: tuple[Stats, Stats]
    opened: tuple[Opened, Opened]
    received: tuple[Transcript, Transcript]
    latency: int


def share(values: torch.Tensor, seed: int = 0) -> Shares:
    """Additive shares mod 2^64, the first uniform."""
    first = uniform(*RING, *values.shape, seed=SHARE_SEEDS + seed)
    return first, values - first


def share_words(words: torch.Tensor, seed: int = 0) -> Shares:
    """Xor shares of packed bits."""
    first = uniform(*RING, *words.shape, seed=SHARE_SEEDS + seed)
    return first, words ^ first


def uniform(low: int, high: int, *shape: int, seed: int = 0) -> torch.Tensor:
    """The same int64 values in [low, high) in every run."""
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def added(run: Run[torch.Tensor]) -> torch.Tensor:
    """The secret behind additive shares."""
    return run.results[0] + run.results[1]


def xored(run: Run[torch.Tensor]) -> torch.Tensor:
    """The secret behind xor shares."""
    return run.results[0] ^ run.results[1]


def record(
    operation: Callable[..., object], party: Party, *inputs: torch.Tensor, source: str = SOURCE
) -> Segment:
    """The plan of an operation on inputs of these shapes, for a source."""
    session, recorder = recording_session(party, by_digits=compares_by_digits(source))
    carry_out(session, operation, [torch.empty_like(x, device="meta") for x in inputs])
    return recorder.requests


def carry_out(session: Session, operation: Callable[..., Any], inputs: Sequence[torch.Tensor]) -> Any:
    """The result of an operation, whether it is a protocol or computes by itself."""
    result = operation(session, *inputs)
    return session.run(result) if isinstance(result, Generator) else result


def _notes(opened: Opened) -> Watch:
    return lambda step, value: opened.append((step, value.to(CPU)))


class Source(ABC):
    """Where both parties' correlations come from; ``by_digits`` is how comparisons are done with them."""

    by_digits: bool

    @overload
    def run(self, operation: Callable[..., Steps[T]], *inputs: Shares) -> Run[T]: ...

    @overload
    def run(self, operation: Callable[..., T], *inputs: Shares) -> Run[T]: ...

    def run(self, operation: Callable[..., Any], *inputs: Shares) -> Run[Any]:
        """Run ``operation(session, *own shares)`` as both parties."""
        opened: tuple[Opened, Opened] = ([], [])
        received: list[Transcript] = [[], []]
        clocks = Clocks()

        def play(party: Party, channel: Channel) -> tuple[Any, Stats]:
            received[party] = listen(channel)
            mine = [pair[party].to(DEVICE) for pair in inputs]
            with self._correlations(party, channel, operation, mine) as correlations:
                before = channel.stats.copy()
                clocks.attach(party, channel)
                session = Session(party, correlations, channel, watch=_notes(opened[party]), compute=DEVICE)
                result = carry_out(session, operation, mine)
                return moved(result, CPU), channel.stats.since(before)

        outcome = run_two(play)
        (first, stats0), (second, stats1) = outcome.results
        return Run((first, second), (stats0, stats1), opened, (received[0], received[1]), max(clocks.now))

    @abstractmethod
    @contextmanager
    def _correlations(
        self, party: Party, channel: Channel, operation: Callable[..., object], inputs: list[torch.Tensor]
    ) -> Iterator[Correlations]: ...


class DealerSource(Source):
    """Correlations of the trusted dealer."""

    def __init__(self, seed: bytes = b"dealer", by_digits: bool = False) -> None:
        self._seed, self.by_digits = seed, by_digits

    @contextmanager
    def _correlations(
        self, party: Party, channel: Channel, operation: Callable[..., object], inputs: list[torch.Tensor]
    ) -> Iterator[Correlations]:
        dealer = Dealer(party, self._seed, self.by_digits)
        yield dealer if DEVICE == CPU else OnDevice(dealer, DEVICE)


class StoreSource(Source):
    """The product's own way: plan, preparation, store on disk; by oblivious transfer unless another source is given."""

    def __init__(self, root: Path, making: Making | None = None) -> None:
        self._root, self._runs = root, [0, 0]
        self._making = making or CotSource()
        self.by_digits = compares_by_digits(self._making.name)

    @contextmanager
    def _correlations(
        self, party: Party, channel: Channel, operation: Callable[..., object], inputs: list[torch.Tensor]
    ) -> Iterator[Correlations]:
        self._runs[party] += 1
        folder = self._root / f"{party.letter}-{self._runs[party]}"
        segment = record(operation, party, *inputs, source=self._making.name)
        rng = SeededRandom(f"{party.letter}-{self._runs[party]}")
        job = Job([segment], frozenset({0}), source=self._making)
        prepared = prepare(channel, party, job, folder, rng, lambda done, total: None)
        with closing(StoredCorrelations(folder, prepared.names[0], segment, party, DEVICE)) as store:
            yield store
            # The plan holds exactly what was taken: anything more is refused for that reason and no other.
            with pytest.raises(CorrelationReused):
                store.mask((1,))
