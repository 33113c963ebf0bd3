"""InstaHide on shares: mixup of k images and a random sign per pixel; nothing is opened.

Huang, Song, Li, Arora, "InstaHide" (ICML 2020). Published encodings can be inverted (Carlini et al., IEEE S&P 2021),
so here mixtures, mixed labels and signs stay secret-shared for ever.
"""

from __future__ import annotations

import torch

from common.schedule import WEIGHT_BITS, MixPlan
from common.specification import Hiding
from server_node.kernels import bits
from server_node.online.opening import receive_corrections, send_corrections
from server_node.online.session import Session, priced
from server_node.online.steps import Steps
from server_node.online.truncation import truncate


def pixel_values(session: Session, pixels: torch.Tensor, scale: str, depth: int) -> torch.Tensor:
    """Share of the pixel's numerator over 2^depth: p for ``unit``, 2 p - (2^depth - 1) for ``signed``. Local."""
    if scale == "unit":
        return pixels
    return 2 * pixels - session.public((1 << depth) - 1, pixels)


def mix(shares: torch.Tensor, plan: MixPlan, rows: slice) -> torch.Tensor:
    """Shares of mixtures for some rows of the plan: public coefficients on shares [n, d], local; scale grows by 256.

    While recording, the shape alone.
    """
    weights, sources = plan.weights[rows], plan.sources[rows]
    if shares.is_meta:
        return torch.empty((len(weights), shares.shape[1]), dtype=torch.int64, device="meta")
    chosen, factors = (torch.from_numpy(table).to(shares.device) for table in (sources, weights))
    total = shares.new_zeros((len(weights), shares.shape[1]))
    for column in range(weights.shape[1]):
        total += shares[chosen[:, column]] * factors[:, column : column + 1]
    return total


def hide_pixels(session: Session, mixed: torch.Tensor, hiding: Hiding, depth: int) -> Steps[torch.Tensor]:
    """Shares of hidden images in fixed point from mixtures over 2^(depth + 8)."""
    surplus = depth + WEIGHT_BITS - session.fraction_bits
    if surplus > 0:
        (mixed,) = yield from truncate(session, (mixed, surplus))
    elif surplus < 0:
        mixed = mixed << -surplus
    return (yield from flip_signs(session, mixed)) if hiding.mask else mixed


def mixed_labels(session: Session, mixed: torch.Tensor) -> torch.Tensor:
    """Labels mixed by :func:`mix` (over 256) in fixed point. Local."""
    return mixed << (session.fraction_bits - WEIGHT_BITS)


@priced(rounds=2, item_bits=64, opens="own correction under an OT pad")
def flip_signs(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of x times a random sign per element that is the product of one secret sign of each server.

    Each server in turn is the receiver of a random OT whose choice is its own sign bit s: the sender's share x1 reaches
    it as pad0 - 2 s x1. Neither learns the product of the signs.

    *Rounds* 2 one-way messages. *Bytes* 8 per element each way. *Leaks* nothing.
    """
    flat = x.reshape(-1)
    signs = session.correlations.random_ots(flat.numel())
    own = bits.unpack(signs.own, flat.numel())
    for turn in range(2):
        if session.party == turn:
            corrections = yield from receive_corrections(session, flat)
            flat = flat * (1 - 2 * own) + signs.chosen + own * corrections
        else:
            yield from send_corrections(session, -2 * flat, signs.pad0 - signs.pad1)
            flat = flat - signs.pad0
    return flat.reshape(x.shape)
