"""A helper that two processes of this machine measure with: its own dealing, for one connection of each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.identity import NodeIdentity, load_node_identity
from common.net.stream import TlsStream
from server_node.estimate.measuring.link import SILENCE, accept, connect, listening, port_of
from server_node.helper.guest import answer
from server_node.helper.rooms import Rooms
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory
from server_node.offline.helper.client import DealtMaker, HelperAddress
from server_node.offline.helper.protocol import Line, Opening
from server_node.offline.layout import HELPER
from server_node.offline.source import Maker, Making

_OPENING: Final = Opening("0" * 32, "0" * 64, "0" * 32, "0" * 64)


@dataclass(frozen=True)
class MeasuredHelper:
    """The dealer as a source for two measuring processes; ``port`` is where it listens."""

    identity: NodeIdentity
    port: int

    @contextmanager
    def open(self, making: Making) -> Iterator[Maker]:
        """Raises:
        EstimateFailed: it is not there.
        """
        stream = connect(self.port, self.identity)
        try:
            stream.write([bytes([making.party])])
            yield DealtMaker(Line(stream), HelperAddress(HELPER, "", self.port, ""))
        finally:
            stream.close()


def main() -> None:
    """Print a port, deal for the two that connect, end with them."""
    keep_memory()
    torch.set_num_threads(1)
    identity = load_node_identity(Path(json.loads(sys.stdin.buffer.readline())["folder"]))
    warm_up(lambda kernel: None)
    with listening() as listener:
        sys.stdout.write(f"{port_of(listener)}\n")
        sys.stdout.flush()
        with ExitStack() as stack:
            streams = [stack.enter_context(_closing(accept(listener, identity, sys.stdin.buffer))) for _ in Party]
            _deal(streams)


def _deal(streams: list[TlsStream]) -> None:
    with (
        ThreadPoolExecutor(os.cpu_count(), "imguard-deal") as pool,
        ThreadPoolExecutor(1, "imguard-dealer") as dealers,
        ThreadPoolExecutor(len(streams), "imguard-guest") as guests,
    ):
        rooms = Rooms(dealers, pool, SystemRandom(), SILENCE)
        for ended in [guests.submit(_serve, stream, rooms) for stream in streams]:
            ended.result()
        rooms.close()


def _serve(stream: TlsStream, rooms: Rooms) -> None:
    """Until the process at the other end hangs up."""
    with suppress(OSError):
        party = np.zeros(1, np.uint8)
        stream.read_into(party.data)
        answer(Line(stream), rooms, _OPENING, Party(int(party[0])))


@contextmanager
def _closing(stream: TlsStream) -> Iterator[TlsStream]:
    try:
        yield stream
    finally:
        stream.close()


if __name__ == "__main__":
    main()
