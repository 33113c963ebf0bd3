"""What an action talks through: progress, parts and the news that nobody wants the result any more.

A line is one JSON object in ASCII (other characters are escaped, so that file names that are no text survive) and at
most 4 MiB long.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final

from common.errors import AppError, BadInput, Cancelled, TooLarge

MAX_LINE: Final = 4 * 1024 * 1024
MAX_ROWS: Final = 500
PROGRESS_SECONDS: Final = 0.1
_MAX_ID: Final = 2**53


class Lines:
    """JSON objects, one a line, from one stream and to another; several threads may send."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._lock = threading.Lock()

    def receive(self) -> dict[str, Any] | None:
        """The next object; None when the other side has ended.

        Raises:
            TooLarge: a line of more than 4 MiB; it is skipped.
            BadInput: a line that is no JSON object.
        """
        line = self._source.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = self._source.readline(MAX_LINE)
            raise TooLarge(f"A request is at most {MAX_LINE} bytes long.")
        if not line.endswith(b"\n"):
            return None
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput("A request is one JSON object a line.") from error
        if not isinstance(found, dict):
            raise BadInput("A request is one JSON object a line.")
        return found

    def send(self, value: Mapping[str, Any]) -> None:
        """Write one line.

        Raises:
            TooLarge: it would be longer than 4 MiB.
        """
        line = json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise TooLarge("A piece of the answer is larger than the desktop program accepts.")
        with self._lock:
            self._sink.write(line)
            self._sink.flush()


class Channel:
    """The way back from one action to whoever asked for it.

    Every call raises Cancelled once the result is not wanted any more: an action that reports its progress stops by
    itself, and one that computes for long calls :meth:`check` in between.
    """

    def __init__(self, lines: Lines, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines, self._number, self._clock = lines, number, clock
        self._cancelled = threading.Event()
        self._last = float("-inf")

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """The result is not wanted any more."""
        self._cancelled.set()

    def check(self) -> None:
        """Raises:
        Cancelled: the result is not wanted any more.
        """
        if self._cancelled.is_set():
            raise Cancelled()

    def progress(self, stage: str, done: int, total: int, **more: int) -> None:
        """Where the action stands, in numbers; more than ten a second are passed over. Errors as :meth:`check`."""
        self.check()
        now = self._clock()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._send("progress", {"stage": stage, "done": done, "total": total, **more})

    def part(self, value: Mapping[str, Any]) -> None:
        """A piece of the result, as soon as it is there.

        Raises:
            Cancelled: as :meth:`check`.
            TooLarge: more than 4 MiB; send smaller pieces.
        """
        self.check()
        self._send("part", value)

    def rows(self, name: str, rows: Sequence[Any]) -> None:
        """Rows in parts ``{name: [...]}`` of at most 500; errors as :meth:`part`."""
        for start in range(0, len(rows), MAX_ROWS):
            self.part({name: list(rows[start : start + MAX_ROWS])})

    def finish(self, result: Mapping[str, Any]) -> None:
        """The one result; nothing may follow."""
        self._send("result", result)

    def fail(self, error: AppError) -> None:
        """The one error; nothing may follow."""
        self._send("error", error.as_dict())

    def _send(self, kind: str, value: Mapping[str, Any]) -> None:
        self._lines.send({"id": self._number, kind: value})


def request_number(request: Mapping[str, Any], name: str = "id") -> int:
    """The number of a request.

    Raises:
        BadInput: missing, or not a whole number from 1 to 2^53.
    """
    value = request.get(name)
    if type(value) is not int or not 1 <= value <= _MAX_ID:
        raise BadInput(f"A request needs a number {name!r}.")
    return value
