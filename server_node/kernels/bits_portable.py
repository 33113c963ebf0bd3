"""Packed bits in plain torch: what a GPU runs, and what the compiled loops of the processor are tested against."""

from __future__ import annotations

import torch

Tensor = torch.Tensor
Three = tuple[Tensor, Tensor, Tensor]
Four = tuple[Tensor, Tensor, Tensor, Tensor]


def pack(bits: Tensor) -> Tensor:
    return _packed_rows(_in_words(bits.to(torch.int64)))


def unpack(words: Tensor, size: int) -> Tensor:
    return ((words[:, None] >> _places(words)) & 1).reshape(-1)[:size]


def planes(values: Tensor, count: int, before: int, shift: int, after: int) -> Tensor:
    rows = _in_words(((values + before) >> shift) + after)
    out = rows.new_empty((count, rows.shape[0]))
    for index in range(count):
        out[index] = _packed_rows((rows >> index) & 1)
    return out


def pair_nodes(secret: Three, own: Tensor, theirs: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
    s0, s1, s2 = secret
    t0, t1, t2 = theirs
    return sums[0] ^ (t1 & s1) ^ (t0 & s2) ^ (t2 & s0), sums[1] ^ (t0 & s1) ^ (t1 & s0) ^ own


def and_share(opened: tuple[Tensor, Tensor], masks: tuple[Tensor, Tensor], product: Tensor, is_first: bool) -> Tensor:
    (x, y), (a, b) = opened, masks
    return product ^ (x & b) ^ (y & (a ^ x if is_first else a))


def select_message(bit: Tensor, x: Tensor, pad0: Tensor, pad1: Tensor) -> Tensor:
    flip = -unpack(bit, x.numel())
    return (x ^ flip) - flip - pad1 + pad0


def select_share(words: Four, x: Tensor, chosen: Tensor, pad0: Tensor, moved: Tensor) -> Tensor:
    bit, choice, flipped, theirs = (-unpack(row, x.numel()) for row in words)
    as_chooser = (((choice & moved) + chosen) ^ flipped) - flipped
    value = (x ^ bit) - bit
    as_sender = (theirs & value) - ((pad0 ^ theirs) - theirs)
    return (bit & x) + as_chooser + as_sender


def wrapped(high: Tensor, term: Tensor, flip: Tensor, product: Tensor, place: int) -> Tensor:
    sign = -unpack(flip, product.numel())
    return high - ((unpack(term, product.numel()) - ((product ^ sign) - sign)) << place)


def _places(like: Tensor) -> Tensor:
    return torch.arange(64, device=like.device)


def _in_words(values: Tensor) -> Tensor:
    """[..., n] as [..., words, 64], with zeros at the end."""
    spare = -values.shape[-1] % 64
    padded = torch.nn.functional.pad(values, (0, spare)) if spare else values
    return padded.reshape(*values.shape[:-1], -1, 64)


def _packed_rows(rows: Tensor) -> Tensor:
    return (rows << _places(rows)).sum(dim=-1)
