"""The loop of the child process: take requests, run them in a few threads, newest first, and end with standard input.

* ``{"id": 1, "do": "scan", "args": {...}, "lane": "list"}`` asks. A request with a ``lane`` makes every earlier one of
  the same lane obsolete: it is answered with the error ``cancelled``.
* ``{"cancel": 1}`` gives up one request: the answer is the error ``cancelled``, or its result if it was done already.
* The end of standard input ends the process, whatever it is doing: actions get a moment to clean up after themselves.
  So the process never outlives the program that started it, however that ended.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from common.errors import AppError, BadInput, Cancelled
from common.net.files import named
from common.system.signals import ignore_interrupt
from desktop_client.failures import note_failure
from desktop_client.settings import log_path
from desktop_client.worker.channel import Channel, Lines, request_number
from desktop_client.worker.table import find_action

THREADS: Final = 2
GRACE_SECONDS: Final = 3.0
MAX_WAITING: Final = 256


@dataclass
class _Job:
    """One request on its way."""

    number: int
    do: object
    args: dict[str, Any]
    lane: str
    channel: Channel


class Server:
    """Runs requests; :meth:`feed` takes them one by one, :meth:`close` gives up all that are left."""

    def __init__(self, lines: Lines, threads: int = THREADS) -> None:
        self._lines = lines
        self._waiting: deque[_Job] = deque()
        self._running: dict[int, _Job] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        self._threads = [threading.Thread(target=self._work, name=f"action-{i}", daemon=True) for i in range(threads)]
        for thread in self._threads:
            thread.start()

    def feed(self, request: dict[str, Any]) -> None:
        """Take one request.

        Raises:
            BadInput: it does not have the form of one.
        """
        if "cancel" in request:
            self._cancel(request_number(request, "cancel"))
            return
        number, args, lane = request_number(request), request.get("args", {}), request.get("lane", "")
        if not isinstance(args, dict) or not isinstance(lane, str):
            raise BadInput("A request has an object 'args' and maybe a text 'lane'.", id=number)
        job = _Job(number, request.get("do"), args, lane, Channel(self._lines, number))
        with self._changed:
            dropped = self._obsolete(lane)
            self._waiting.appendleft(job)
            while len(self._waiting) > MAX_WAITING:
                dropped.append(self._waiting.pop())
            self._changed.notify()
        for old in dropped:
            old.channel.fail(Cancelled())

    def close(self, seconds: float) -> None:
        """Give up everything and wait at most this long for the actions that run."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            for job in self._running.values():
                job.channel.cancel()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running, seconds)

    def _obsolete(self, lane: str) -> list[_Job]:
        """Take out what waits in this lane, and stop what runs in it."""
        if not lane:
            return []
        dropped = [job for job in self._waiting if job.lane == lane]
        self._waiting = deque(job for job in self._waiting if job.lane != lane)
        for job in self._running.values():
            if job.lane == lane:
                job.channel.cancel()
        return dropped

    def _cancel(self, number: int) -> None:
        with self._changed:
            dropped = [job for job in self._waiting if job.number == number]
            self._waiting = deque(job for job in self._waiting if job.number != number)
            if number in self._running:
                self._running[number].channel.cancel()
        for job in dropped:
            job.channel.fail(Cancelled())

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if self._is_closed:
                    return
                job = self._waiting.popleft()
                self._running[job.number] = job
            try:
                _run(job)
            finally:
                with self._changed:
                    del self._running[job.number]
                    self._changed.notify_all()


def _run(job: _Job) -> None:
    """One request to its one answer; a parent that is gone is no error."""
    try:
        try:
            job.channel.finish(find_action(job.do)(job.args, job.channel))
        except AppError as error:
            job.channel.fail(error)
        except MemoryError:
            job.channel.fail(AppError("There was not enough memory for this."))
        except Exception as error:
            job.channel.fail(_unforeseen(error))
    except OSError:
        return


def _unforeseen(error: Exception) -> AppError:
    """A failure nobody named: its text may quote a file, so only its kind is told, and the log file has the rest."""
    known = named(error) if isinstance(error, OSError) else None
    if isinstance(known, AppError):
        return known
    note_failure(log_path(), error)
    return AppError(f"The helper process met an error of the kind {type(error).__name__}.")


def serve(lines: Lines, server: Server) -> None:
    """Feed requests until there are no more; what is no request is answered with an error of number 0."""
    while True:
        try:
            request = lines.receive()
            if request is None:
                return
            server.feed(request)
        except AppError as error:
            lines.send({"id": error.details.pop("id", 0), "error": error.as_dict()})


def main() -> None:
    """Serve this process's standard input and output, then end the process."""
    # Ctrl-C in a terminal reaches the whole group; the program that started this one decides what ends.
    ignore_interrupt()
    lines = _take_streams()
    server = Server(lines)
    try:
        serve(lines, server)
    except OSError:
        # The other side is gone: the same as the end of standard input.
        pass
    server.close(GRACE_SECONDS)
    # Not every thread of a numeric library ends when it is asked to.
    os._exit(0)


def _take_streams() -> Lines:
    """The two streams for this protocol alone: what a library prints must not get between the lines."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return Lines(source, sink)
