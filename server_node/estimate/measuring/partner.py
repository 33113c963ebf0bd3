"""Both halves of a measurement: the process of the estimate, and one that stands for the other server's worker."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from common.errors import EstimateFailed, PeerGone
from common.ids import Party
from common.net.identity import load_node_identity
from server_node.estimate.measuring.link import accept, channel_of, connect, listening, port_of
from server_node.estimate.measuring.pair import Pair
from server_node.estimate.measuring.together import Measuring
from server_node.estimate.question import work_of
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory

_MODULES: Final = "server_node.estimate.measuring."
_MAX_ASKED: Final = 4 << 20


@dataclass(frozen=True)
class Partner:
    """The other process on its way; ``listener`` is where it will connect."""

    process: subprocess.Popen[bytes]
    listener: socket.socket


@contextmanager
def partner(about: Measuring, asked: Mapping[str, Any], node: Path) -> Iterator[Partner]:
    """A new process, which measures the same as the other party as long as this one does."""
    theirs = about.folder / "partner"
    theirs.mkdir(mode=0o700)
    told: dict[str, Any] = {"node": str(node), "folder": str(theirs), "asked": asked}
    told["party"] = about.work.party.other.letter
    with listening() as listener:
        told |= {"port": port_of(listener), "dealer_port": about.dealer_port}
        with _started("partner", told) as process:
            yield Partner(process, listener)


@contextmanager
def joined(about: Measuring, other: Partner) -> Iterator[Pair]:
    """Joined to the other process once that is ready.

    Raises:
        EstimateFailed: it did not come.
    """
    assert other.process.stdout is not None
    with ExitStack() as stack:
        ends = other.process.stdout
        incoming, outgoing = (
            stack.enter_context(closing(accept(other.listener, about.identity, ends))) for _ in range(2)
        )
        channel = stack.enter_context(closing(channel_of(outgoing, incoming)))
        yield Pair(channel, about.work.party)


@contextmanager
def dealing(node: Path, is_wanted: bool) -> Iterator[int]:
    """The port of a dealer's process, or 0.

    Raises:
        EstimateFailed: it does not start.
    """
    if not is_wanted:
        yield 0
        return
    with _started("dealer", {"folder": str(node)}) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise EstimateFailed("The process that this server deals with did not start; see estimate.log.")
        yield int(line)


@contextmanager
def _started(module: str, told: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of this program; it is killed when the context ends. Its input stays open until then."""
    command = [sys.executable, "-m", _MODULES + module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
            yield process
        finally:
            process.kill()


def main() -> None:
    """Stand for the other server's worker until everything is measured."""
    keep_memory()
    torch.set_num_threads(1)
    told = json.loads(sys.stdin.buffer.readline(_MAX_ASKED))
    folder = Path(told["folder"])
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "torch")
    identity, party = load_node_identity(Path(told["node"])), Party.from_letter(told["party"])
    work, device = work_of(told["asked"], party), torch.device(told["asked"]["device"])
    warm_up(lambda kernel: None)
    with ExitStack() as stack:
        outgoing, incoming = (stack.enter_context(closing(connect(told["port"], identity))) for _ in range(2))
        channel = stack.enter_context(closing(channel_of(outgoing, incoming)))
        with suppress(PeerGone):
            Measuring(identity, work, folder, device, told["dealer_port"]).follow(Pair(channel, party))


if __name__ == "__main__":
    main()
