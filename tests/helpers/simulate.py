"""Both parties in one process: two threads on joined channels, results and traffic of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from common.ids import Party
from common.net.channel import Channel
from common.net.memory import memory_pair

T = TypeVar("T")


@dataclass
class Outcome(Generic[T]):
    """What a two-party run gave: results and channels by party."""

    results: tuple[T, T]
    channels: tuple[Channel, Channel]


def run_two(protocol: Callable[[Party, Channel], T], *, trace: bool = False, timeout: float = 60.0) -> Outcome[T]:
    """Run ``protocol`` as both parties; the first error of either is raised."""
    channels = memory_pair(trace=trace, timeout=timeout)
    results: dict[Party, T] = {}
    errors: list[BaseException] = []

    def play(party: Party) -> None:
        try:
            results[party] = protocol(party, channels[party])
        except BaseException as error:
            errors.append(error)
        finally:
            channels[party].close()

    threads = [threading.Thread(target=play, args=(party,), name=f"party-{party}") for party in Party]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return Outcome((results[Party.P0], results[Party.P1]), channels)
