"""The process of one estimate: reads what is asked from standard input, writes one line of JSON, ends."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import torch

from common.errors import AppError, EstimateFailed
from common.ids import Party
from common.net.identity import load_node_identity
from common.pipeline import Stage
from server_node.estimate.counting.recording import Recorded, Work, record
from server_node.estimate.measuring.calibration import Calibration, fresh, keep
from server_node.estimate.measuring.partner import Measuring, dealing, joined, measured, partner
from server_node.estimate.measuring.probes import seconds_of
from server_node.estimate.measuring.rehearsal import Rehearsed
from server_node.estimate.measuring.turn import turn
from server_node.estimate.outcome import Effort, Outcome
from server_node.estimate.process import FOLDER
from server_node.estimate.question import work_of
from server_node.estimate.sources import SOURCES
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory
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
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=folder) as name, turn():
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(name) / "torch")
        known = fresh(folder)
        with dealing(folder, known is None) as dealer_port:
            about = Measuring(identity, work, Path(name), torch.device(asked["device"]), dealer_port)
            began = time.perf_counter()
            with partner(about, asked, folder) as process:
                recorded = record(work)
                recording = time.perf_counter() - began
                warm_up(lambda kernel: None)
                with joined(about, process) as pair:
                    start = time.perf_counter() - began
                    machine, rehearsed = measured(pair, about)
    if machine is not None:
        keep(folder, machine)
    calibration = machine or known
    assert calibration is not None, "a machine that is not known was measured"
    return outcome(work, recorded, rehearsed, calibration, (start, recording)).as_json()


def outcome(
    work: Work, recorded: Recorded, rehearsed: Rehearsed, calibration: Calibration, beginning: tuple[float, float]
) -> Outcome:
    """Put together what was counted and what was measured.

    Args:
        beginning: seconds until two workers have met, and until they know their plan.
    """
    started, recording = beginning
    epochs = work.spec.training.epochs
    planning = recording + rehearsed.planning * recorded.requests
    preparations = {}
    for name, price in SOURCES.items():
        plan = recorded if compares_by_digits(name) else record(work, by_digits=False)
        bill = price(plan, work.party)
        seconds = planning + seconds_of(bill, calibration.costs[name]) + rehearsed.filing * bill.stored
        disk = bill.stored + _FILE_BYTES * recorded.segments
        preparations[name] = Effort(Stage.PREPARE, seconds, bill.bytes_sent + bill.dealt, bill.rounds, disk)
    kept_seconds, kept_bytes = rehearsed.keeping
    disk_by_stage = {Stage.TRAIN: epochs * kept_bytes, Stage.SEAL: rehearsed.seal[1]}
    online = []
    for stage, seconds in rehearsed.seconds(work).items():
        talk = recorded.talk.get(stage)
        sent, rounds = (talk.bytes_sent, talk.rounds) if talk else (0, 0)
        online.append(Effort(stage, seconds, sent, rounds, disk_by_stage.get(stage, 0)))
    return Outcome(
        images=sum(work.counts),
        trained=work.trained,
        steps=epochs * work.epochs.steps,
        start_seconds=started + epochs * kept_seconds,
        link_seconds=calibration.link.byte,
        calibrated=calibration.time,
        preparations=preparations,
        online=tuple(online),
    )
