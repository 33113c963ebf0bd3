"""What mixing and masking make of a few images, in the clear and on this machine only.

The servers do this on shares and never see a result; see hide-v1. Partners and coefficients come from the same public
schedule that they follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from common.errors import UsageError
from common.schedule import WEIGHT_BITS, mix_plan
from common.specification import SCALES
from desktop_client.offline_plugin.looking.pictures import from_array, png, thinned

MAX_IMAGES: Final = 16
MAX_SIDE: Final = 128
MIXES: Final = (1, 2, 4, 6)


@dataclass(frozen=True)
class Hidden:
    """One image after mixing and after masking, as PNG files; ``weights`` are 256ths of the images ``sources``."""

    mixed: bytes
    hidden: bytes
    sources: list[int]
    weights: list[int]


@dataclass(frozen=True)
class Choice:
    """How images are hidden, as a project's specification says it.

    Raises:
        UsageError: a value that no project can have.
    """

    k: int
    mask: bool
    scale: str

    def __post_init__(self) -> None:
        if self.k not in MIXES or self.scale not in SCALES:
            raise UsageError(f"k is one of {MIXES}, and the scale one of {SCALES}.")


def hide(images: npt.NDArray[Any], bits: int, choice: Choice, seed: bytes, rng: RandomSource) -> list[Hidden]:
    """Each of at most 16 images ``[n, h, w, c]`` mixed with others of them; the same seed gives the same partners.

    Of large images every n-th pixel is shown. Black is the least and white the greatest value that can occur, so zero
    is grey where values have signs.
    """
    plan = mix_plan(seed, 0, len(images), choice.k)
    top = float(2**bits - 1)
    values = np.stack([thinned(image, MAX_SIDE) for image in images]).astype(np.float64) / top
    if choice.scale == "signed":
        values = 2.0 * values - 1.0
    weights = plan.weights / float(1 << WEIGHT_BITS)
    found = []
    for row, (sources, parts) in enumerate(zip(plan.sources, weights, strict=True)):
        mixed = np.tensordot(parts, values[sources], axes=1)
        hidden = mixed * _signs(mixed.shape, rng) if choice.mask else mixed
        drawn = png(from_array(_shown(mixed, choice.scale == "signed")))
        masked = png(from_array(_shown(hidden, choice.mask or choice.scale == "signed")))
        found.append(Hidden(drawn, masked, [int(one) for one in sources], [int(one) for one in plan.weights[row]]))
    return found


def _signs(shape: tuple[int, ...], rng: RandomSource) -> npt.NDArray[np.float64]:
    bits = np.frombuffer(rng.token(math.prod(shape)), np.uint8) & 1
    return 1.0 - 2.0 * bits.reshape(shape).astype(np.float64)


def _shown(values: npt.NDArray[np.float64], is_signed: bool) -> npt.NDArray[np.uint8]:
    scaled = (values + 1.0) / 2.0 if is_signed else values
    return np.clip(np.rint(scaled * 255.0), 0, 255).astype(np.uint8)
