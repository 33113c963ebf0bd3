"""The process of one estimate: reads what is asked from standard input, writes one line of JSON, ends."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from common.deployment import HELPER
from common.errors import AppError, EstimateFailed
from common.ids import Party
from common.net.identity import load_node_identity
from common.pipeline import Stage
from server_node.estimate.counting.bill import Bill
from server_node.estimate.counting.preparing import Terms, price
from server_node.estimate.counting.recording import Recorded, Talk, Work, record
from server_node.estimate.measuring.calibration import Calibration, all_cores, fresh, keep
from server_node.estimate.measuring.partner import dealing, joined, partner
from server_node.estimate.measuring.probes import BUSY, seconds_of, tables_of
from server_node.estimate.measuring.rehearsal import STAGES, Rehearsed
from server_node.estimate.measuring.together import Measuring
from server_node.estimate.measuring.turn import turn
from server_node.estimate.outcome import Effort, Outcome
from server_node.estimate.process import FOLDER
from server_node.estimate.question import terms_of, work_of
from server_node.estimate.sources import SOURCES
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory
from server_node.offline.generate import SOURCE
from server_node.offline.layout import compares_by_digits

MAX_ASKED: Final = 4 << 20
LARGEST_DATA: Final = 8 << 30
"""Bytes of memory that an estimate may take."""
_FILE_BYTES: Final = 512 + 16


def run(folder: Path) -> int:
    """Answer the question on standard input for the node in ``folder``; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_DATA, LARGEST_DATA))
    keep_memory()
    torch.set_num_threads(1)
    try:
        answer = _answer(folder, json.loads(sys.stdin.buffer.read(MAX_ASKED)))
    except AppError as error:
        answer = {"error": error.as_dict()}
    except (MemoryError, RuntimeError) as error:
        # Torch says that memory is missing by an error of its own.
        print(f"the estimate broke off: {error}", file=sys.stderr)
        answer = {"error": EstimateFailed("This job is too large for this server to estimate.").as_dict()}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _answer(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    identity = load_node_identity(folder)
    work = work_of(asked, Party.from_letter(identity.role))
    sources = [name for name in SOURCES if name != HELPER or identity.deployment.has_helper]
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=folder) as name, turn():
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(name) / "torch")
        known = fresh(folder)
        is_dealt = HELPER in sources and (known is None or bool(known.lacks({HELPER})))
        with dealing(folder, is_dealt) as dealer_port:
            about = Measuring(identity, work, Path(name), torch.device(asked["device"]), dealer_port)
            began = time.perf_counter()
            with partner(about, asked, folder) as process:
                plans = {SOURCE: record(work)}
                # A worker walks through a job once, and that time loads much code.
                recording = time.perf_counter() - began
                plans |= {like: record(work, compares_by_digits(like)) for like in {*map(_alike, sources)} - {SOURCE}}
                warm_up(lambda kernel: None)
                with joined(about, process) as pair:
                    beginning = Beginning(time.perf_counter() - began, recording)
                    machine = known or Calibration(int(time.time()), all_cores(), about.link(pair), {})
                    terms = terms_of(asked, machine.link)
                    counted = count(work, plans, sources, terms)
                    for table in machine.lacks(counted.tables):
                        machine = machine.extended(about.table(pair, table, machine.costs))
                    rehearsed = {like: about.rehearsed(pair, like) for like in plans}
        keep(folder, machine)
    return outcome(counted, rehearsed, machine, beginning, 2 if asked["is_shared"] else 1).as_json()


@dataclass(frozen=True)
class Beginning:
    """Seconds until two workers have met, and what they need to know a plan."""

    start: float
    recording: float


@dataclass(frozen=True)
class Counted:
    """A job, its plan with each kind of source, and what its preparation takes with each source."""

    work: Work
    plans: dict[str, Recorded]
    bills: dict[str, Bill]
    terms: Terms

    @property
    def tables(self) -> set[str]:
        """What has to be measured."""
        return set().union(*map(tables_of, self.bills.values()))


def count(work: Work, plans: dict[str, Recorded], sources: Sequence[str], terms: Terms) -> Counted:
    """What everything takes, before anything is measured."""
    bills = {name: price(SOURCES[name], plans[_alike(name)], work.party, terms) for name in sources}
    return Counted(work, plans, bills, terms)


def outcome(
    job: Counted, rehearsed: dict[str, Rehearsed], machine: Calibration, beginning: Beginning, workers: int
) -> Outcome:
    """Put together what was counted and what was measured."""
    work, epochs = job.work, job.work.spec.training.epochs
    # A process is cold once, and its first rehearsal shows it.
    cold = {stage: max(tried.cold[stage] for tried in rehearsed.values()) for stage in STAGES}
    sources = {}
    for name, bill in job.bills.items():
        plan, tried = job.plans[_alike(name)], rehearsed[_alike(name)]
        planning = beginning.recording + tried.planning * plan.requests
        seconds = planning + seconds_of(bill, machine.costs) + tried.filing * bill.stored
        prepare = Effort(
            stage=Stage.PREPARE,
            seconds=seconds,
            cores=max(machine.costs[f"{table}/{BUSY}"] for table in tables_of(bill)),
            bytes_sent=bill.bytes_sent + bill.dealt,
            waited_bytes=bill.one_way,
            ahead_bytes=bill.ahead,
            rounds=bill.rounds,
            steps=bill.steps,
            disk_bytes=bill.stored + _FILE_BYTES * plan.segments,
        )
        sources[name] = prepare, *_online(work, plan, tried, cold)
    return Outcome(
        images=sum(work.counts),
        trained=work.trained,
        steps=epochs * work.epochs.steps,
        epochs=epochs,
        lanes=job.terms.lanes,
        cores=machine.cores / workers,
        start_seconds=beginning.start + epochs * max(tried.keeping[0] for tried in rehearsed.values()),
        plan_seconds=beginning.recording,
        link_seconds=machine.link.byte,
        calibrated=machine.time,
        sources=sources,
    )


def _alike(source: str) -> str:
    """One of the sources with the same plan and the same layout, after which everything is alike."""
    return source if source == HELPER else SOURCE


def _online(work: Work, plan: Recorded, tried: Rehearsed, cold: dict[Stage, float]) -> Iterator[Effort]:
    """The stages after the preparation."""
    disk = {Stage.TRAIN: work.spec.training.epochs * tried.keeping[1], Stage.SEAL: tried.seal[1]}
    for stage, seconds in tried.seconds(work).items():
        talk = plan.talk.get(stage, Talk())
        seconds += cold.get(stage, 0.0)
        yield Effort(stage, seconds, tried.cores, talk.bytes_sent, 0, 0, talk.rounds, 0, disk.get(stage, 0))
