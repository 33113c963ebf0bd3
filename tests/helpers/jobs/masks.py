"""Watches what the store of correlations hands out during a job: every mask that may hide a value, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import torch

from server_node.jobs import computation
from server_node.offline.store import StoredCorrelations

RING: Final = "ring"
BITS: Final = "bits"
OWN: Final = "own"
"""Kinds of masks: shares of a ring mask, xor shares of mask bits, bits of this party alone."""
HIDING: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "mask": (("share", RING),),
    "selectors": (("mask", RING), ("bit", BITS)),
    "bit_triples": (("a", BITS), ("b0", BITS), ("b1", BITS)),
    "private_and": (("own", OWN),),
    "private_product": (("own", OWN),),
}
"""Fields of each correlation that hide one value each, in the order in which the operations open them."""


@dataclass
class Handed:
    """What one party was handed: (kind, mask) in order, and the pads of its sign flips."""

    masks: list[tuple[str, torch.Tensor]] = field(default_factory=list)
    signs: list[Any] = field(default_factory=list)

    def of(self, *kinds: str) -> list[tuple[str, torch.Tensor]]:
        return [(kind, mask) for kind, mask in self.masks if kind in kinds]


class Recording:
    """The store itself, but everything it hands out is noted."""

    def __init__(self, store: StoredCorrelations, handed: Handed) -> None:
        self._store, self._handed = store, handed

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._store, name)
        if name not in HIDING and name != "signs":
            return plain

        def noting(*arguments: Any) -> Any:
            correlation = plain(*arguments)
            if name == "signs":
                self._handed.signs.append(correlation)
            for attribute, kind in HIDING.get(name, ()):
                self._handed.masks.append((kind, getattr(correlation, attribute).clone()))
            return correlation

        return noting


def record_masks(monkeypatch: pytest.MonkeyPatch) -> tuple[Handed, Handed]:
    """Note the masks of all jobs from now on; the job folder tells the parties apart."""
    handed = (Handed(), Handed())

    def opened(folder: Any, *rest: Any) -> Any:
        return Recording(StoredCorrelations(folder, *rest), handed["ab".index(folder.parent.name)])

    monkeypatch.setattr(computation, "StoredCorrelations", opened)
    return handed
