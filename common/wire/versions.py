"""The versions of everything that programs of a deployment exchange, to compare two programs before something fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common import deployment, specification
from common.merkle import entry
from common.sharing import bundle, manifest, share_chunk
from common.wire import framing

PROTOCOLS: Final[Mapping[str, int]] = {
    "deployment": deployment.VERSION,
    "manifest": manifest.VERSION,
    "bundle": bundle.VERSION,
    "share chunk": share_chunk.VERSION,
    "project": specification.VERSION,
    "event": entry.EVENT_VERSION,
    "wire": framing.VERSION,
}
"""Name of a format and the version this program writes."""


def differences(theirs: Mapping[str, object]) -> list[str]:
    """What another program says differently, as words; formats that only one side knows count."""
    found = []
    for name in sorted({*PROTOCOLS, *theirs}):
        mine, other = PROTOCOLS.get(name), theirs.get(name)
        if mine != other:
            found.append(f"{name[:40]} {other if isinstance(other, int) else 'unknown'} instead of {mine or 'none'}")
    return found
