"""Watches what the store of correlations hands out during a job: everything that may hide a value, in order.

Operations open a value right after they asked for what hides it, and protocols that share rounds take turns in the same
order, so the n-th value of a kind that is opened is hidden by the n-th mask of that kind.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import torch

from server_node.offline.provider import RandomOts
from server_node.offline.store import StoredCorrelations
from server_node.worker import task

RING: Final = "ring"
BITS: Final = "bits"
OWN: Final = "own"
VALUES: Final = "values"
SHARE: Final = "share"
"""Kinds of masks: shares of a ring mask, xor shares of mask bits, bits and ring values of this party alone, and random
shares of a result that are never opened at all."""
HIDING: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "mask": (("share", RING),),
    "bit_triples": (("a", BITS), ("b0", BITS), ("b1", BITS)),
    "private_and": (("own", OWN),),
    "private_product": (("own", OWN),),
    "private_pairs": (("own", OWN),),
    "digit_pads": (("index", OWN),),
    "random_ots": (("own", OWN),),
    "private_values": (("own", VALUES),),
}
"""Fields of each correlation that hide one value each, in the order in which the operations open them."""


@dataclass
class Handed:
    """What one party was handed: (kind, mask) in order; the OTs of sign flips; and what hides ring values of one party
    alone, in order: masks, or the OTs of a selection with the bytes of a pad."""

    masks: list[tuple[str, torch.Tensor]] = field(default_factory=list)
    signs: list[RandomOts] = field(default_factory=list)
    swaps: list[torch.Tensor | tuple[RandomOts, int]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[tuple[str, torch.Tensor]]:
        return [(kind, mask) for kind, mask in self.masks if kind in kinds]

    def note(self, name: str, correlation: Any, arguments: tuple[Any, ...], caller: str) -> None:
        """Remember what a call of the store gave to the function ``caller``."""
        if caller == "flip_signs":
            self.signs.append(correlation)
            return
        for attribute, kind in HIDING[name]:
            mask = getattr(correlation, attribute).clone()
            parts = mask if name == "private_pairs" else [mask]
            self.masks += [(SHARE if caller == "look_up" else kind, part) for part in parts if part.numel()]
        if name == "random_ots":
            self.swaps.append((correlation, arguments[1]))
        elif name == "private_values":
            self.swaps.append(correlation.own)


class Recording:
    """The store itself, but everything it hands out is noted."""

    def __init__(self, store: StoredCorrelations, handed: Handed) -> None:
        self._store, self._handed = store, handed

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._store, name)
        if name not in HIDING:
            return plain

        def noting(*arguments: Any) -> Any:
            correlation = plain(*arguments)
            caller = sys._getframe(1)
            while caller.f_code.co_name in ("<listcomp>", "<genexpr>"):
                assert caller.f_back is not None
                caller = caller.f_back
            self._handed.note(name, correlation, arguments, caller.f_code.co_name)
            return correlation

        return noting


def record_masks(monkeypatch: pytest.MonkeyPatch) -> tuple[Handed, Handed]:
    """Note the masks of all jobs from now on; the job folder tells the parties apart."""
    handed = (Handed(), Handed())

    def opened(folder: Any, *rest: Any) -> Any:
        return Recording(StoredCorrelations(folder, *rest), handed["ab".index(folder.parent.name)])

    monkeypatch.setattr(task, "StoredCorrelations", opened)
    return handed
