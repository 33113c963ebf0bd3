"""What mixing and masking make of sample pictures that are drawn by arithmetic; a real image is never needed for it.

Partners and coefficients come from the same public schedule that the servers follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto.prg import SEED_BYTES
from common.crypto.rng import RandomSource
from common.schedule import WEIGHT_BITS, mix_plan

SIDE: Final = 48
Picture = npt.NDArray[np.uint8]
_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hidden:
    """Grey pictures [side, side]: the ``sources`` with their ``shares`` of the mixture, the mixture, what is trained
    on, and what is left of that if somebody drops the signs.
    """

    sources: tuple[Picture, ...]
    shares: tuple[float, ...]
    mixed: Picture
    trained: Picture
    unmasked: Picture


def hide_samples(k: int, mask: bool, scale: str, draw: int, rng: RandomSource) -> Hidden:
    """Mix the first sample with ``k - 1`` others; another ``draw`` gives other partners."""
    values = samples() if scale == "unit" else 2.0 * samples() - 1.0
    plan = mix_plan(draw.to_bytes(SEED_BYTES, "little"), 0, len(values), k)
    weights = plan.weights[0] / float(1 << WEIGHT_BITS)
    mixed = np.tensordot(weights, values[plan.sources[0]], axes=1)
    bits = np.frombuffer(rng.token(mixed.size), np.uint8) & 1
    signs = 1.0 - 2.0 * bits.reshape(mixed.shape).astype(np.float64) if mask else np.ones(mixed.shape)
    is_signed = scale == "signed"
    return Hidden(
        sources=tuple(_picture(samples()[source], False) for source in plan.sources[0]),
        shares=tuple(float(weight) for weight in weights),
        mixed=_picture(mixed, is_signed),
        trained=_picture(mixed * signs, mask or is_signed),
        unmasked=_picture(np.abs(mixed), False) if mask else _picture(mixed, is_signed),
    )


@cache
def samples() -> _Values:
    """Six pictures from 0 to 1: a ring, a cross, a slanted bar, a frame, a wedge and two spots."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1) * 2.0 - 1.0
    radius = np.hypot(x, y)
    drawn = [
        _soft(0.16 - np.abs(radius - 0.6)),
        _soft(0.15 - np.minimum(np.abs(x), np.abs(y))) * _soft(0.8 - np.maximum(np.abs(x), np.abs(y))),
        _soft(0.17 - np.abs(x - 0.6 * y)) * _soft(0.8 - np.abs(y)),
        _soft(0.14 - np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.6)),
        _soft(np.minimum(0.65 - y, y + 0.7 - 1.9 * np.abs(x))),
        np.maximum(_soft(0.3 - np.hypot(x - 0.4, y - 0.35)), _soft(0.3 - np.hypot(x + 0.4, y + 0.35))),
    ]
    return np.stack(drawn)


def _soft(distance: Any) -> _Values:
    """1 inside, 0 outside, with a soft edge."""
    found: _Values = np.clip(distance * 9.0 + 0.5, 0.0, 1.0)
    return found


def _picture(values: _Values, is_signed: bool) -> Picture:
    scaled = (values + 1.0) / 2.0 if is_signed else values
    found: Picture = np.clip(np.rint(scaled * 255.0), 0, 255).astype(np.uint8)
    return found
