"""The child process that does the heavy work, as coroutines: one for each action, or one that stays for a window.

The protocol is one JSON object a line; ``desktop_client/worker/serve.py`` is the other end of it. Arguments may hold
unlocked keys and logins, so they travel through the pipe only and are never noted anywhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import desktop_client
from common.errors import AppError, TooLarge, WorkerGone, error_from_dict
from common.system.signals import windowless

MAX_LINE: Final = 4 * 1024 * 1024
GRACE_SECONDS: Final = 5.0
_SECRET_NAMES: Final = frozenset({"IMGUARD_PASSWORD", "IMGUARD_NEW_PASSWORD", "IMGUARD_FILE_PASSWORD", "IMGUARD_CODE"})

Document = dict[str, Any]
OnProgress = Callable[[Document], None]
OnPart = Callable[[Document], None]


def worker_command() -> list[str]:
    """How the child is started: as a module, or by the bundled program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    # -P: a folder that happens to be the working directory lends no module.
    return [sys.executable, "-P", "-m", "desktop_client.worker"]


class Child:
    """One running child process; whoever starts it also ends it."""

    def __init__(self, process: asyncio.subprocess.Process, source: asyncio.StreamReader) -> None:
        self._process, self._source = process, source

    @classmethod
    async def start(cls, command: Sequence[str] | None = None) -> Child:
        """Raises:
        WorkerGone: the system does not let a process be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *(command or worker_command()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                limit=MAX_LINE + 1,
                env=_environment(),
                **windowless(),
            )
        except OSError as error:
            raise WorkerGone(f"The helper process cannot be started: {error.strerror}.") from error
        if process.stdout is None:
            raise WorkerGone()
        return cls(process, process.stdout)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def send(self, value: Mapping[str, Any]) -> None:
        """Raises:
        TooLarge: more than 4 MiB.
        """
        line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise TooLarge("These are too many items for one request.")
        if self._process.stdin is not None:
            # A child that is gone shows itself at the next receive.
            with suppress(ConnectionError):
                self._process.stdin.write(line)
                await self._process.stdin.drain()

    async def receive(self) -> Document:
        """The next object that the child sends.

        Raises:
            WorkerGone: it has ended, or sends what it must not.
        """
        try:
            line = await self._source.readline()
            found = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError) as error:
            raise WorkerGone("The helper process sent something that cannot be read.") from error
        if found is None:
            raise WorkerGone()
        if not isinstance(found, dict):
            raise WorkerGone("The helper process sent something that cannot be read.")
        return found

    async def end(self) -> None:
        """Let the child finish cleanly, or end it; when this returns it is gone, even if this is cancelled."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            for stop in (self._process.terminate, self._process.kill):
                with suppress(TimeoutError):
                    return await asyncio.wait_for(self._gone(), GRACE_SECONDS)
                _quietly(stop)
            await self._gone()
        except asyncio.CancelledError:
            _quietly(self._process.kill)
            await self._gone()
            raise

    async def _gone(self) -> None:
        # What it still says is read and dropped: a full pipe would keep it from ending.
        while await self._source.read(1 << 16):
            continue
        await self._process.wait()


async def run_child(
    do: str, args: Mapping[str, Any], on_progress: OnProgress | None = None, on_part: OnPart | None = None
) -> Document:
    """Have one action done by a process of its own and give its result; to cancel this coroutine ends the process.

    ``on_progress`` gets objects such as ``{"stage": "read", "done": 3, "total": 9}``, ``on_part`` pieces of the result.

    Raises:
        AppError: the one that the action ended with.
        WorkerGone: the process ended without an answer.
    """
    child = await Child.start()
    try:
        await child.send({"id": 1, "do": do, "args": args})
        while True:
            answer = await child.receive()
            found = _deliver(answer, on_progress, on_part)
            if found is not None:
                return found
    finally:
        await child.end()


class _Question:
    """One request to the viewer that has no answer yet."""

    def __init__(self, on_progress: OnProgress | None, on_part: OnPart | None) -> None:
        self.on_progress, self.on_part = on_progress, on_part
        self.answer: asyncio.Future[Document] = asyncio.get_running_loop().create_future()


class Viewer:
    """A child process that stays, for what a window shows: newest request first, obsolete ones dropped.

    It is started by the first question and again after it has broken down.
    """

    def __init__(self) -> None:
        self._child: Child | None = None
        self._reader: asyncio.Task[None] | None = None
        self._questions: dict[int, _Question] = {}
        self._number = 0
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Have the child process there before the first question; does nothing if it is."""
        async with self._starting:
            if self._reader is not None and self._reader.done():
                await self._clear()
            if self._child is None:
                self._child = await Child.start()
                self._reader = asyncio.create_task(self._read(self._child), name="viewer")

    async def ask(
        self,
        do: str,
        args: Mapping[str, Any],
        on_part: OnPart | None = None,
        on_progress: OnProgress | None = None,
        lane: str | None = None,
    ) -> Document:
        """The result of one action; to cancel this coroutine gives it up.

        A question makes earlier ones of its ``lane`` obsolete; the lane is the action unless another one is named, and
        ``""`` is no lane.

        Raises:
            AppError: the one that the action ended with; Cancelled if a newer question took its place.
            WorkerGone: the process broke down.
        """
        await self.start()
        child = self._child
        if child is None:
            raise WorkerGone()
        self._number += 1
        number, question = self._number, _Question(on_progress, on_part)
        self._questions[number] = question
        try:
            await child.send({"id": number, "do": do, "args": args, "lane": do if lane is None else lane})
            return await question.answer
        except asyncio.CancelledError:
            await child.send({"cancel": number})
            raise
        finally:
            self._questions.pop(number, None)

    async def close(self) -> None:
        """End the child process; questions without an answer get WorkerGone."""
        async with self._starting:
            await self._clear()

    async def _clear(self) -> None:
        child, reader = self._child, self._reader
        self._child = self._reader = None
        if reader is not None:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
        if child is not None:
            await child.end()

    async def _read(self, child: Child) -> None:
        try:
            while True:
                self._take(await child.receive())
        except WorkerGone as error:
            self._give_up(error)
        finally:
            self._give_up(WorkerGone("The helper process was ended."))

    def _take(self, answer: Document) -> None:
        number = answer.get("id")
        question = self._questions.get(number) if isinstance(number, int) else None
        if question is None or question.answer.done():
            return
        try:
            found = _deliver(answer, question.on_progress, question.on_part)
        except Exception as error:
            question.answer.set_exception(error)
        else:
            if found is not None:
                question.answer.set_result(found)

    def _give_up(self, error: AppError) -> None:
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_exception(error)
        self._questions.clear()


def _deliver(answer: Document, on_progress: OnProgress | None, on_part: OnPart | None) -> Document | None:
    """Hand on progress or a part; the result if this answer is the last one.

    Raises:
        AppError: the action ended with it.
        WorkerGone: the answer has no form that is known.
    """
    for name, call in (("progress", on_progress), ("part", on_part)):
        value = answer.get(name)
        if isinstance(value, dict):
            if call is not None:
                call(value)
            return None
    if "error" in answer:
        raise error_from_dict(answer["error"])
    result = answer.get("result")
    if not isinstance(result, dict):
        raise WorkerGone("The helper process sent something that cannot be read.")
    return result


def _quietly(call: Callable[[], None]) -> None:
    with suppress(ProcessLookupError):
        call()


def _environment() -> dict[str, str]:
    """This environment without passwords, and with the place this program is imported from."""
    environment = {name: value for name, value in os.environ.items() if name not in _SECRET_NAMES}
    root = str(Path(desktop_client.__path__[0]).parent)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{root}{os.pathsep}{before}" if before else root
    return environment
