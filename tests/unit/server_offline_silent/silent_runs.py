"""Both ends of silent transfers in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from common.ids import Party
from common.net.channel import Channel, Stats
from server_node.offline.ot.extension import ReceiverEnd, SenderEnd, Take, together
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import Parameters
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen

Words = npt.NDArray[np.uint64]
SESSION = b"a session of silent transfers"
SMALL = Parameters(8, 5, 6)
WANTED = Parameters(24, 8, 5)
SINGLE = Parameters(12, 5, 6)
Prepare = Callable[[Party, Channel], object]
Call = Callable[[Take], None]


@dataclass(frozen=True)
class Run:
    """What came of it: delta, q and t of each call, and what both ends heard and sent."""

    delta: Words
    q: list[Words]
    t: list[Words]
    heard: dict[Party, Transcript]
    stats: tuple[Stats, Stats]

    def is_exact(self, batches: list[Words]) -> bool:
        """Whether q ^ t = choice * delta everywhere."""
        for choices, q, t in zip(batches, self.q, self.t, strict=True):
            bits = np.unpackbits(choices.view(np.uint8), bitorder="little").astype(np.uint64)
            if not np.array_equal(q ^ t, bits[:, None] * self.delta):
                return False
        return True


def transfer(
    batches: list[Words], wanted: Parameters, first: Parameters = SMALL, prepare: Prepare | None = None, seed: str = ""
) -> Run:
    """P1 chooses ``batches``; ``prepare`` may spoil a channel once both ends are set up."""
    delta: list[Words] = []
    heard: dict[Party, Transcript] = {}
    stats: dict[Party, Stats] = {}

    def play(party: Party, channel: Channel) -> list[Words]:
        ends, rng = SilentEnds(party, SESSION, wanted, first), SeededRandom(f"{party.letter}{seed}")
        end: SenderEnd | ReceiverEnd
        calls: list[Call]
        if party is Party.P0:
            end = sender = ends.sender(channel, rng)
            delta.append(sender.delta)
            calls = [partial(sender.extend, 64 * len(batch)) for batch in batches]
        else:
            end = receiver = ends.receiver(channel, rng)
            calls = [partial(receiver.extend, batch) for batch in batches]
        before, heard[party] = channel.stats.copy(), listen(channel)
        if prepare is not None:
            prepare(party, channel)
        made = []
        for batch, call in zip(batches, calls, strict=True):
            if not end.is_ready(64 * len(batch)):
                end.refill(64 * len(batch))
            made.append(together(64 * len(batch), call))
        stats[party] = channel.stats.since(before)
        return made

    q, t = run_two(play, timeout=5.0).results
    return Run(delta[0], q, t, heard, (stats[Party.P0], stats[Party.P1]))


def words(count: int, seed: str = "choices") -> Words:
    """Packed choice bits."""
    return np.frombuffer(SeededRandom(seed).token(8 * count), np.uint64)
