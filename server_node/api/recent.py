"""Who asks and about what, remembered for a moment: a client that sends chunk after chunk asks the same each time.

What was read counts as long as nothing was changed in the database since, and never longer than a second.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from server_node.storage.database import Database

SECONDS: Final = 1.0
_MOST: Final = 1024
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Found:
    value: Any
    changes: int
    until: float


class Recent:
    """Values that were read from the database, by the kind of change that makes them old, and their key."""

    def __init__(self, database: Database, ticks: Callable[[], float] = time.monotonic) -> None:
        self._database, self._ticks = database, ticks
        self._found: dict[tuple[str, str], _Found] = {}

    async def get(self, of: str, key: str, read: Callable[[str], Awaitable[_T]]) -> _T:
        """What ``read(key)`` gives, or gave a moment ago; errors are not remembered.

        One ``read`` for each ``of``; it looks at nothing that a transaction of another kind changes.
        """
        now, changes = self._ticks(), self._database.changes(of)
        found = self._found.get((of, key))
        if found is not None and found.changes == changes and now < found.until:
            value: _T = found.value
            return value
        # Counted before it was read: a change while it is read makes it old.
        value = await read(key)
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[of, key] = _Found(value, changes, now + SECONDS)
        return value
