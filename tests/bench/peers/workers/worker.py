"""What every peer's worker shares: its arguments, and the turns it takes when it is told to. Standard library only.

A worker is one party. It sets up, runs the work once as a warm-up, checks the opened result, and prints one line of
JSON ``{"error"}``. For every line ``turn`` on its input it runs the work once more and answers ``{"seconds"}``; to
``stop`` it answers ``{"bytes_sent", "rounds", "peak_mb"}`` and ends. So several systems can take turns on one machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Setup:
    """Arguments of a worker: its party, the work's name, both parties' addresses, a folder of the pair, a protocol."""

    party: int
    work: str
    addresses: list[str]
    folder: Path
    protocol: str


class Task(Protocol):
    """One piece of work with its shared inputs, at one party."""

    def wait(self) -> None:
        """Return when the other party is here as well."""

    def run(self) -> None:
        """Do the work once: from shared inputs to shared results."""

    def traffic(self) -> tuple[int, int]:
        """Bytes that this party sent in one run, and its rounds or sends."""

    def error(self) -> float:
        """Open the result of the first run, before any other, and compare it with the same work in the clear."""


def serve(build: Callable[[Setup], Task]) -> None:
    """Run as a worker until told to stop, or until the input ends."""
    # Libraries print to standard output; the answers go where it used to lead.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        task = build(_setup())
        task.wait()
        task.run()
        _answer(answers, {"error": task.error()})
        for line in sys.stdin:
            if line.strip() != "turn":
                bytes_sent, rounds = task.traffic()
                _answer(answers, {"bytes_sent": bytes_sent, "rounds": rounds, "peak_mb": peak_mb()})
                return
            task.wait()
            began = time.perf_counter()
            task.run()
            _answer(answers, {"seconds": time.perf_counter() - began})


def peak_mb() -> int:
    """Most memory this process ever held, in MiB.

    Read from the process's own counter: what ``getrusage`` says starts at the size of the parent.
    """
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) // 1024
    raise OSError("this system does not say how much memory a process held")


def _setup() -> Setup:
    parser = argparse.ArgumentParser(description="One party of a measured pair.")
    parser.add_argument("--party", type=int, choices=(0, 1), required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--addresses", nargs=2, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--protocol", default="")
    options = parser.parse_args()
    return Setup(options.party, options.work, options.addresses, options.folder, options.protocol)


def _answer(answers: Any, fields: dict[str, Any]) -> None:
    answers.write(json.dumps(fields) + "\n")
    answers.flush()
