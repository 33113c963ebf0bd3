"""A sign of life: is the child process there, and what does it speak."""

from __future__ import annotations

import os
from typing import Any

from desktop_client.worker.channel import Channel


def echo(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """The arguments as they came, and the number of the process."""
    channel.check()
    return {"args": args, "pid": os.getpid()}
