"""The helper process without a process: actions run in a thread, and everything still goes through JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from desktop_client.worker.table import find_action
from tests.helpers.desktop.kept_models import new_channel


async def run_inline(
    do: str,
    args: Mapping[str, Any],
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    on_part: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """As ``desktop_client.jobs.child.run_child``."""
    channel, sink = new_channel()
    request = json.loads(json.dumps(dict(args)))
    result = await asyncio.to_thread(find_action(do), request, channel)
    for line in map(json.loads, sink.getvalue().splitlines()):
        for name, call in (("progress", on_progress), ("part", on_part)):
            if name in line and call is not None:
                call(line[name])
    found: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
    return found
