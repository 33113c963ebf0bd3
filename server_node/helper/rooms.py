"""Where the two workers of a job meet at the helper: nothing is dealt before both asked for the same.

A room is one segment of one preparation. Its correlations have fresh seeds and are dealt once; a room is never opened
again while the helper runs.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from common.crypto.rng import RandomSource
from common.errors import AppError, Conflict, CorrelationReused, HelperGone, JobFailed, PeerGone, PeerMismatch
from common.ids import Party
from server_node.offline.helper.deal import Bytes, Dealing, DealPlan
from server_node.offline.helper.protocol import Opening
from server_node.offline.segments import SEED_BYTES

_LOG = logging.getLogger("imguard.helper")
_QUEUED_BYTES: Final = 1 << 25
"""Corrections that may wait for a slow worker; at least one batch."""
_REMEMBERED: Final = 1 << 18


@dataclass(frozen=True)
class Wish:
    """What one worker asks for; ``digest`` is that of the requests."""

    opening: Opening
    segment: int
    party: Party
    digest: bytes
    plan: DealPlan

    @property
    def room(self) -> bytes:
        """Equal for the two wishes that belong together."""
        about = f"{self.opening.job}/{self.opening.plan}/{self.opening.nonce}/{self.segment}"
        return hashlib.sha256(about.encode()).digest()


class Portion:
    """One party's part of a segment: its seed, and its corrections on their way to the connection."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._state = threading.Condition()
        self._queue: deque[Bytes] = deque()
        self._queued = 0
        self._is_over = False
        self._error: AppError | None = None

    def put(self, piece: Bytes) -> None:
        """Hand over corrections; waits while many are on their way.

        Raises:
            PeerGone: this party does not take them any more.
        """
        with self._state:
            self._state.wait_for(lambda: self._is_over or self._queued <= _QUEUED_BYTES)
            if self._is_over:
                raise PeerGone("The other server's connection to the helper ended.")
            self._queue.append(piece)
            self._queued += piece.size
            self._state.notify_all()

    def end(self, error: AppError | None = None) -> None:
        """Nothing follows; with an error, what is on its way is not delivered either."""
        with self._state:
            if not self._is_over:
                self._is_over, self._error = True, error
            self._state.notify_all()

    def pieces(self) -> Iterator[Bytes]:
        """All corrections in order.

        Raises:
            AppError: why dealing stopped.
        """
        while True:
            with self._state:
                self._state.wait_for(lambda: self._is_over or self._queue)
                if self._error is not None:
                    raise self._error
                if not self._queue:
                    return
                piece = self._queue.popleft()
                self._queued -= piece.size
                self._state.notify_all()
            yield piece


@dataclass
class _Room:
    """Where one party waits for the other."""

    first: Wish
    portion: Portion | None = None
    error: AppError | None = None

    @property
    def is_settled(self) -> bool:
        return self.portion is not None or self.error is not None


@dataclass
class Rooms:
    """All rooms of a helper.

    Args:
        dealers: threads that deal, one for each job at a time.
        pool: threads that share the work of one dealing.
        patience: seconds that one party waits for the other.
    """

    dealers: Executor
    pool: Executor | None
    rng: RandomSource
    patience: float
    _state: threading.Condition = field(default_factory=threading.Condition)
    _waiting: dict[bytes, _Room] = field(default_factory=dict)
    _dealt: dict[bytes, None] = field(default_factory=dict)
    _portions: set[Portion] = field(default_factory=set)
    _is_closed: bool = False

    def enter(self, wish: Wish) -> Portion:
        """Wait for the other party, then get one's own part.

        Raises:
            PeerMismatch: the two asked for different things. PeerGone: the other did not come in time.
            CorrelationReused: this was dealt before. Conflict: the same party came again.
            HelperGone: the helper stops.
        """
        with self._state:
            if self._is_closed:
                raise HelperGone("The helper is being stopped.")
            if wish.room in self._dealt:
                raise CorrelationReused("The helper deals a segment once; it was asked for this one again.")
            room = self._waiting.get(wish.room)
            if room is not None and room.first.party is not wish.party:
                del self._waiting[wish.room]
                return self._settle(room, wish)
            if room is not None:
                room.error = Conflict("The same server asked the helper again for a segment it waits for.")
                self._state.notify_all()
            return self._wait(wish)

    def close(self) -> None:
        """Send everybody away."""
        with self._state:
            self._is_closed = True
            for room in self._waiting.values():
                room.error = HelperGone("The helper is being stopped.")
            for portion in self._portions:
                portion.end(HelperGone("The helper is being stopped."))
            self._state.notify_all()

    def _wait(self, wish: Wish) -> Portion:
        room = self._waiting[wish.room] = _Room(wish)
        self._state.wait_for(lambda: room.is_settled, self.patience)
        if self._waiting.get(wish.room) is room:
            del self._waiting[wish.room]
        if room.error is not None:
            raise room.error
        if room.portion is None:
            raise PeerGone("The other server did not ask the helper for the same segment in time.")
        return room.portion

    def _settle(self, room: _Room, wish: Wish) -> Portion:
        self._state.notify_all()
        if room.first.digest != wish.digest:
            room.error = PeerMismatch("The two servers asked the helper for different correlations.")
            raise PeerMismatch(str(room.error))
        self._dealt[wish.room] = None
        if len(self._dealt) > _REMEMBERED:
            del self._dealt[next(iter(self._dealt))]
        both = Portion(self.rng.token(SEED_BYTES)), Portion(self.rng.token(SEED_BYTES))
        self._portions.update(both)
        room.portion = both[room.first.party]
        self.dealers.submit(self._deal, wish, both)
        return both[wish.party]

    def _deal(self, wish: Wish, both: tuple[Portion, Portion]) -> None:
        error: AppError | None = None
        sent = [0, 0]
        try:
            dealing = Dealing(wish.plan, (both[0].seed, both[1].seed), self.pool)
            for batch in wish.plan.batches():
                first, second = (np.empty(size, np.uint8) for size in wish.plan.stored_bytes(batch))
                dealing.fill(batch, (first, second))
                for party, piece in ((Party.P0, first), (Party.P1, second)):
                    both[party].put(piece)
                    sent[party] += piece.size
        except AppError as stopped:
            error = stopped
        except Exception:
            _LOG.exception("dealing failed")
            error = JobFailed("The helper met an unexpected error; its log has the details.")
        finally:
            for portion in both:
                portion.end(error)
            with self._state:
                self._portions.difference_update(both)
        about = f"segment {wish.segment} of job {wish.opening.job}, plan {wish.opening.plan}"
        _LOG.info("%s: %s bytes dealt to A, %s to B%s", about, *sent, f"; stopped: {error}" if error else "")
