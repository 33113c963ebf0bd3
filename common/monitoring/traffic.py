"""What a program counts about its requests, in the registry that monitoring programs read."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Traffic:
    """Requests by route and status, how long they took and how much they brought; memory and time of this process.

    ``answered`` is how many there were altogether.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answered = 0
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "imguard_requests", "Requests that were answered.", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "imguard_request_seconds", "Time to the answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self._bytes = Counter(
            "imguard_request_bytes", "Bytes of request bodies.", ["route"], registry=self.registry
        )

    def count(self, route: str, status: int, seconds: float, size: int) -> None:
        """Note one answered request; ``route`` is a name from the table of routes, never a path."""
        self.answered += 1
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if size:
            self._bytes.labels(route).inc(size)

    def text(self) -> bytes:
        """Everything in the registry, in the form Prometheus reads."""
        return bytes(generate_latest(self.registry))
