"""The accounts of a log node, ready for requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.accounts.bootstrap import Bootstrap
from common.accounts.store import Desk
from common.config import Settings
from common.crypto.rng import RandomSource
from common.errors import Conflict
from common.merkle.entry import Action, user_actor
from common.net.identity import NodeIdentity
from log_node.accounts.storage import TableStorage
from log_node.accounts.throttle import Throttle

FILE_NAME: Final = "accounts.db"
_log = logging.getLogger("imguard.accounts")


@dataclass(frozen=True)
class Reception:
    """The rules of accounts at this node, and how often somebody may try."""

    desk: Desk
    throttle: Throttle

    async def awaits_administrator(self) -> bool:
        """Whether the bootstrap token of this node can be used."""
        async with self.desk.storage.reading() as store:
            return self.desk.bootstrap.exists and not await store.administrators()


@asynccontextmanager
async def open_reception(folder: Path, identity: NodeIdentity, settings: Settings) -> AsyncIterator[Reception]:
    """Raises:
    StoreDamaged: the file of accounts cannot be used.
    """
    storage = await asyncio.to_thread(TableStorage, folder / FILE_NAME)
    try:
        desk = Desk(
            storage=storage,
            verify_key=identity.signing.verify_key,
            bootstrap=Bootstrap(folder),
            record=_record,
            challenge_seconds=settings["challenge_seconds"],
            token_minutes=settings["token_minutes"],
        )
        yield Reception(desk, Throttle(settings["logins_per_minute"]))
    finally:
        storage.close()


def renew_bootstrap(folder: Path, rng: RandomSource) -> str:
    """A new token for the first administrator of the node in ``folder``, which may be running.

    Raises:
        Conflict: there is an administrator already.
        StoreDamaged: the file of accounts cannot be used.
    """
    if (folder / FILE_NAME).exists():
        storage = TableStorage(folder / FILE_NAME)
        try:
            if storage.has_administrator():
                raise Conflict("This node has an administrator already, who can invite others.")
        finally:
            storage.close()
    return Bootstrap(folder).renew(rng)


async def _record(action: Action, subject: dict[str, Any], author: str | None = None) -> None:
    """Only A and B write to the log; what happens to accounts here stands in the program's own log, by pseudonym."""
    _log.info("%s by %s: %s", action, user_actor(author) if author else "node", subject)
