"""The sources of correlations that the two servers make by themselves, by name: a new one is a new row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from common.errors import SpecRefused
from server_node.offline.lattice.source import HybridSource
from server_node.offline.source import CotSource, Source

OWN_SOURCES: Final[Mapping[str, Callable[[], Source]]] = {
    CotSource.name: CotSource,
    HybridSource.name: HybridSource,
}


def source_of(name: str) -> Source:
    """A source that needs nobody but A and B, ready to be opened.

    Raises:
        SpecRefused: this program cannot make correlations in that way.
    """
    if name not in OWN_SOURCES:
        known = ", ".join(OWN_SOURCES)
        raise SpecRefused(f"This server's program makes correlations by {known}, not by {name}.", field="preparation")
    return OWN_SOURCES[name]()
