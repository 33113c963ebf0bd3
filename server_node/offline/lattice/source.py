"""The source ``hybrid``: products by ring-LWE encryption, everything bitwise by oblivious transfer.

Like ``cot`` it needs nobody but the two servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from common.ids import Party
from server_node.offline.lattice.arithmetic import LatticeArithmetic
from server_node.offline.lattice.prices import portion
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.plan import Segment
from server_node.offline.source import EngineMaker, Maker, Making, open_engine


class HybridSource:
    """Secrets last for one preparation. Progress counts what a transfer takes as one."""

    name = "hybrid"
    bytes_dealt = 0

    def effort(self, requests: Segment, party: Party) -> int:
        divided = portion(requests)
        return divided.units + sum(request.ots for request in divided.transfers)

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        """*Rounds, Bytes*: base OTs; keys of the encryption when they are first used."""
        transfers = sum(request.ots for each in making.segments for request in portion(each).transfers)
        engine = open_engine(making, transfers)
        with closing(LatticeSession(making.channel, making.rng)) as session:
            yield EngineMaker(engine, making.rng, LatticeArithmetic(engine, session))
