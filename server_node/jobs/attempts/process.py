"""One worker process: started in a group of its own, heard line by line, stopped for certain.

Each line on its standard output is one JSON object, checked here before anybody acts on it; standard error goes to a
file.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from common.errors import BadInput, JobFailed
from common.merkle.entry import Action, check_subject
from common.pipeline import MAX_LOG_TEXT, JobState, Stage
from server_node.kernels.memory import ENVIRONMENT

WorkerCommand = Callable[[Path, Path], list[str]]
"""``command(folder, ticket)`` gives the program and its arguments."""

MAX_LINE = 3 * 1024 * 1024
"""Holds the metrics of any project that is not refused for their size; as an event it must still suit a client."""
_LEVELS = ("INFO", "WARNING", "ERROR")
_WORKING = tuple(state.value for state in JobState if state.is_computing)
_STAGES = tuple(stage.value for stage in Stage)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_REPORTED = (Action.JOB_STAGE, Action.JOB_CHECKPOINT, Action.MODEL_KEEP, Action.MODEL_SEAL, Action.ANSWER_SEAL)
_ACTIONS = tuple(action.value for action in _REPORTED)
_HEX = re.compile(r"[0-9a-f]{1,128}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def worker_command(folder: Path, ticket: Path) -> list[str]:
    """This program's own worker."""
    return [sys.executable, "-m", "server_node", "worker", "--dir", str(folder), "--ticket", str(ticket)]


class WorkerProcess:
    """A running worker; make it with :meth:`start`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: list[str], log_path: Path) -> WorkerProcess:
        """Raises:
        JobFailed: the program cannot be started.
        """
        try:
            with open(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env={**ENVIRONMENT, **os.environ},
                    start_new_session=True,
                    limit=MAX_LINE,
                )
        except OSError as error:
            raise JobFailed(f"The worker cannot be started: {error.strerror}.") from error
        return cls(process)

    async def reports(self) -> AsyncIterator[dict[str, Any]]:
        """Checked reports until the worker closes its output.

        Raises:
            JobFailed: a line is too long or not a report.
        """
        output = self._process.stdout
        assert output is not None
        while True:
            try:
                line = await output.readline()
            except ValueError as error:
                raise JobFailed("The worker sent a line that is too long.") from error
            if not line:
                return
            yield parse_report(line)

    async def wait(self) -> int:
        """Exit code; negative for a signal."""
        return await self._process.wait()

    def ask_to_pause(self) -> None:
        """Have it end after the epoch it is in."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)

    async def stop(self, grace_seconds: float) -> None:
        """Ask the whole group to end, then make it; returns when the worker is gone."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace_seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return


def parse_report(line: bytes) -> dict[str, Any]:
    """One report of a worker.

    Raises:
        JobFailed: not a report of the agreed form.
    """
    try:
        report = json.loads(line)
        kind = report["kind"]
        fields = _FIELDS[kind]
        if set(report) != {"kind", *fields} or not all(check(report[name]) for name, check in fields.items()):
            raise ValueError(kind)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JobFailed("The worker sent something that is not a report.") from error
    parsed: dict[str, Any] = report
    return parsed


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_seconds(value: object) -> bool:
    return type(value) in (int, float) and 0 <= float(str(value)) < 1e9


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_one_of(allowed: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_count(side) for side in value)


def _is_sealed(value: object) -> bool:
    """User name to file name."""
    return isinstance(value, dict) and bool(value) and all(_matches(_FILE)(name) for name in value.values())


def _is_subject(value: object) -> bool:
    try:
        check_subject(value)
    except BadInput:
        return False
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_LOG_TEXT


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


_FIELDS: dict[str, dict[str, Callable[[object], bool]]] = {
    "state": {"state": _is_one_of(_WORKING)},
    "progress": {
        "stage": _is_one_of(_STAGES),
        "done": _is_count,
        "total": _is_count,
        "seconds": _is_seconds,
        "bytes_sent": _is_count,
        "rounds": _is_count,
    },
    "metrics": {
        "epoch": _is_count,
        "step": _is_count,
        "logits": _matches(_BASE64),
        "labels": _matches(_BASE64),
        "shape": _is_shape,
        "fraction_bits": _is_count,
    },
    "log": {"stage": _is_one_of((*_STAGES, "")), "level": _is_one_of(_LEVELS), "text": _is_text},
    "event": {"action": _is_one_of(_ACTIONS), "subject": _is_subject},
    "model": {"sealed": _is_sealed, "hash": _matches(_HEX), "share_hash": _matches(_HEX)},
    "error": {"error": _is_object},
}
