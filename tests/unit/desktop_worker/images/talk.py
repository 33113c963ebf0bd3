"""Runs an action of the worker in this process and gathers what it says."""

from __future__ import annotations

import io
import json
from typing import Any

from desktop_client.worker.channel import Channel, Lines
from desktop_client.worker.table import find_action


class Talk:
    """What one action said: ``parts`` by name, ``progress`` and the result."""

    def __init__(self, name: str, args: dict[str, Any], cancelled: bool = False) -> None:
        sink = io.BytesIO()
        channel = Channel(Lines(io.BytesIO(), sink), 1)
        if cancelled:
            channel.cancel()
        try:
            self.result = find_action(name)(json.loads(json.dumps(args)), channel)
            json.dumps(self.result)
        finally:
            said = [json.loads(line) for line in sink.getvalue().splitlines()]
            self.progress = [one["progress"] for one in said if "progress" in one]
            self.parts: dict[str, list[Any]] = {}
            for part in (one["part"] for one in said if "part" in one):
                for key, rows in part.items():
                    self.parts.setdefault(key, []).extend(rows)
