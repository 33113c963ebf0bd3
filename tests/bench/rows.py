"""Measures one piece of work with one source of correlations: two processes, real TLS, real store on disk."""

from __future__ import annotations

import functools
import resource
import statistics
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.preparation import Job, Prepared, prepare
from server_node.offline.source import Source
from server_node.offline.store import StoredCorrelations
from server_node.online.session import Session
from tests.bench.two_processes import LOOPBACK, Place, run_sourced
from tests.bench.works import WORKS, Work
from tests.helpers.two_party.operations import record

Row = dict[str, Any]


def measure(work: str, source: str, device: str, repeats: int, place: Place = LOOPBACK) -> Row:
    """One row. Seconds are medians over ``repeats`` runs after one that loads compiled code.

    Preparation is everything up to complete segments on disk at both parties, online everything from opening the store
    to the result. Bytes are what both parties sent while online, ``preparation_bytes`` what both sent and were dealt
    before. What a session costs once is divided among all repeats.

    Raises:
        ValueError: the result is wrong.
    """
    play = functools.partial(_play, work=work, device=device, repeats=repeats)
    first, second = run_sourced(play, source, place)
    return {
        "work": work,
        "source": source,
        "device": device,
        "online_seconds": round(statistics.median(map(max, zip(first["online"], second["online"], strict=True))), 5),
        "preparation_seconds": round(max(first["preparation"], second["preparation"]), 5),
        "bytes_both_parties": first["bytes"] + second["bytes"],
        "preparation_bytes": round((first["prepared"] + second["prepared"]) / repeats),
        "rounds": max(first["rounds"], second["rounds"]),
        "peak_mb": max(first["peak_mb"], second["peak_mb"]),
        "repeats": repeats,
    }


def _play(
    party: Party, channel: Channel, folder: Path, source: Source, *, work: str, device: str, repeats: int
) -> Row:
    measured = WORKS[work]()
    inputs = [pair[party].to(device) for pair in measured.inputs]
    segment = record(measured.operation, party, *inputs, source=source.name)
    plan = [segment] * (repeats + 1)
    job = Job(plan, frozenset([0]), source=source)
    _prepare(channel, party, job, folder)
    before, dealt, began = channel.stats.copy(), source.bytes_dealt, time.perf_counter()
    prepared = _prepare(channel, party, replace(job, needed=frozenset(range(1, repeats + 1))), folder)
    preparation = (time.perf_counter() - began) / repeats
    made = channel.stats.since(before).bytes_sent + source.bytes_dealt - dealt
    seconds = []
    for index in range(repeats + 1):
        channel.exchange("bench-begin", np.zeros(1, np.uint8))
        before, began = channel.stats.copy(), time.perf_counter()
        result = _online(party, channel, prepared, index, measured, inputs)
        seconds.append(time.perf_counter() - began)
        used = channel.stats.since(before)
    _check(channel, measured, result.cpu())
    return {
        "online": seconds[1:],
        "preparation": preparation,
        "prepared": made,
        "bytes": used.bytes_sent,
        "rounds": used.rounds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _prepare(channel: Channel, party: Party, job: Job, folder: Path) -> Prepared:
    return prepare(channel, party, job, folder, SystemRandom(), lambda done, total: None)


def _online(
    party: Party, channel: Channel, prepared: Prepared, index: int, work: Work, inputs: list[torch.Tensor]
) -> torch.Tensor:
    store = StoredCorrelations(prepared.folder, prepared.names[index], prepared.plan[index], party, inputs[0].device)
    with closing(store):
        session = Session(party, store, channel, compute=inputs[0].device)
        result: torch.Tensor = session.run(work.operation(session, *inputs))
    return result


def _check(channel: Channel, work: Work, mine: torch.Tensor) -> None:
    theirs = torch.from_numpy(channel.exchange("bench-result", mine.contiguous().numpy()))
    error = work.error(mine + theirs)
    if error > work.allowed:
        raise ValueError(f"the result is wrong by {error}")
