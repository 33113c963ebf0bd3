"""Makes signed events: who did what to which hashes. No name and no free text goes in, only pseudonyms and ids."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from common.crypto.rng import RandomSource, SystemRandom
from common.documents import sign_document
from common.errors import BadInput
from common.merkle.entry import EVENT_KIND, EVENT_VERSION, check_event, user_actor
from common.net.identity import NodeIdentity
from server_node.audit.outbox import Outbox

KeyOf = Callable[[str], Awaitable[str | None]]
"""Gives the verify key of an account by its name, or None."""

_VERIFY_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class EventMaker:
    """Signs events in the name of one node."""

    identity: NodeIdentity
    clock: Callable[[], float] = time.time
    rng: RandomSource = field(default_factory=SystemRandom)

    def by_node(self, action: str, subject: Mapping[str, Any]) -> dict[str, Any]:
        """An event that this node caused itself.

        Raises:
            BadInput: the subject holds something else than ids, hashes and numbers.
        """
        return self._make(action, f"node:{self.identity.role}", subject, None)

    def by_user(
        self, action: str, verify_key: str, subject: Mapping[str, Any], evidence: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """An event that a user caused; ``evidence`` is the user's own signed consent, withdrawal, start or deletion.

        Raises:
            BadInput: as :meth:`by_node`, or the evidence is not of this user or not of a kind the log takes.
        """
        return self._make(action, user_actor(verify_key), subject, evidence)

    def _make(
        self, action: str, actor: str, subject: Mapping[str, Any], evidence: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "version": EVENT_VERSION,
            "id": self.rng.token(16).hex(),
            "time": datetime.fromtimestamp(int(self.clock()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "actor": actor,
            "action": str(action),
            "subject": dict(subject),
        }
        if evidence is not None:
            body["evidence"] = dict(evidence)
        try:
            document = sign_document(EVENT_KIND, body, self.identity.signing)
        except ValueError as error:
            raise BadInput("An event must be canonical JSON without floating point.") from error
        check_event(document)
        return document


class Recorder:
    """``await record(action, actor, subject)``: one event, on this node's disk when it returns."""

    def __init__(self, maker: EventMaker, outbox: Outbox, key_of: KeyOf) -> None:
        self._maker = maker
        self._outbox = outbox
        self._key_of = key_of

    async def __call__(
        self, action: str, actor: str, subject: Mapping[str, Any], evidence: Mapping[str, Any] | None = None
    ) -> None:
        """``actor`` is this node's name, a user's verify key or an account name.

        Raises:
            BadInput: nobody is called so, or the subject holds something else than ids, hashes and numbers.
            DiskFull, StoreDamaged: the event could not be kept; whatever it records must not go on.
        """
        if actor == self._maker.identity.name:
            document = self._maker.by_node(action, subject)
        else:
            key = actor if _VERIFY_KEY.fullmatch(actor) else await self._key_of(actor)
            if key is None:
                raise BadInput("An event needs an actor that has a key.", field="actor")
            document = self._maker.by_user(action, key, subject, evidence)
        await asyncio.to_thread(self._outbox.add, document)
