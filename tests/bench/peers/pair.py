"""Both parties of one system as processes that take turns when told to."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from tests.bench.peers.environments import python_of
from tests.bench.peers.failures import PeerFailed
from tests.bench.peers.systems import Place, System

ROOT: Final = Path(__file__).parents[3]
PATIENCE_S: Final = 1800.0
GRACE_S: Final = 10.0


class Pair:
    """Two workers of one system on one piece of work; use as a context manager, which ends both processes.

    Raises:
        PeerFailed: from every method, when a worker ends before it should or says nothing for half an hour.
    """

    def __init__(self, system: System, work: str, place: Place) -> None:
        self._system, self._work, self._place = system, work, place
        self._stack = ExitStack()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pair:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-")))
            command = [
                str(python_of(self._system.peer, self._place.environments)), "-m", self._system.module,
                "--work", self._work, "--folder", str(folder), "--protocol", self._system.protocol,
                "--addresses", *_addresses(self._place.hosts),
            ]  # fmt: skip
            settings = {"OMP_NUM_THREADS": str(self._place.threads), "GLOO_SOCKET_IFNAME": self._place.interface}
            for party, prefix in enumerate(self._place.prefixes):
                worker = _Worker([*prefix, *command, "--party", str(party)], settings, folder / f"errors-{party}")
                stack.callback(worker.end)
                self._workers.append(worker)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ready(self) -> float:
        """Wait for the end of the warm-up run; the error of its result."""
        return float(max(answer["error"] for answer in self._answers()))

    def turn(self) -> float:
        """Do the work once more; the seconds of the slower party."""
        self._tell("turn")
        return float(max(answer["seconds"] for answer in self._answers()))

    def stop(self) -> dict[str, int]:
        """Let both end; ``bytes_both_parties`` and ``rounds`` of one run, and the larger ``peak_mb`` of the two."""
        self._tell("stop")
        first, second = self._answers()
        return {
            "bytes_both_parties": first["bytes_sent"] + second["bytes_sent"],
            "rounds": max(first["rounds"], second["rounds"]),
            "peak_mb": max(first["peak_mb"], second["peak_mb"]),
        }

    def _tell(self, word: str) -> None:
        for worker in self._workers:
            worker.tell(word)

    def _answers(self) -> list[dict[str, Any]]:
        return [worker.answer() for worker in self._workers]


class _Worker:
    """One process."""

    def __init__(self, command: list[str], settings: dict[str, str], errors: Path) -> None:
        self._command, self._errors = command, errors
        with errors.open("wb") as stream:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                bufsize=0,
            )
        self._answers = b""

    def tell(self, word: str) -> None:
        try:
            self._pipe(self._process.stdin).write(word.encode() + b"\n")
        except BrokenPipeError as error:
            raise self._failed("ended too early") from error

    def answer(self) -> dict[str, Any]:
        """The next line of its output."""
        pipe = self._pipe(self._process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._answers:
                if not selector.select(PATIENCE_S):
                    raise self._failed("says nothing any more")
                piece = pipe.read(65536)
                if not piece:
                    raise self._failed("ended too early")
                self._answers += piece
        line, _, self._answers = self._answers.partition(b"\n")
        fields: dict[str, Any] = json.loads(line)
        return fields

    def end(self) -> None:
        """End the process, at first politely: its input ends."""
        self._pipe(self._process.stdin).close()
        for stop in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(GRACE_S)
                break
            except subprocess.TimeoutExpired:
                stop()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def _failed(self, why: str) -> PeerFailed:
        said = self._errors.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
        return PeerFailed(f"A worker {why}: {' '.join(self._command)}\n{said}")

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise PeerFailed("A worker has no pipes.")
        return pipe


def _addresses(hosts: tuple[str, str]) -> list[str]:
    """Both hosts, each with a port that is free here now."""
    with socket.socket() as first, socket.socket() as second:
        for listener in (first, second):
            listener.bind(("127.0.0.1", 0))
        return [f"{host}:{listener.getsockname()[1]}" for host, listener in zip(hosts, (first, second), strict=True)]
