"""Products of secret values with Beaver masks (Beaver, CRYPTO 1991).

A masked value is opened once, however often it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from server_node.offline.provider import Layout, Mask
from server_node.online.opening import open_masked
from server_node.online.session import Session, priced


@dataclass(frozen=True)
class Masked:
    """A secret value ready for products: its share, the mask and the public ``opened = value - mask``."""

    share: torch.Tensor
    mask: Mask
    opened: torch.Tensor


@priced(rounds=1, item_bits=64, opens="x - mask")
def mask_values(session: Session, *shares: torch.Tensor) -> list[Masked]:
    """Mask and open any number of tensors in one round.

    *Rounds* 1. *Bytes* 8 per element each way. *Opens* x - mask.
    """
    masks = [session.correlations.mask(tuple(share.shape)) for share in shares]
    opened, _ = open_masked(session, [(x, mask.share) for x, mask in zip(shares, masks, strict=True)])
    return [Masked(*parts) for parts in zip(shares, masks, opened, strict=True)]


@priced(rounds=0, item_bits=0, opens="nothing")
def multiply(session: Session, x: Masked, y: Masked) -> torch.Tensor:
    """Share of the elementwise product, with broadcasting; scales add up. *Rounds* 0, local."""
    product = session.correlations.product(x.mask, y.mask)
    out = product + x.opened * y.mask.share + x.mask.share * y.opened
    return out + x.opened * y.opened if session.is_first else out


@priced(rounds=0, item_bits=0, opens="nothing")
def square(session: Session, x: Masked, ring_bits: int = 64) -> torch.Tensor:
    """Share of the elementwise square, valid mod 2^ring_bits: a smaller ring is cheaper to prepare. Local."""
    out = session.correlations.square(x.mask, ring_bits) + 2 * (x.opened * x.mask.share)
    return out + x.opened * x.opened if session.is_first else out


@priced(rounds=0, item_bits=0, opens="nothing")
def matmul(session: Session, x: Masked, y: Masked, layout: Layout = "nn", ring_bits: int = 64) -> torch.Tensor:
    """Share mod 2^ring_bits of x @ y (``tn``: x transposed, ``nt``: y transposed). *Rounds* 0, local."""
    product = session.correlations.matmul(x.mask, y.mask, layout, ring_bits)
    x_open, x_mask = (x.opened.T, x.mask.share.T) if layout == "tn" else (x.opened, x.mask.share)
    y_open, y_mask = (y.opened.T, y.mask.share.T) if layout == "nt" else (y.opened, y.mask.share)
    own = y_mask + y_open if session.is_first else y_mask
    return product + x_open @ own + x_mask @ y_open
