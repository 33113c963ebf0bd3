"""Which real components the tests may use; `make services` starts them and says where they are."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

import pytest

REDIS, MYSQL, IPFS = "IMGUARD_TEST_REDIS", "IMGUARD_TEST_MYSQL", "IMGUARD_TEST_IPFS"
JSIPFS = "IMGUARD_TEST_JSIPFS"
_REQUIRED = "IMGUARD_TEST_SERVICES"
PATIENCE = 60.0


def need(*names: str) -> list[str]:
    """The values of these environment variables. Skips the test without them, or fails it where they are required."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        reason = f"{' and '.join(missing)} not set: run `make services`"
        if os.environ.get(_REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return [os.environ[name] for name in names]


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else go on until this holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        await asyncio.sleep(0.01)
