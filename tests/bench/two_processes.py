"""Both servers' workers as processes of their own, joined by the real link over TLS; a helper as a third if wanted."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

import torch

from common.config import Settings
from common.deployment import HELPER, ROLES
from common.ids import Party
from common.net.channel import Channel
from common.net.identity import load_node_identity
from server_node.helper.daemon import HelperPlan, open_helper
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import ENVIRONMENT, keep_memory
from server_node.offline.helper.client import HelperAddress, HelperSource
from server_node.offline.source import Source
from server_node.offline.sources import source_of
from server_node.peer.connect import Links, meet
from server_node.settings import HELPER_SETTINGS
from tests.bench.links.slow import SlowLink, slowed
from tests.helpers.two_party.tls import HOST, free_port, make_deployment, plans

Play = Callable[[Party, Channel, Path], Any]
SourcedPlay = Callable[[Party, Channel, Path, Source], Any]
LinkedPlay = Callable[[Party, Links, Path, Source], Any]
THREADS: Final = 1
CONTEXT: Final = multiprocessing.get_context("spawn")
SILENCE: Final = 600.0
JOB: Final = "be" * 16
_NEW_NETWORK: Final = 0x40000000


@dataclass(frozen=True)
class Place:
    """Where the two parties run: network namespaces ("" for this one) and the address of the first and the helper.

    ``link`` lies between both parties of one machine; without one it is loopback.
    """

    namespaces: tuple[str, str] = ("", "")
    host: str = HOST
    link: SlowLink | None = None

    def enter(self, party: Party) -> None:
        """Move this thread, and the threads it starts, into the party's namespace."""
        if name := self.namespaces[party]:
            handle = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(handle, _NEW_NETWORK):
                    raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {name}")
            finally:
                os.close(handle)


@dataclass(frozen=True)
class Bench:
    """Where the processes of one measurement find each other and who deals; ``ports`` are those of either party."""

    folder: Path
    place: Place
    ports: tuple[int, int]
    source: str
    address: HelperAddress | None = None
    lanes: int = 0


LOOPBACK: Final = Place()


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    return {"cpu": model or platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}


def run_processes(play: Play) -> tuple[Any, Any]:
    """Run ``play(party, channel, own folder)`` in two processes; what each returned.

    ``play`` is a function of a module, not a closure.
    """
    return run_sourced(partial(_without_source, play), "cot")


def _without_source(play: Play, party: Party, channel: Channel, folder: Path, source: Source) -> Any:
    return play(party, channel, folder)


def run_sourced(play: SourcedPlay, source: str, place: Place = LOOPBACK) -> tuple[Any, Any]:
    """Run ``play(party, channel, own folder, source of correlations)`` in two processes; what each returned."""
    return run_linked(partial(_on_main, play), source, place)


def _on_main(play: SourcedPlay, party: Party, links: Links, folder: Path, source: Source) -> Any:
    return play(party, links.main, folder, source)


def run_linked(play: LinkedPlay, source: str, place: Place = LOOPBACK, lanes: int = 0) -> tuple[Any, Any]:
    """:func:`run_sourced` with all links of two workers instead of a channel."""
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_deployment(folder, (*ROLES, HELPER), place.host)
        with ExitStack() as stack:
            address = stack.enter_context(_helper(folder, place)) if source == HELPER else None
            port = free_port()
            other = port if place.link is None else stack.enter_context(slowed(CONTEXT, place.link, port))
            return _run_both(play, Bench(folder, place, (port, other), source, address, lanes))


@contextmanager
def _helper(folder: Path, place: Place) -> Iterator[HelperAddress]:
    """The third process."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    stop = CONTEXT.Event()
    process = CONTEXT.Process(target=_deal, args=(folder, place, sending, stop))
    process.start()
    sending.close()
    try:
        yield receiving.recv()
    finally:
        stop.set()
        process.join()


def _deal(folder: Path, place: Place, sending: Connection, stop: Event) -> None:
    place.enter(Party.P0)
    keep_memory()
    warm_up(lambda name: None)
    identity = load_node_identity(folder / HELPER)
    values: dict[str, object] = {setting.name: setting.default for setting in HELPER_SETTINGS}
    values |= {"listen_host": place.host, "listen_port": 0}
    with open_helper(HelperPlan(folder / HELPER, identity, Settings(HELPER_SETTINGS, values))) as (host, port):
        sending.send(HelperAddress(identity.name, host, port, identity.signing.verify_key, SILENCE, SILENCE))
        stop.wait()


def _run_both(play: LinkedPlay, bench: Bench) -> tuple[Any, Any]:
    pipes = [CONTEXT.Pipe(duplex=False) for _ in Party]
    processes = [CONTEXT.Process(target=_worker, args=(play, party, bench, pipes[party][1])) for party in Party]
    for process in processes:
        process.start()
    for _, sending in pipes:
        sending.close()
    try:
        results = [receiving.recv() for receiving, _ in pipes]
    finally:
        for process in processes:
            process.join()
    return results[0], results[1]


def _worker(play: LinkedPlay, party: Party, bench: Bench, sending: Connection) -> None:
    bench.place.enter(party)
    keep_memory()
    torch.set_num_threads(THREADS)
    warm_up(lambda name: None)
    identities = (load_node_identity(bench.folder / "a"), load_node_identity(bench.folder / "b"))
    plan = replace(plans(identities, bench.ports[party])[party], host=bench.place.host, silence_seconds=SILENCE)
    links = meet(replace(plan, lanes=bench.lanes), identities[party])
    source: Source
    if bench.address is not None:
        source = HelperSource(bench.address, identities[party], JOB)
    else:
        source = source_of(bench.source)
    try:
        own = bench.folder / f"work-{party.letter}"
        own.mkdir()
        sending.send(play(party, links, own, source))
    finally:
        links.close()
