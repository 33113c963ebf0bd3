"""All gradients of a step as one long vector, so that every tensor is updated in the same rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch

from common.schedule import RATE_BITS
from server_node.offline.views import PLAIN
from server_node.online.circuits import flip
from server_node.online.comparison import is_negative, select, select_all
from server_node.online.linear import Masked, mask_values, matmul, square
from server_node.online.roots import inverse_square_root
from server_node.online.session import Session
from server_node.online.steps import Steps, together
from server_node.online.truncation import multiples
from server_node.train.layers.layer import Gradient

_WIDTH: Final = 56
_WINDOW: Final = 30
_COARSE: Final = 24
_CLIP_PLACES: Final = 20
_NORM_PLACES: Final = 30
_FACTOR_PLACES: Final = 32
_BLOCK: Final = 32
"""Squares that are added before they are rounded: with 40 places and below 2^16 each, they stay below 2^62."""
_DOWN: Final = 10
"""Norms from 2^10 on are looked at over 2^10."""
_LARGE: Final = 1 << _NORM_PLACES


@dataclass(frozen=True)
class Vector:
    """Share mod 2^ring_bits of mean gradients times 2^(fraction_bits + surplus)."""

    share: torch.Tensor
    surplus: int
    ring_bits: int


def joined(gradients: Mapping[str, Gradient], batch_bits: int) -> Vector:
    """All gradients one after the other, with the mean over the batch as further places; at least 16 surplus bits."""
    surplus = max(RATE_BITS, *(gradient.surplus for gradient in gradients.values()))
    parts = [gradient.share.reshape(-1) << (surplus - gradient.surplus) for gradient in gradients.values()]
    # A share that is valid mod 2^r is valid mod 2^(r + n) after n places more.
    ring_bits = min(gradient.ring_bits + surplus - gradient.surplus for gradient in gradients.values())
    return Vector(torch.cat(parts), surplus + batch_bits, min(64, ring_bits))


def rounded(session: Session, vector: Vector, places: int) -> Steps[torch.Tensor]:
    """Share mod 2^64 with so many fractional bits. *Rounds* 1."""
    shift = session.fraction_bits + vector.surplus - places
    (share,) = yield from multiples(session, vector.share, [(1, shift)], vector.ring_bits)
    return share


def clipped(session: Session, vector: Vector, largest: float) -> Steps[Vector]:
    """The vector if its norm is at most ``largest``, else the vector of that norm in its direction.

    Right for norms below 2^21: that are up to 2^26 elements below 2^8 in size. The factor is off by at most one part in
    a thousand, and has 32 places; ``largest`` is below 2^11.

    *Rounds* 34. *Bytes* 8 per element each way, the norm itself costs next to nothing.
    """
    share = yield from rounded(session, vector, _CLIP_PLACES)
    (masked,) = yield from mask_values(session, share[:, None])
    fine, coarse = yield from _squared_norm(session, masked)
    large = flip(session, (yield from is_negative(session, coarse - session.public(_LARGE, coarse), _WIDTH)))
    limit = largest * largest
    beyond, far_beyond = (
        squared - session.public(max(1, round(limit * 2.0**places)), squared)
        for squared, places in ((fine, _NORM_PLACES), (coarse, _NORM_PLACES - 2 * _DOWN))
    )
    seen, above = yield from select_all(session, [(large, coarse - fine), (large, far_beyond - beyond)])
    (inverse, places), negative = yield from together(
        wide_inverse_root(session, fine + seen, _NORM_PLACES), is_negative(session, beyond + above, _WIDTH)
    )
    # The product with the limit, of about 28 bits, is the factor: at most one wherever it is used.
    scale = 28 - max(0, round(largest).bit_length())
    multiplier, shift = round(largest * (1 << scale)), places + scale - _FACTOR_PLACES
    factor, small = yield from multiples(session, inverse, [(multiplier, shift), (multiplier, shift + _DOWN)])
    factor = factor + (yield from select(session, large, small - factor))
    one = session.public(1 << _FACTOR_PLACES, factor)
    less = yield from select(session, flip(session, negative), factor - one)
    (masked_factor,) = yield from mask_values(session, (one + less)[:, None])
    scaled = matmul(session, masked, masked_factor, (PLAIN, PLAIN))
    return Vector(scaled.reshape(-1), _CLIP_PLACES + _FACTOR_PLACES - session.fraction_bits, 64)


def _squared_norm(session: Session, x: Masked) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """The sum of the squares [1] with ``_NORM_PLACES`` and with 2 ``_DOWN`` fewer, for elements below 2^8 in size.

    Squares are added in blocks that cannot wrap, and these once they have fewer places. The first is right for norms
    below 2^15, the second for all.
    """
    squares = square(session, x).reshape(-1)
    blocks = torch.nn.functional.pad(squares, (0, -squares.numel() % _BLOCK)).reshape(-1, _BLOCK).sum(dim=1)
    shift = 2 * _CLIP_PLACES - _NORM_PLACES
    fine, coarse = yield from multiples(session, blocks, [(1, shift), (1, shift + 2 * _DOWN)])
    return fine.sum(dim=0, keepdim=True), coarse.sum(dim=0, keepdim=True)


def wide_inverse_root(session: Session, x: torch.Tensor, x_places: int) -> Steps[tuple[torch.Tensor, int]]:
    """(share of 1 / sqrt(x), its fractional bits) for x in [1, 2^54) in the ring with an even ``x_places`` of them.

    From 2^30 on x is looked at without its lowest 24 bits: that moves the result by at most one part in a hundred
    there, and by less than one in a thousand above 2^34.

    *Rounds* 19. *Bytes* about 125 per element each way.
    """
    (coarse,), is_fine = yield from together(
        multiples(session, x, [(1, _COARSE)]), is_negative(session, x - session.public(1 << _WINDOW, x), _WIDTH)
    )
    seen = coarse + (yield from select(session, is_fine, x - coarse))
    places = 30 - x_places // 2
    inverse = yield from inverse_square_root(session, seen, x_places, places)
    up = _COARSE // 2
    more = yield from select(session, is_fine, inverse * ((1 << up) - 1))
    return inverse + more, places + up


def flat(tensors: Mapping[str, torch.Tensor], names: list[str]) -> torch.Tensor:
    """The named tensors as one vector."""
    return torch.cat([tensors[name].reshape(-1) for name in names])


def put(tensors: dict[str, torch.Tensor], names: list[str], values: torch.Tensor) -> None:
    """Give the named tensors the values of a vector, each in its shape."""
    start = 0
    for name in names:
        size, shape = tensors[name].numel(), tensors[name].shape
        tensors[name] = values[start : start + size].reshape(shape)
        start += size
