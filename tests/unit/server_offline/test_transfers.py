"""Batches of transfers overlap: a party asks for the next one before it waits for what the last one lacks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from common.crypto.rng import RandomSource, SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import cots
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.extension import SOFTSPOKEN, ReceiverEnd, SenderEnd, Take, Words
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import listen


def words(seed: str, *shape: int) -> Words:
    return np.frombuffer(SeededRandom(seed).token(8 * int(np.prod(shape))), np.uint64).reshape(shape)


def product(party: Party, channel: Channel, engine: CotEngine) -> tuple[Words, Words, list[str]]:
    heard = listen(channel)
    received, sent = engine.bit_products(words(f"choices {party}", 7), words(f"values {party}", 2, 7))
    return received, sent, [step for step, _ in heard]


def check(results: tuple[tuple[Words, Words, list[str]], ...]) -> None:
    (received, sent, _), (other_received, other_sent, _) = results
    assert np.array_equal(received ^ other_sent, words("choices 0", 7) & words("values 1", 2, 7))
    assert np.array_equal(other_received ^ sent, words("choices 1", 7) & words("values 0", 2, 7))


def test_transfers_of_the_next_batch_come_before_corrections_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 2)
    results = run_two(lambda party, channel: product(party, channel, _engine(party, channel))).results
    check(results)
    rows, corrections = "ot-corrections", "bit-corrections"
    for *_, heard in results:
        assert heard == [rows, rows, corrections, rows, corrections, rows, corrections, corrections]


def _engine(party: Party, channel: Channel) -> CotEngine:
    return CotEngine(channel, party, SystemRandom(), b"session")


@dataclass
class Meter:
    """What is left of a supply that both ends refill together."""

    left: int = 0
    refills: list[int] = field(default_factory=list)

    def is_ready(self, count: int) -> bool:
        return self.left >= count

    def take(self, count: int) -> None:
        self.left -= count


class MeteredReceiver(Meter):
    """Talks both ways to refill, as silent transfers do."""

    def __init__(self, channel: Channel, end: ReceiverEnd) -> None:
        super().__init__()
        self._channel, self._end = channel, end

    def refill(self, count: int) -> None:
        self.left = 256
        self._channel.send("silent-ask", np.zeros(1, np.uint8))
        self._channel.receive("silent-answer", np.empty(1, np.uint8))
        self.refills.append(count)

    def extend(self, choices: Words, take: Take) -> None:
        self.take(64 * len(choices))
        self._end.extend(choices, take)


class MeteredSender(Meter):
    """The other end."""

    def __init__(self, channel: Channel, end: SenderEnd) -> None:
        super().__init__()
        self._channel, self._end = channel, end

    @property
    def delta(self) -> Words:
        return self._end.delta

    def refill(self, count: int) -> None:
        self.left = 256
        self._channel.receive("silent-ask", np.empty(1, np.uint8))
        self._channel.send("silent-answer", np.zeros(1, np.uint8))
        self.refills.append(count)

    def extend(self, count: int, take: Take) -> None:
        self.take(count)
        self._end.extend(count, take)


@dataclass
class Metered:
    made: list[Meter] = field(default_factory=list)

    def receiver(self, channel: Channel, rng: RandomSource) -> MeteredReceiver:
        end = MeteredReceiver(channel, SOFTSPOKEN.receiver(channel, rng))
        self.made.append(end)
        return end

    def sender(self, channel: Channel, rng: RandomSource) -> MeteredSender:
        end = MeteredSender(channel, SOFTSPOKEN.sender(channel, rng))
        self.made.append(end)
        return end


def test_nothing_is_under_way_when_ends_are_refilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 2)
    choices = {party: Metered() for party in Party}

    def play(party: Party, channel: Channel) -> tuple[Words, Words, list[str]]:
        return product(party, channel, CotEngine(channel, party, SystemRandom(), b"session", choices[party]))

    results = run_two(play).results
    check(results)
    for party in Party:
        assert [end.refills for end in choices[party].made] == [[128, 128], [128, 128]]
        assert results[party][2].index("bit-corrections") < len(results[party][2]) // 2
