"""What a worker tells its node, line by line.

    worker → node  {"kind": "state" | "progress" | "metrics" | "event" | "log" | "model" | "error", ...}   one a line

Reports hold shares of metrics meant for the members and hashes; nothing else that is secret leaves the process.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from common.errors import AppError
from common.pipeline import MAX_LOG_TEXT, JobState, Stage
from server_node.model.release import Release
from server_node.model.snapshot import tensor_bytes
from server_node.train.meter import StageCost


class LineReporter:
    """Writes reports to standard output, one JSON object a line; the job and its lanes may all report."""

    def __init__(self) -> None:
        self._stages = threading.local()
        # Signals raise errors between any two instructions: the lock of a report that was cut short must not stay.
        self._lock = threading.RLock()

    def state(self, state: JobState) -> None:
        self._write({"kind": "state", "state": state.value})

    def progress(self, stage: Stage, cost: StageCost) -> None:
        self._stages.current = stage.value
        self._write(
            {
                "kind": "progress",
                "stage": stage.value,
                "done": cost.done,
                "total": cost.total,
                "seconds": round(cost.seconds, 3),
                "bytes_sent": cost.traffic.bytes_sent,
                "rounds": cost.traffic.rounds,
            }
        )

    def metrics(self, epoch: int, step: int, logits: torch.Tensor, labels: torch.Tensor, fraction_bits: int) -> None:
        self._write(
            {
                "kind": "metrics",
                "epoch": epoch,
                "step": step,
                "logits": _encoded(logits),
                "labels": _encoded(labels),
                "shape": list(logits.shape),
                "fraction_bits": fraction_bits,
            }
        )

    def log(self, level: str, text: str) -> None:
        """A line that members may read, in the stage that the calling thread works at."""
        stage = getattr(self._stages, "current", "")
        self._write({"kind": "log", "stage": stage, "level": level, "text": text[:MAX_LOG_TEXT]})

    def event(self, action: str, subject: dict[str, str | int]) -> None:
        self._write({"kind": "event", "action": action, "subject": subject})

    def model(self, release: Release) -> None:
        """The last report of a job that went well."""
        report = {"kind": "model", "sealed": release.files, "hash": release.hash, "share_hash": release.share_hash}
        self._write(report)

    def error(self, error: AppError) -> int:
        """The last report of a job that did not; returns the exit code."""
        self._write({"kind": "error", "error": error.as_dict()})
        return error.exit_code

    def _write(self, report: dict[str, Any]) -> None:
        line = json.dumps(report, separators=(",", ":")) + "\n"
        with self._lock:
            sys.stdout.write(line)
            sys.stdout.flush()


class MemberLog(logging.Handler):
    """Passes what the worker logs on to the members: our own sentences, which hold no secrets; no tracebacks."""

    def __init__(self, reporter: LineReporter) -> None:
        super().__init__(logging.INFO)
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        level = logging.getLevelName(min(logging.ERROR, record.levelno))
        self._reporter.log(level, record.getMessage())


@contextmanager
def told_to_members(reporter: LineReporter) -> Iterator[None]:
    """Whatever this program logs meanwhile, members can read."""
    logger, handler = logging.getLogger("imguard"), MemberLog(reporter)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _encoded(share: torch.Tensor) -> str:
    return base64.b64encode(tensor_bytes(share)).decode()
