"""What a stream of news is made of."""

from __future__ import annotations

from server_node.api.schemas.fields import COUNT, NUMBER, OBJECT, TIME, Record, choice, either
from server_node.news.feed import KINDS

START = Record({"kind": choice("start"), "time": TIME, "body": Record({"oldest": COUNT, "newest": COUNT})})
PIECE = Record({"id": COUNT, "time": TIME, "kind": choice(*KINDS), "body": OBJECT})
_LOAD = Record(
    {
        "processor_percent": NUMBER,
        "memory_used": COUNT,
        "memory_total": COUNT,
        "received_per_second": COUNT,
        "sent_per_second": COUNT,
        "disk_free": COUNT,
        "disk_total": COUNT,
        "uptime_seconds": COUNT,
        "running_jobs": COUNT,
        "waiting_jobs": COUNT,
    }
)
LOAD = Record({"kind": choice("load"), "time": TIME, "body": _LOAD})
MESSAGE = either(START, PIECE, LOAD, says="the start of a stream, a piece of news, or the load")
