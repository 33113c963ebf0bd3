"""The systems that are compared, and how each is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class System:
    """A way to run one of the peers.

    Args:
        peer: whose environment it needs.
        protocol: what its worker is told to use.
        about: the version and setting, for the record.
        skipped: work that it cannot do in the memory or time of a small machine.
    """

    peer: str
    protocol: str
    about: str
    skipped: frozenset[str] = frozenset()

    @property
    def module(self) -> str:
        """Module of its worker."""
        return f"tests.bench.peers.workers.{self.peer}_worker"


TOO_LARGE: Final = frozenset({"W3", "W4lenet", "W6b"})
PEERS: Final[dict[str, System]] = {
    "crypten": System("crypten", "sgd", "CrypTen 0.4.1, first party deals, 16 fraction bits"),
    "crypten-threshold": System(
        "crypten", "threshold", "CrypTen 0.4.1, first party deals, 16 fraction bits, update_parameters"
    ),
    "spu": System("spu", "semi2k", "SPU 0.9.5 Semi2k, first party deals, 64-bit ring, 18 fraction bits"),
    "spu-cheetah": System("spu", "cheetah", "SPU 0.9.5 Cheetah, no dealer, 64-bit ring, 18 fraction bits", TOO_LARGE),
}
OURS: Final[dict[str, str]] = {"ours": "helper", "ours-cot": "cot", "ours-hybrid": "hybrid"}
"""Our own rows, with the source of correlations of each; only ``ours`` has a third party that deals, as most peers."""


@dataclass(frozen=True)
class Place:
    """Where the two parties run.

    Args:
        hosts: addresses on which the parties listen and meet.
        prefixes: words before the command of each party, such as ``ip netns exec NAME``.
        interface: network interface of those addresses.
        threads: of computation at each party.
        environments: folder of the peers' environments.
    """

    hosts: tuple[str, str]
    prefixes: tuple[tuple[str, ...], tuple[str, ...]]
    interface: str
    threads: int
    environments: Path
