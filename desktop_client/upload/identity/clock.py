"""The time that signed documents carry, and what to say when a node has another one."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from common.errors import BadInput

_T = TypeVar("_T")


def now_text() -> str:
    """``YYYY-MM-DDThh:mm:ssZ``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def with_clock(request: Coroutine[Any, Any, _T]) -> _T:
    """The answer of a request that carries a time.

    Raises:
        BadInput: as the node says; where the clocks differ, with both times.
    """
    try:
        return await request
    except BadInput as error:
        theirs = error.details.get("node_time")
        if not isinstance(theirs, str):
            raise
        again = BadInput(f"Clocks differ: the node says {theirs[:20]}, this machine {now_text()}. Set the wrong one.")
        again.details = error.details
        raise again from error
