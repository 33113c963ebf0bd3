"""The outbox: an event is on this node's disk before anything else happens, and leaves for the log when it can.

Nothing is lost while the log node is away, and nothing is said twice: the log gives a repeated event its old place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from common.errors import AppError, LogFork, LogTampered, NodeUnreachable, StoreDamaged
from common.merkle.checkpoint import MAX_CHECKPOINT
from common.merkle.entry import check_event
from common.merkle.witness import Witness
from common.net.identity import NodeIdentity
from common.net.tls import client_context
from server_node.audit.delivery import EventRefused, LogNode, connect
from server_node.audit.spool import Spool, Waiting

_CHECKPOINT: Final = "log-checkpoint.txt"

_log = logging.getLogger("imguard.audit")
BATCH: Final = 100


@dataclass(frozen=True)
class Pace:
    """Seconds: how often to look for events of other processes, how long events gather, and how long to wait after
    failures. A delivery costs the log a signature and both ends a flush, however many events it brings."""

    poll: float = 1.0
    gather: float = 0.1
    first_wait: float = 0.5
    longest_wait: float = 60.0

    def wait(self, failures: int) -> float:
        """How long to wait after so many failures in a row."""
        return min(self.longest_wait, self.first_wait * 2.0 ** min(failures - 1, 30))


class Delivers(Protocol):
    """What takes a batch to the log; see :class:`Courier`."""

    async def deliver(self, documents: Sequence[dict[str, Any]]) -> list[int]:
        """Positions of the events in the log."""
        ...


class Outbox:
    """Events on their way to the log. :meth:`add` may be called from any thread and from any process."""

    def __init__(
        self, path: Path, open_courier: Callable[[], AbstractAsyncContextManager[Delivers]], pace: Pace = Pace()
    ) -> None:
        self._spool = Spool(path)
        self._open_courier = open_courier
        self._pace = pace
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._turn = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = 0
        self._fault: AppError | None = None

    @property
    def fault(self) -> AppError | None:
        """Why the last delivery failed; None while deliveries succeed."""
        return self._fault

    def add(self, document: dict[str, Any]) -> None:
        """Keep one event; it is on disk when this returns.

        Raises:
            BadInput, TooLarge, BadSignature: not an event that the log would take.
            DiskFull, StoreDamaged: it could not be kept; whatever it records must not go on.
        """
        self.add_many([document])

    def add_many(self, documents: Sequence[dict[str, Any]]) -> None:
        """Keep several events, all or none; errors as :meth:`add`."""
        self._spool.add(documents)
        if self._loop:
            self._loop.call_soon_threadsafe(self._wake.set)

    def pending(self) -> int:
        """How many events the log has not confirmed yet."""
        return self._spool.count("waiting")

    def refused(self) -> int:
        """How many events the log will never take; an operator should look at them."""
        return self._spool.count("refused")

    def position(self, document: dict[str, Any]) -> int | None:
        """Where in the log an event stands; None while it waits."""
        return self._spool.position(check_event(document).leaf)

    async def run(self) -> None:
        """Deliver until cancelled; a failure is reported through :attr:`fault` and tried again, later and later."""
        async with self._turn:
            self._loop = asyncio.get_running_loop()
            try:
                while True:
                    await self._connected()
            finally:
                self._loop = None

    async def flush(self, timeout: float) -> None:
        """Return when everything added so far was delivered; works with and without :meth:`run` running.

        Raises:
            NodeUnreachable: not within ``timeout`` seconds; the events stay and are delivered later.
        """
        own = None if self._turn.locked() else asyncio.create_task(self.run(), name="outbox-flush")
        try:
            async with asyncio.timeout(timeout):
                while await asyncio.to_thread(self.pending):
                    self._idle.clear()
                    self._wake.set()
                    self._urgent.set()
                    await self._idle.wait()
        except TimeoutError as error:
            waiting = await asyncio.to_thread(self.pending)
            raise NodeUnreachable(f"{waiting} events still wait for the log node.", waiting=waiting) from error
        finally:
            if own:
                own.cancel()
                with suppress(asyncio.CancelledError):
                    await own

    def close(self) -> None:
        """Close the file; what waits is delivered by the next run."""
        self._spool.close()

    async def _connected(self) -> None:
        """Deliver over one courier; returns after a wait if there was none to be had."""
        self._urgent.clear()
        try:
            async with self._open_courier() as courier:
                while True:
                    await self._round(courier)
        except Exception as error:
            self._failures += 1
            self._report(_named(error))
            await self._pause(self._pace.wait(self._failures))

    async def _round(self, courier: Delivers) -> None:
        """One batch and the wait after it.

        New events end the wait for events, but not the wait after a failure; only flush ends that.
        """
        self._wake.clear()
        self._urgent.clear()
        delay = await self._step(courier)
        if delay > 0:
            await self._pause(delay)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.gather):
                await self._urgent.wait()

    async def _pause(self, delay: float) -> None:
        signal = self._urgent if self._failures else self._wake
        # Not wait_for: in Python 3.11 it forgets a cancellation that comes together with the signal.
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await signal.wait()

    async def _step(self, courier: Delivers) -> float:
        """Deliver one batch; gives the seconds to wait before the next."""
        try:
            batch = await asyncio.to_thread(self._spool.take, BATCH)
            if batch:
                await self._deliver(courier, batch)
        except Exception as error:
            # Whatever it is: a delivery that has ended would never be missed, and nothing would reach the log again.
            self._failures += 1
            self._report(_named(error))
            return self._pace.wait(self._failures)
        if not batch:
            self._idle.set()
            return self._pace.poll
        if self._fault:
            _log.info("the log node takes events again")
        self._failures, self._fault = 0, None
        return 0.0

    async def _deliver(self, courier: Delivers, batch: Sequence[Waiting]) -> None:
        try:
            positions = await courier.deliver([waiting.document for waiting in batch])
        except EventRefused as refusal:
            number = batch[refusal.position].number
            _log.error("the log node will never take event %d: %s", number, refusal)
            await asyncio.to_thread(self._spool.refuse, number, f"{refusal.error.code}: {refusal}")
            return
        numbers = [waiting.number for waiting in batch]
        await asyncio.to_thread(self._spool.deliver, numbers, positions)

    def _report(self, error: AppError) -> None:
        """Say it once, not at every attempt."""
        if self._fault is None or self._fault.code != error.code:
            level = logging.ERROR if isinstance(error, (LogFork, LogTampered)) else logging.WARNING
            _log.log(level, "events wait for the log node: %s (%s)", error, error.code)
        self._fault = error


def _named(error: Exception) -> AppError:
    if isinstance(error, AppError):
        return error
    _log.debug("events could not be delivered", exc_info=error)
    return AppError(f"Events could not be delivered: {type(error).__name__}.")


def open_outbox(folder: Path, identity: NodeIdentity, pace: Pace = Pace()) -> Outbox:
    """The outbox of a node: ``outbox.db`` and ``log-checkpoint.txt`` in its folder, delivery with its certificate."""
    entry = identity.deployment.node("log")
    tls = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
    node = LogNode(entry.url, tls, Witness(folder / _CHECKPOINT, entry.verify_key))
    return Outbox(folder / "outbox.db", partial(connect, node), pace)


def accepted_checkpoint(folder: Path) -> str:
    """The last checkpoint of the log that the node of this folder accepted, signed as it came; empty before the first.

    Raises:
        StoreDamaged: the file is not what was written.
    """
    try:
        with open(folder / _CHECKPOINT, encoding="utf-8", newline="") as file:
            return file.read(MAX_CHECKPOINT)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreDamaged("The checkpoint that this node remembers cannot be read.") from error
