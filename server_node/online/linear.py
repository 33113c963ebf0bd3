"""Products of secret values with Beaver masks (Beaver, CRYPTO 1991).

A masked value is opened once, however often it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels.matmul import ring_matmul
from server_node.offline.provider import Mask
from server_node.offline.views import PLAIN, Fold, View
from server_node.online.opening import open_masked
from server_node.online.session import Session, priced
from server_node.online.steps import Steps

Views = tuple[View, View]
_FOLD_VALUES: Final = 1 << 20
"""Of a product that is folded: so many are made at a time."""


@dataclass(frozen=True)
class Masked:
    """A secret value ready for products: its share, the mask and the public ``opened = value - mask``."""

    share: torch.Tensor
    mask: Mask
    opened: torch.Tensor


@priced(rounds=1, item_bits=64, opens="x - mask")
def mask_values(session: Session, *shares: torch.Tensor) -> Steps[list[Masked]]:
    """Mask and open any number of tensors in one round.

    *Rounds* 1. *Bytes* 8 per element each way. *Opens* x - mask.
    """
    masks = [session.correlations.mask(tuple(share.shape)) for share in shares]
    opened, _ = yield from open_masked(session, [(x, mask.share) for x, mask in zip(shares, masks, strict=True)])
    return [Masked(*parts) for parts in zip(shares, masks, opened, strict=True)]


@priced(rounds=0, item_bits=0, opens="nothing")
def multiply(session: Session, x: Masked, y: Masked, ring_bits: int = 64) -> torch.Tensor:
    """Share of the elementwise product mod 2^ring_bits, with broadcasting; scales add up. *Rounds* 0, local."""
    product = session.correlations.product(x.mask, y.mask, ring_bits)
    product.addcmul_(x.opened, y.mask.share).addcmul_(x.mask.share, y.opened)
    return product.addcmul_(x.opened, y.opened) if session.is_first else product


@priced(rounds=0, item_bits=0, opens="nothing")
def square(session: Session, x: Masked, ring_bits: int = 64) -> torch.Tensor:
    """Share of the elementwise square, valid mod 2^ring_bits: a smaller ring is cheaper to prepare. Local."""
    out = session.correlations.square(x.mask, ring_bits)
    own = 2 * x.mask.share + x.opened if session.is_first else 2 * x.mask.share
    return out.addcmul_(x.opened, own)


@priced(rounds=0, item_bits=0, opens="nothing")
def matmul(
    session: Session,
    x: Masked,
    y: Masked,
    views: Views = (PLAIN, PLAIN),
    ring_bits: int = 64,
    fold: Fold | None = None,
) -> torch.Tensor:
    """Share mod 2^ring_bits of the matrix product of two views, or of what it folds to. *Rounds* 0, local."""
    product = session.correlations.matmul(x.mask, y.mask, views, ring_bits, fold)
    left, right = views
    own = y.mask.share + y.opened if session.is_first else y.mask.share
    factors = ((left.of(x.opened), right.of(own)), (left.of(x.mask.share), right.of(y.opened)))
    if fold is None:
        for a, b in factors:
            ring_matmul(a, b, out=product, accumulate=True)
        return product
    count, (rows, columns) = fold.shape[0], fold.matrix
    per_image = rows // count
    step = max(1, _FOLD_VALUES // (per_image * columns))
    for first in range(0, count, step):
        piece = slice(first * per_image, (first + step) * per_image)
        (a, b), (c, d) = factors
        parts = ring_matmul(c[piece], d, out=ring_matmul(a[piece], b), accumulate=True)
        product[first : first + step] += fold.of(parts)
    return product
