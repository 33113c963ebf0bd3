"""The images of a job as shares: gathered in the small ring and lifted once to 64 bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import torch

from common.schedule import hold_back
from server_node.online.session import Session
from server_node.online.truncation import lift

_LIFT_ELEMENTS: Final = 1 << 20


class ChunkShare(Protocol):
    """What a stored chunk gives: shares in the small ring."""

    def pixels_share(self) -> npt.NDArray[Any]: ...

    def labels_share(self) -> npt.NDArray[Any]: ...


@dataclass(frozen=True)
class Samples:
    """Shares mod 2^64 of pixel numerators [n, pixels] and one-hot labels [n, classes], and who is held back."""

    pixels: torch.Tensor
    labels: torch.Tensor
    training: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]


@dataclass(frozen=True)
class SmallShares:
    """Shares of pixels and labels side by side, mod 2^ring_bits: [n, pixels + classes]."""

    values: torch.Tensor
    pixels: int
    ring_bits: int


def gather(chunks: Iterable[ChunkShare], ring_bits: int) -> SmallShares:
    """Put the chunks of all data sets together, in order."""
    pixels, labels = [], []
    for chunk in chunks:
        share = chunk.pixels_share()
        pixels.append(share.reshape(len(share), -1))
        labels.append(chunk.labels_share())
    width = pixels[0].shape[1]
    small = np.concatenate([np.concatenate(pixels), np.concatenate(labels)], axis=1)
    return SmallShares(torch.from_numpy(small.astype(np.int64)), width, ring_bits)


def shapes_only(count: int, pixels: int, classes: int, ring_bits: int) -> SmallShares:
    """What :func:`gather` gives, without values, for recording a plan."""
    return SmallShares(torch.empty((count, pixels + classes), dtype=torch.int64, device="meta"), pixels, ring_bits)


def lift_samples(session: Session, small: SmallShares, counts: list[int], validation: int) -> Samples:
    """Lift everything to 64 bits. *Rounds* one per 2^20 elements. *Bytes* one bit per element each way."""
    rows = len(small.values)
    step = max(1, _LIFT_ELEMENTS // small.values.shape[1])
    parts = [
        session.run(lift(session, small.values[start : start + step].to(session.device), small.ring_bits))
        for start in range(0, rows, step)
    ]
    lifted = torch.cat(parts)
    training, held_back = hold_back(counts, validation)
    return Samples(lifted[:, : small.pixels], lifted[:, small.pixels :], training, held_back)
