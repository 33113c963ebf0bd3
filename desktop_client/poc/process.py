"""Processes that outlive the command that started them: recognised by more than their number, stopped without a race.

A process id is used again by the system after a process ended. So a process counts as ours only if the moment it
started and the folder on its command line fit; both are compared again right before it is asked to end.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import psutil

import common
from common.errors import NodeStartFailed
from common.system.signals import detached

_SECRET_NAMES: Final = (
    "IMGUARD_PASSWORD",
    "IMGUARD_NEW_PASSWORD",
    "IMGUARD_FILE_PASSWORD",
    "IMGUARD_CODE",
    "IMGUARD_BOOTSTRAP",
    "IMGUARD_PROFILE",
)
_PACKAGES: Final = ("server_node", "log_node")
_LOOK_EVERY: Final = 0.05
_SHOWN_BYTES: Final = 2000
_SAME_START_SECONDS: Final = 2.0
"""The system tells when a process started by its clock, which may have been set since."""
_GONE: Final = (psutil.NoSuchProcess, psutil.AccessDenied)


@dataclass(frozen=True)
class ProcessMark:
    """A process for good: its id and when it started, in seconds since 1970."""

    pid: int
    started: str

    def is_same(self, other: ProcessMark | None) -> bool:
        """Whether both are the same process, not two that had the same id one after the other."""
        if other is None or other.pid != self.pid:
            return False
        try:
            return abs(float(self.started) - float(other.started)) <= _SAME_START_SECONDS
        except ValueError:
            return False


def run_to_end(command: Sequence[str], log: Path, seconds: float) -> bytes:
    """Run a short command and give what it answers on standard output; its remarks go to the end of ``log``.

    The answer may hold a secret and is written nowhere; that of a command that failed goes to ``log``.

    Raises:
        NodeStartFailed: it failed or took longer than ``seconds``.
    """
    with log.open("ab") as out:
        start = out.tell()
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=out,
                env=_environment(),
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _failure(" ".join(command[1:4]), log, start) from error
        if done.returncode != 0:
            out.write(done.stdout)
    if done.returncode != 0:
        raise _failure(" ".join(command[1:4]), log, start)
    return bytes(done.stdout)


def start_daemon(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C at this terminal does not reach it."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_environment(), **detached()
        )


def wait_ready(process: subprocess.Popen[bytes], log: Path, start: int, seconds: float) -> None:
    """Wait for the line ``ready`` in what the process wrote to ``log`` after byte ``start``.

    Raises:
        NodeStartFailed: the process ended, or was not ready in time.
    """
    deadline = monotonic() + seconds
    while not _has_ready_line(log, start):
        try:
            process.wait(_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if monotonic() < deadline:
                continue
        raise _failure(log.stem, log, start)


def mark(pid: int) -> ProcessMark | None:
    """The mark of a running process; None if there is none (a finished one that nobody waited for counts as none)."""
    try:
        process = psutil.Process(pid)
        is_over = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return None if is_over else ProcessMark(pid, f"{process.create_time():.2f}")
    except _GONE:
        return None


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process is a node or worker that was started for something inside ``folder``."""
    try:
        words = psutil.Process(pid).cmdline()
    except _GONE:
        return False
    is_node = any(words[i : i + 2] == ["-m", package] for package in _PACKAGES for i in range(len(words)))
    return is_node and any(word == str(folder) or word.startswith(f"{folder}{os.sep}") for word in words)


def find_processes(folder: Path) -> list[ProcessMark]:
    """Every running node or worker process of a deployment in ``folder``."""
    marks = [mark(pid) for pid in psutil.pids() if pid != os.getpid() and works_in(pid, folder)]
    return [found for found in marks if found is not None]


def stop_processes(marks: Sequence[ProcessMark], folder: Path, grace: float) -> None:
    """End these processes: ask all, wait up to ``grace`` seconds in all, then kill; passes over what is not ours."""
    ours = [process for process in (_ours(found, folder) for found in marks) if process is not None]
    for process in ours:
        with suppress(*_GONE):
            process.terminate()
    _, alive = psutil.wait_procs(ours, grace)
    for process in alive:
        with suppress(*_GONE):
            process.kill()
    psutil.wait_procs(alive, grace)


def _ours(found: ProcessMark, folder: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(found.pid)
    except _GONE:
        return None
    # From here on psutil signals this very process or raises; so only now is the comparison worth anything.
    return process if found.is_same(mark(found.pid)) and works_in(found.pid, folder) else None


def _environment() -> dict[str, str]:
    """This environment without our secrets, and with the place the programs are imported from."""
    environment = {name: value for name, value in os.environ.items() if name not in _SECRET_NAMES}
    root = str(Path(common.__path__[0]).parent)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{root}{os.pathsep}{before}" if before else root
    return environment


def _has_ready_line(log: Path, start: int) -> bool:
    with log.open("rb") as file:
        file.seek(start)
        return any(line.startswith(b"ready") or b" answers at https://" in line for line in file)


def _failure(what: str, log: Path, start: int) -> NodeStartFailed:
    with log.open("rb") as file:
        file.seek(start)
        tail = file.read()[-_SHOWN_BYTES:].decode(errors="replace").strip().splitlines()[-3:]
    said = " ".join(line.strip() for line in tail) or "it printed nothing"
    return NodeStartFailed(f"{what} did not start: {said} (log file: {log})", log=str(log))
