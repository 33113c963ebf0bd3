"""Where correlations come from: a source fills segments for the store, one after the other.

``cot`` is made by the two servers themselves with transfers alone, ``hybrid`` (``lattice/source.py``) with products
under encryption besides; the source of a third party is in ``helper/client.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from common.crypto.domains import SESSION_V1
from common.crypto.rng import RandomSource
from common.ids import Party
from common.net.channel import Channel
from server_node.offline import generate
from server_node.offline.arithmetic import Arithmetic
from server_node.offline.generate import SegmentMaker
from server_node.offline.ot.choice import Extension, agree
from server_node.offline.ot.cots import CotEngine
from server_node.offline.plan import Segment
from server_node.offline.segments import SEED_BYTES

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Making:
    """What a source may use: the link to the other server, randomness, and what both servers agreed on.

    ``plan`` is the digest of the plan and ``nonce`` is fresh, from both servers. ``segments`` are those that are to be
    made, as far as that is known. ``when_cut`` takes what ends a connection that the source opens by itself, so that
    nothing is waited for there once nobody needs the segments; it may be called from another thread.
    """

    channel: Channel
    party: Party
    rng: RandomSource
    plan: bytes
    nonce: bytes
    segments: Sequence[Segment] = ()
    when_cut: Callable[[Callable[[], None]], None] = lambda end: None


class Maker(Protocol):
    """Makes one segment at a time; both servers ask for the same segments in the same order."""

    def seed(self, index: int, requests: Segment) -> bytes:
        """Begin a segment: the 32 bytes that this party's randomness for it follows from."""
        ...

    def fill(self, stored: npt.NDArray[np.uint8], progress: Progress) -> None:
        """Write the stored bytes of the segment that was begun; ``progress`` gets the effort spent."""
        ...


class Source(Protocol):
    """A way to make correlations; its name stands in every segment file."""

    @property
    def name(self) -> str: ...

    @property
    def bytes_dealt(self) -> int:
        """What this party received so far from others than the other server."""
        ...

    def effort(self, requests: Segment, party: Party) -> int:
        """How much there is to do for a segment, in the units that progress is told in."""
        ...

    def open(self, making: Making) -> AbstractContextManager[Maker]:
        """Ready to make segments."""
        ...


class CotSource:
    """The two servers make everything by oblivious transfer; progress is in OTs.

    Args:
        extension: how transfers are made; if not given, both agree on what suits their number and the link.
    """

    name = generate.SOURCE
    bytes_dealt = 0

    def __init__(self, extension: Extension | None = None) -> None:
        self._extension = extension

    def effort(self, requests: Segment, party: Party) -> int:
        return sum(request.ots for request in requests)

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        """*Rounds, Bytes*: agreeing on the extension and base OTs, once."""
        transfers = sum(self.effort(requests, making.party) for requests in making.segments)
        yield EngineMaker(open_engine(making, transfers, self._extension), making.rng)


def open_engine(making: Making, transfers: int, extension: Extension | None = None) -> CotEngine:
    """Both ends of the extension that is given or agreed on for about so many transfers, with fresh base OTs.

    Raises:
        BadFrame: the other server sent what does not fit.
    """
    session = SESSION_V1.encode() + making.nonce
    chosen = extension or agree(making.channel, making.party, transfers)
    return CotEngine(making.channel, making.party, making.rng, session, chosen.ends(making.party, session))


class EngineMaker:
    """Makes segments with an engine, and with another arithmetic than the engine's if one is given."""

    def __init__(self, engine: CotEngine, rng: RandomSource, arithmetic: Arithmetic | None = None) -> None:
        self._engine, self._rng, self._arithmetic = engine, rng, arithmetic
        self._seed = b""
        self._requests: Segment = []

    def seed(self, index: int, requests: Segment) -> bytes:
        self._seed, self._requests = self._rng.token(SEED_BYTES), requests
        return self._seed

    def fill(self, stored: npt.NDArray[np.uint8], progress: Progress) -> None:
        SegmentMaker(self._engine, self._requests, self._seed, stored, progress, self._arithmetic).run()
