"""The two ends of an extension in one object, whichever protocol it is: what the engine makes its products from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.extension import ExtensionReceiver, ExtensionSender

Words = npt.NDArray[np.uint64]
SOFTSPOKEN: Final = "softspoken"
SILENT: Final = "silent"


@dataclass(frozen=True)
class Extension:
    """Which protocol makes the transfers, and its size: bits of a block, or the depth of a tree."""

    protocol: str
    size: int


DEFAULT: Final = Extension(SOFTSPOKEN, 4)


class Ends(Protocol):
    """This party's end of both directions."""

    @property
    def delta(self) -> Words:
        """This party's secret [2] as sender: ``q ^ t = c * delta``."""
        ...

    def extend(self, choices: Words, send: int) -> tuple[Words, Words]:
        """``t`` [64 * len(choices), 2] for this party's choice bits and ``q`` [send, 2] for the other's.

        Both parties call it with counts that fit; ``send`` is a multiple of 64, and either may be none.
        """
        ...


@dataclass(frozen=True)
class Line:
    """What both ends of an extension work with; ``session`` is public, fresh and the same at both parties."""

    channel: Channel
    party: Party
    rng: RandomSource
    session: bytes


class SoftSpokenEnds:
    """SoftSpoken in both directions; making it runs the base transfers, first with P0 as the receiver."""

    def __init__(self, line: Line, block_bits: int) -> None:
        if line.party is Party.P0:
            self._receiver = ExtensionReceiver(line.channel, line.rng, block_bits)
            self._sender = ExtensionSender(line.channel, line.rng, block_bits)
        else:
            self._sender = ExtensionSender(line.channel, line.rng, block_bits)
            self._receiver = ExtensionReceiver(line.channel, line.rng, block_bits)

    @property
    def delta(self) -> Words:
        return self._sender.delta

    def extend(self, choices: Words, send: int) -> tuple[Words, Words]:
        keys = self._receiver.extend(choices) if len(choices) else np.empty((0, 2), np.uint64)
        mine = self._sender.extend(send) if send else np.empty((0, 2), np.uint64)
        return keys, mine


def open_ends(line: Line, extension: Extension) -> Ends:
    """Set up both directions."""
    return SoftSpokenEnds(line, extension.size)
