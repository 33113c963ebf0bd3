"""What one server asks the other, and the patient comparison of data sets."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Protocol

from common.errors import AppError
from common.ids import JobId
from common.pipeline import JobState
from server_node.store.datasets import MISMATCHED, DatasetInfo, Datasets

_LOG = logging.getLogger("imguard.peers")
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class PeerStatus:
    """Where a job stands on the other server."""

    state: JobState
    is_computed: bool
    error: AppError | None
    attempt: int = 0


class PeerCalls(Protocol):
    """Questions to the other server. All raise ``NodeUnreachable`` without an answer, or the named error it gave."""

    async def compare_dataset(self, dataset: str, manifest_hash: str, state: str) -> tuple[str, str]:
        """Hash and state of the same data set there; ``("", "absent")`` if there is none."""
        ...

    async def propose_job(self, document: dict[str, Any], job: JobId, controls: list[dict[str, Any]]) -> None:
        """Have a job and its controls checked and written down there; what is known there changes nothing."""
        ...

    async def start_job(self, job: JobId, slot: int, attempt: int) -> None:
        """Have an attempt at a job begun there; an earlier one that still runs is stopped."""
        ...

    async def end_job(self, job: JobId, error: AppError | None) -> None:
        """Say that a job failed here, or, without error, that it was cancelled."""
        ...

    async def job_status(self, job: JobId) -> PeerStatus:
        """Where the job stands there."""
        ...


class Confirmer:
    """Asks the other server about every data set that is complete here, until both say the same."""

    def __init__(self, datasets: Datasets, peer: PeerCalls, first_pause: float) -> None:
        self._datasets, self._peer, self._first_pause = datasets, peer, first_pause
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There is something new to compare."""
        self._news.set()

    async def run(self) -> None:
        """Compare for ever; pauses grow while the other server is away and shrink again with news."""
        pause = self._first_pause
        while True:
            self._news.clear()
            if await self._are_settled():
                pause = self._first_pause
                await self._news.wait()
                continue
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
                pause = self._first_pause
            except TimeoutError:
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _are_settled(self) -> bool:
        try:
            waiting = await self._datasets.unconfirmed()
        except Exception:
            _LOG.exception("the data sets that wait for a comparison could not be read")
            return False
        return all([await self._is_settled(dataset) for dataset in waiting])

    async def _is_settled(self, dataset: DatasetInfo) -> bool:
        try:
            answer = await self._peer.compare_dataset(dataset.id, dataset.row.manifest_hash, dataset.row.state)
            state = await self._datasets.compare(dataset, *answer)
        except AppError as error:
            _LOG.info("data set %s is not confirmed yet: %s", dataset.id[:12], error)
            return False
        except Exception:
            _LOG.exception("data set %s could not be compared", dataset.id[:12])
            return False
        if state == MISMATCHED:
            _LOG.error("data set %s differs between the servers and cannot be used", dataset.id[:12])
        return state != dataset.row.state
