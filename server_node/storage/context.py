"""What every part of a node needs to know: who it is, what time it is and where events are recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from common.config import Settings
from common.crypto.rng import RandomSource, SystemRandom
from common.deployment import NodeEntry
from common.errors import BadInput
from common.ids import Party
from common.merkle.entry import Action
from common.net.identity import NodeIdentity
from server_node.policy.policy import Policy

Clock = Callable[[], float]


class Record(Protocol):
    """Puts one event into the local outbox, from where it goes to the log node."""

    async def __call__(
        self,
        action: Action,
        subject: dict[str, Any],
        author: str | None = None,
        evidence: dict[str, Any] | None = None,
    ) -> None:
        """``author`` is the verify key of the user who did it, None for this node itself.

        ``subject`` holds ids, hashes and numbers only; ``evidence`` is the document the user signed.
        """
        ...


class Announce(Protocol):
    """Tells the programs of members what is new; nothing depends on whether anybody hears it."""

    async def __call__(self, kind: str, body: dict[str, Any], audience: Collection[str] | None) -> None:
        """``body`` holds ids, names and states, never a secret; ``audience`` names users, None means everybody."""
        ...


async def _to_nobody(kind: str, body: dict[str, Any], audience: Collection[str] | None) -> None:
    return None


@dataclass(frozen=True)
class NodeContext:
    """Identity, settings, clock, randomness, record, news and operator's policy of one node."""

    identity: NodeIdentity
    settings: Settings
    record: Record
    clock: Clock = time.time
    rng: RandomSource = field(default_factory=SystemRandom)
    announce: Announce = _to_nobody
    policy: Policy = field(default_factory=Policy)

    @property
    def party(self) -> Party:
        return Party.from_letter(self.identity.role)

    @property
    def other(self) -> NodeEntry:
        """The other computing server."""
        return self.identity.deployment.node(self.party.other.letter)

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock())


def to_text(seconds: int) -> str:
    """``YYYY-MM-DDThh:mm:ssZ``, the form of every time in documents and answers."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(value: object, name: str) -> int:
    """Seconds since 1970.

    Raises:
        BadInput: not a time of the form ``YYYY-MM-DDThh:mm:ssZ``.
    """
    try:
        if not isinstance(value, str):
            raise ValueError(name)
        return int(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{name} must be a time such as 2026-01-31T12:00:00Z.", field=name) from error
