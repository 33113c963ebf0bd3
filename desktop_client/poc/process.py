"""Processes that outlive the command that started them: recognised by more than their number, stopped without a race.

A process id is used again by the system after a process ended. So a process counts as ours only if the moment it
started and the folder on its command line fit, and signals go through a process descriptor, not through the number.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import common
from common.errors import NodeStartFailed

_PROC: Final = Path("/proc")
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


@dataclass(frozen=True)
class ProcessMark:
    """A process for good: its id and the clock tick at which it started."""

    pid: int
    started: str


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
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_environment(), start_new_session=True
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
        # The name, in brackets, may hold anything; the fields after it are fixed (proc(5)).
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else ProcessMark(pid, fields[19])


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process is a node or worker that was started for something inside ``folder``."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\x00")
    except OSError:
        return False
    is_node = any(words[i : i + 2] == ["-m", package] for package in _PACKAGES for i in range(len(words)))
    return is_node and any(word == str(folder) or word.startswith(f"{folder}/") for word in words)


def find_processes(folder: Path) -> list[ProcessMark]:
    """Every running node or worker process of a deployment in ``folder``."""
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    marks = [mark(pid) for pid in pids if pid != os.getpid() and works_in(pid, folder)]
    return [found for found in marks if found is not None]


def stop_processes(marks: Sequence[ProcessMark], folder: Path, grace: float) -> None:
    """End these processes: ask all, wait up to ``grace`` seconds in all, then kill; passes over what is not ours."""
    handles = [handle for handle in (_open(found, folder) for found in marks) if handle is not None]
    try:
        _signal_all(handles, signal.SIGTERM)
        alive = _wait_all(handles, grace)
        _signal_all(alive, signal.SIGKILL)
        _wait_all(alive, grace)
    finally:
        for handle in handles:
            os.close(handle)


def _open(found: ProcessMark, folder: Path) -> int | None:
    try:
        handle = os.pidfd_open(found.pid)
    except (ProcessLookupError, PermissionError):
        return None
    # Only now does the number belong to one process for good, so only now is the comparison worth anything.
    if mark(found.pid) != found or not works_in(found.pid, folder):
        os.close(handle)
        return None
    return handle


def _signal_all(handles: Sequence[int], number: signal.Signals) -> None:
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            continue


def _wait_all(handles: Sequence[int], seconds: float) -> list[int]:
    """Handles of the processes that still run after at most ``seconds``."""
    deadline, alive = monotonic() + seconds, list(handles)
    while alive and (left := deadline - monotonic()) > 0:
        ended, _, _ = select.select(alive, [], [], left)
        alive = [handle for handle in alive if handle not in ended]
    return alive


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
