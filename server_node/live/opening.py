"""The live state that a node's settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from common.config import Settings
from common.crypto.rng import RandomSource
from common.errors import ConfigError
from common.net.endpoint import Endpoint, EndpointFiles, parse_endpoint
from server_node.live.memory import MemoryLive
from server_node.live.shared import SharedLive
from server_node.live.state import LiveState

MEMORY = "memory:"
_SETTING = "live_url"


@asynccontextmanager
async def open_live(
    folder: Path, settings: Settings, storage_key: bytes, rng: RandomSource
) -> AsyncIterator[LiveState]:
    """Live state as long as the context; a Redis that is not there is waited for meanwhile.

    Raises:
        ConfigError: the setting cannot be used.
    """
    live: LiveState
    if settings[_SETTING] == MEMORY:
        live = MemoryLive()
    else:
        live = SharedLive(live_endpoint(folder, settings), storage_key, rng)
        await live.start()
    try:
        yield live
    finally:
        await live.close()


def live_endpoint(folder: Path, settings: Settings) -> Endpoint:
    """Where Redis is.

    Raises:
        ConfigError: not a URL of a Redis, or a password would cross the network in clear.
    """
    secret, certificates = settings["live_password_file"], settings["live_ca_file"]
    files = EndpointFiles(folder / secret if secret else None, folder / certificates if certificates else None)
    found = parse_endpoint(_SETTING, settings[_SETTING], ("redis", "rediss"), files)
    if found.path and not (found.path.isascii() and found.path.isdigit() and len(found.path) <= 5):
        raise ConfigError(f"Setting {_SETTING!r} may end with the number of a database only.", setting=_SETTING)
    if found.scheme == "redis" and not found.is_local:
        raise ConfigError(f"Setting {_SETTING!r} needs rediss: (TLS) for another machine.", setting=_SETTING)
    return found
