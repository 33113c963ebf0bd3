"""Measures one piece of work on several systems that take turns: what disturbs the machine hits all of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.bench.peers.failures import PeerFailed
from tests.bench.peers.ours import measure_ours
from tests.bench.peers.pair import Pair
from tests.bench.peers.systems import OURS, PEERS, Place
from tests.bench.peers.workers.works import WORKS

Row = dict[str, Any]
HEAVY_REPEATS = 3


def measure(work: str, systems: Sequence[str], place: Place, repeats: int) -> list[Row]:
    """A row for each system, in order; one that could not be measured has ``failed`` instead of figures.

    Peers run once each in every turn; ours, which start their own processes, run all their repeats in the middle.
    """
    repeats = min(repeats, HEAVY_REPEATS) if WORKS[work].heavy else repeats
    rows: dict[str, Row] = {name: {"work": work, "system": name} for name in systems}
    with ExitStack() as stack:
        runners = [
            _Runner(stack, rows[name], place) for name in systems if name in PEERS and work not in PEERS[name].skipped
        ]
        for turn in range(repeats):
            if turn == repeats // 2:
                for name in (name for name in systems if name in OURS):
                    rows[name] |= _ours(work, OURS[name], repeats)
            for runner in runners:
                runner.turn()
        for runner in runners:
            runner.finish()
    return [row for row in rows.values() if len(row) > 2]


def _ours(work: str, source: str, repeats: int) -> Row:
    try:
        return measure_ours(work, source, repeats)
    except PeerFailed as error:
        return {"failed": str(error)}


class _Runner:
    """A peer's pair of processes and the row that it fills; after a failure it does nothing any more."""

    def __init__(self, stack: ExitStack, row: Row, place: Place) -> None:
        self._row, self._seconds = row, list[float]()
        system = PEERS[row["system"]]
        row["about"] = system.about
        self._pair = Pair(system, row["work"], place)
        try:
            stack.enter_context(self._pair)
            row["error"] = self._pair.ready()
        except PeerFailed as error:
            row["failed"] = str(error)
            return
        allowed = WORKS[row["work"]].allowed
        if not row["error"] <= allowed:
            row["failed"] = f"the result is wrong by {row['error']}, allowed is {allowed}"

    def turn(self) -> None:
        """Run once more."""
        if "failed" in self._row:
            return
        try:
            self._seconds.append(self._pair.turn())
        except PeerFailed as error:
            self._row["failed"] = str(error)

    def finish(self) -> None:
        """Complete the row."""
        if "failed" in self._row:
            return
        self._row |= {
            "online_seconds": round(statistics.median(self._seconds), 5),
            "seconds": [round(value, 5) for value in self._seconds],
            "repeats": len(self._seconds),
        }
        try:
            self._row |= self._pair.stop()
        except PeerFailed as error:
            self._row["failed"] = str(error)
