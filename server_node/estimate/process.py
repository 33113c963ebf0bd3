"""Starts the process of one estimate and hears its one line; it has bounded time, and ends with whoever waits."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, EstimateFailed, error_from_dict
from server_node.estimate.outcome import Outcome
from server_node.kernels.memory import ENVIRONMENT

SECONDS: Final = 100.0
"""Less than a client waits for an answer."""
MAX_LINE: Final = 64 * 1024
LOG_NAME: Final = "estimate.log"
FOLDER: Final = "estimate-"
"""Begins the name of the folder of an estimate in that of the node; the id of its process follows."""
_LONG_AGO: Final = 3600.0
Ask = Callable[[dict[str, Any]], Coroutine[Any, Any, Outcome]]
"""Has one question answered by a process of its own."""


def asking(folder: Path, seconds: float = SECONDS, command: list[str] | None = None) -> Ask:
    """Questions for the node in ``folder``."""
    program = command or [sys.executable, "-m", "server_node", "estimate", "--dir", str(folder)]

    async def ask(question: dict[str, Any]) -> Outcome:
        """Raises:
        EstimateFailed: no answer in time, or none of the agreed form. SpecRefused: no server could run the job.
        """
        try:
            with open(os.open(folder / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
                process = await asyncio.create_subprocess_exec(
                    *program,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env={**ENVIRONMENT, **os.environ},
                    start_new_session=True,
                    limit=MAX_LINE,
                )
        except OSError as error:
            raise EstimateFailed(f"The process of an estimate cannot be started: {error.strerror}.") from error
        try:
            async with asyncio.timeout(seconds):
                return _parse(await _hear(process, json.dumps(question).encode()))
        except TimeoutError as error:
            raise EstimateFailed(f"The estimate took longer than {seconds:.0f} seconds.") from error
        finally:
            await _end(process)
            await asyncio.to_thread(clear, folder, process.pid)

    return ask


async def _end(process: asyncio.subprocess.Process) -> None:
    """With everything that it started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def clear(folder: Path, process: int | None = None) -> None:
    """Remove what a process that was killed could not remove itself: this one, or any that began long ago."""
    before = time.time() - _LONG_AGO
    for left in folder.glob(f"{FOLDER}*"):
        with suppress(OSError):
            if left.name.startswith(f"{FOLDER}{process}-") or left.stat().st_mtime < before:
                shutil.rmtree(left)


async def _hear(process: asyncio.subprocess.Process, question: bytes) -> bytes:
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(question)
        await process.stdin.drain()
        process.stdin.close()
        line = await process.stdout.readline()
    except (ConnectionError, ValueError) as error:
        raise EstimateFailed("The process of the estimate broke off.") from error
    await process.wait()
    return line


def _parse(line: bytes) -> Outcome:
    try:
        found = json.loads(line)
        if "error" in found:
            raise error_from_dict(found["error"])
        return Outcome.from_json(found)
    except AppError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EstimateFailed("The process of the estimate said nothing of use; see estimate.log.") from error
