"""Both servers' workers as processes of their own, joined by the real link over TLS on loopback."""

from __future__ import annotations

import multiprocessing
import os
import platform
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from common.ids import Party
from common.net.channel import Channel
from common.net.identity import load_node_identity
from server_node.kernels.memory import keep_memory
from server_node.peer.connect import meet
from tests.helpers.two_party.tls import free_port, make_identities, plans

Play = Callable[[Party, Channel, Path], Any]
THREADS = 1


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    return {"cpu": model or platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}


def run_processes(play: Play, source: str = "cot") -> tuple[Any, Any]:
    """Run ``play(party, channel, own folder)`` in two processes; what each returned.

    ``play`` is a function of a module, not a closure.
    """
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        make_identities(Path(folder))
        port = free_port()
        pipes = [context.Pipe(duplex=False) for _ in Party]
        processes = [
            context.Process(target=_worker, args=(play, party, folder, port, pipes[party][1])) for party in Party
        ]
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


def _worker(play: Play, party: Party, folder: str, port: int, sending: Connection) -> None:
    keep_memory()
    torch.set_num_threads(THREADS)
    identities = (load_node_identity(Path(folder) / "a"), load_node_identity(Path(folder) / "b"))
    channel = meet(plans(identities, port)[party], identities[party])
    try:
        own = Path(folder) / f"work-{party.letter}"
        own.mkdir()
        sending.send(play(party, channel, own))
    finally:
        channel.close()
