"""The ways to prepare a job, each with its price: a new source is a new row here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common.deployment import HELPER
from server_node.estimate.counting.preparing import DealtSource, OwnSource
from server_node.offline.lattice.source import HybridSource
from server_node.offline.source import CotSource

SOURCES: Final[Mapping[str, OwnSource | DealtSource]] = {
    CotSource.name: OwnSource(encrypts=False),
    HybridSource.name: OwnSource(encrypts=True),
    HELPER: DealtSource(),
}
