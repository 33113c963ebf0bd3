"""Two processes that prepare with lanes over real links and use what they made; one may kill itself at any moment."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from common.crypto.rng import SystemRandom
from common.errors import AppError
from common.ids import Party
from common.net.channel import Channel
from common.net.identity import load_node_identity
from server_node.offline.preparation import Job, Lanes, Meter, Side, start
from server_node.offline.source import CotSource, Source
from server_node.offline.store import StoredCorrelations
from server_node.peer.connect import Links, meet
from tests.helpers.two_party.lanes import OpenSource, squares
from tests.helpers.two_party.tls import free_port, plans

CONTEXT: Final = multiprocessing.get_context("forkserver")
PLAN: Final = [squares(3), squares(5), squares(4), squares(6)]
BROKEN: Final = 42
SOURCES: Final[dict[str, Callable[[], Source]]] = {"open": OpenSource, "cot": CotSource}


@dataclass(frozen=True)
class Trial:
    """One attempt of both parties on the folders below ``root``; ``victim`` is killed at its ``moment``-th moment."""

    root: Path
    nodes: Path
    port: int
    source: str = "open"
    lanes: int = 2
    victim: Party | None = None
    moment: int = 0


def attempt(trial: Trial) -> tuple[int, int]:
    """Run it; the exit code of each party: 0, ``BROKEN`` for a named error, or the negative number of a signal."""
    CONTEXT.set_forkserver_preload([__name__])
    trial = replace(trial, port=free_port())
    processes = [CONTEXT.Process(target=_work, args=(trial, party)) for party in Party]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.close()
    first, second = (-1 if code is None else code for code in codes)
    return first, second


def moments(root: Path, party: Party) -> int:
    """How many there were in an attempt that came to its end."""
    return int((root / f"{party.letter}.moments").read_text())


def check(root: Path, count: int = len(PLAN)) -> None:
    """The last use of every segment is of halves that belong together; nothing was handed out twice, killed or not."""
    used: list[list[dict[str, Any]]] = []
    for party in Party:
        lines = (root / f"{party.letter}.used").read_text().splitlines()
        used.append([json.loads(line) for line in lines])
        masks = [word for use in used[-1] for word in use["mask"]]
        assert len(set(masks)) == len(masks)
    for index in range(count):
        halves = [[use for use in uses if use["segment"] == index][-1] for uses in used]
        (mask0, square0), (mask1, square1) = (
            [np.array(half[name], np.uint64) for name in ("mask", "square")] for half in halves
        )
        np.testing.assert_array_equal(square0 + square1, (mask0 + mask1) ** 2)


class _Moments:
    """Counts what this process does to links and files; ends it at one of them, before or after."""

    def __init__(self, deadly: int) -> None:
        self._deadly = deadly
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.count = 0

    def watch(self, owner: Any, name: str) -> None:
        plain = getattr(owner, name)

        @wraps(plain)
        def watched(*arguments: Any, **options: Any) -> Any:
            self._pass()
            result = plain(*arguments, **options)
            self._pass()
            return result

        setattr(owner, name, watched)

    def _pass(self) -> None:
        with self._lock:
            self.count = next(self._numbers)
            if self.count == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)


def _work(trial: Trial, party: Party) -> None:
    torch.set_num_threads(1)
    identities = (load_node_identity(trial.nodes / "a"), load_node_identity(trial.nodes / "b"))
    try:
        links = meet(replace(plans(identities, trial.port)[party], lanes=trial.lanes), identities[party])
        try:
            _prepare_and_use(trial, party, links)
        finally:
            links.close()
    except AppError:
        os._exit(BROKEN)


def _prepare_and_use(trial: Trial, party: Party, links: Links) -> None:
    passing = _Moments(trial.moment if party is trial.victim else 0)
    for owner, name in (
        (Channel, "_send_frame"), (Channel, "_receive_frame"), (os, "replace"), (os, "truncate"),
        (os, "posix_fallocate"), (Path, "unlink"), (os, "fsync"),
    ):  # fmt: skip
        passing.watch(owner, name)
    side = Side(party, trial.root / party.letter, SystemRandom())
    job = Job(PLAN, frozenset(range(len(PLAN))), source=SOURCES[trial.source]())
    with start(links.main, side, job, Lanes(links.lanes), Meter(lambda cost: None)) as ahead:
        for index, requests in enumerate(PLAN):
            ahead.wait(index)
            store = StoredCorrelations(side.folder, ahead.name(index), requests, party)
            mask = store.mask(requests[0].shape)
            found = {"segment": index, "mask": _words(mask.share), "square": _words(store.square(mask))}
            _note(trial.root / f"{party.letter}.used", found)
            links.main.exchange("used", np.zeros(1, np.uint8))
            store.close()
            ahead.used(index)
    (trial.root / f"{party.letter}.moments").write_text(str(passing.count))


def _words(share: torch.Tensor) -> list[int]:
    return [int(word) for word in share.numpy().view(np.uint64)]


def _note(path: Path, found: dict[str, Any]) -> None:
    """On the disk before anything of it is used."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, json.dumps(found).encode() + b"\n")
    os.close(handle)
