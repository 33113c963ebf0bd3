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

from common.architecture import check_project
from common.errors import AppError, EstimateFailed
from common.ids import Party
from common.net.identity import NodeIdentity, load_node_identity
from common.pipeline import Stage
from common.specification import parse_specification
from server_node.estimate.counting.recording import Recorded, Work, record
from server_node.estimate.measuring.calibration import Calibration, calibrate
from server_node.estimate.measuring.companion import company
from server_node.estimate.measuring.rehearsal import Rehearsed, rehearse
from server_node.estimate.outcome import Effort, Outcome
from server_node.estimate.process import FOLDER
from server_node.estimate.sources import SOURCES
from server_node.kernels.compiled import warm_up
from server_node.kernels.memory import keep_memory

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
    started = time.process_time()
    identity = load_node_identity(folder)
    work = work_of(asked, identity)
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=folder) as name, company(asked["is_shared"]):
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(name) / "torch")
        began = time.thread_time()
        recorded = record(work)
        recording = time.thread_time() - began
        warm_up(lambda kernel: None)
        calibration = calibrate(folder, identity, asked["is_shared"])
        rehearsed = rehearse(work, Path(name), torch.device(asked["device"]))
    return outcome(work, recorded, rehearsed, calibration, (started, recording)).as_json()


def work_of(asked: dict[str, Any], identity: NodeIdentity) -> Work:
    """What is asked about.

    Raises:
        SpecRefused: no server could run it.
    """
    spec, images = parse_specification(asked["specification"]), asked["images"]
    counts = [int(count) for count in images["counts"]]
    shape = (int(images["shape"][0]), int(images["shape"][1]), int(images["shape"][2]))
    architecture = check_project(spec, counts, shape, images["bits"], images["classes"])
    return Work(Party.from_letter(identity.role), spec, architecture, tuple(counts), images["ring_bits"])


def outcome(
    work: Work, recorded: Recorded, rehearsed: Rehearsed, calibration: Calibration, beginning: tuple[float, float]
) -> Outcome:
    """Put together what was counted and what was measured.

    Args:
        beginning: seconds until a worker computes at all, and until it knows its plan.
    """
    started, recording = beginning
    epochs = work.spec.training.epochs
    preparations = {}
    for name, source in SOURCES.items():
        bill = source.price(recorded, work.party)
        seconds = recording + source.seconds(bill, calibration) + rehearsed.filing * bill.stored
        disk = bill.stored + _FILE_BYTES * recorded.segments
        preparations[name] = Effort(Stage.PREPARE, seconds, bill.bytes_sent + bill.dealt, bill.rounds, disk)
    kept_seconds, kept_bytes = rehearsed.keeping
    disk_by_stage = {Stage.TRAIN: epochs * kept_bytes, Stage.SEAL: rehearsed.seal[1]}
    online = []
    for stage, seconds in rehearsed.seconds(work).items():
        talk = recorded.talk.get(stage)
        sent, rounds = (talk.bytes_sent, talk.rounds) if talk else (0, 0)
        online.append(Effort(stage, seconds, sent, rounds, disk_by_stage.get(stage, 0)))
    # With a core to spare a thread of its own encrypts what is sent.
    link = calibration.link.byte / (2 if calibration.cores > 1 else 1)
    return Outcome(
        images=sum(work.counts),
        trained=work.trained,
        steps=epochs * work.epochs.steps,
        start_seconds=started + epochs * kept_seconds,
        link_seconds=link,
        round_seconds=calibration.link.round,
        calibrated=calibration.time,
        preparations=preparations,
        online=tuple(online),
    )
