"""Packed bits in plain torch: what a GPU runs, and what the compiled loops of the processor are tested against."""

from __future__ import annotations

import torch

Tensor = torch.Tensor
_LOW_HALF = (1 << 32) - 1
_SWAPS = {
    16: 0x0000FFFF0000FFFF,
    8: 0x00FF00FF00FF00FF,
    4: 0x0F0F0F0F0F0F0F0F,
    2: 0x3333333333333333,
    1: 0x5555555555555555,
}
"""Levels of the transpose: how far apart the rows are that change places, and which bits of theirs do."""
Two = tuple[Tensor, Tensor]
Three = tuple[Tensor, Tensor, Tensor]
Four = tuple[Tensor, Tensor, Tensor, Tensor]
Five = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def pack(bits: Tensor) -> Tensor:
    return _packed_rows(_in_words(bits.to(torch.int64)))


def unpack(words: Tensor, size: int) -> Tensor:
    return ((words[:, None] >> _places(words)) & 1).reshape(-1)[:size]


def planes(values: Tensor, moved: tuple[int, int, int], start: int, out: Tensor) -> None:
    """At most 32 planes: blocks of 32x32 bits, two to a word, are transposed in all words at once."""
    before, shift, after = moved
    rows = _in_words(((((values + before) >> shift) + after) >> start) & _LOW_HALF)
    block = (rows[:, :32] | (rows[:, 32:] << 32)).T.contiguous()
    for step, mask in _SWAPS.items():
        halves = block.reshape(16 // step, 2, step, -1)
        low, high = halves[:, 0], halves[:, 1]
        swap = ((low >> step) ^ high) & mask
        low ^= swap << step
        high ^= swap
    out.copy_(block[: out.shape[0]])


def pair_nodes(secret: Three, both: Tensor, theirs: Three, sums: Tensor, out: Tensor) -> None:
    (s0, s1, s2), (t0, t1, t2) = secret, theirs
    out[0] = sums[0] ^ (t1 & s1) ^ (t0 & s2) ^ (t2 & s0)
    out[1] = sums[1] ^ (t0 & s1) ^ (t1 & s0) ^ both


def and_share(opened: Two, masks: Two, product: Tensor, is_first: bool) -> Tensor:
    (x, y), (a, b) = opened, masks
    return product ^ (x & b) ^ (y & (a ^ x if is_first else a))


def merge_nodes(nodes: Tensor, opened: Three, triples: Five, is_lowest: bool, is_first: bool) -> Tensor:
    (x, y0, y1), (a, b0, b1, c0, c1) = opened, triples
    pairs, skip = x.shape[0], int(is_lowest)
    out = nodes.new_zeros((2, nodes.shape[1] - pairs, nodes.shape[2]))
    out[:, pairs:] = nodes[:, 2 * pairs :]
    out[0, :pairs] = nodes[0, 1 : 2 * pairs : 2] ^ and_share((x, y0), (a, b0), c0, is_first)
    out[1, skip:pairs] = and_share((x[skip:], y1), (a[skip:], b1[skip:]), c1[skip:], is_first)
    return out


def digit_entries(own: Tensor, moved: Tensor, pads: Tensor, out: Tensor, share: Tensor) -> None:
    generate, propagate = [torch.zeros_like(own[0])], [torch.full_like(own[0], -1)]
    for row, index in zip(own, moved, strict=True):
        both, either = row & index, row ^ index
        generate = [both ^ (either & g) for g in generate] + [(row ^ both) ^ (~either & g) for g in generate]
        propagate = [either & p for p in propagate] + [~either & p for p in propagate]
    for side, table in enumerate((torch.stack(propagate), torch.stack(generate))):
        hidden = table ^ pads[:, side]
        share[1 - side] = hidden[0]
        parts = (hidden[1:] ^ hidden[0]).reshape(out.shape[2], out.shape[0], out.shape[3])
        out[:, side] = parts.movedim(1, 0)


def digit_choice(index: Tensor, entries: Tensor, chosen: Tensor, share: Tensor) -> None:
    for side in range(2):
        sent = entries[:, side].movedim(0, 1).reshape(entries.shape[2], -1)
        share[1 - side] = chosen[side] ^ _picked(index, torch.cat([torch.zeros_like(sent[:1]), sent]))


def pick(index: Tensor, rows: Tensor, out: Tensor) -> None:
    for side in range(out.shape[0]):
        out[side] = _picked(index, rows[:, side])


def select_message(bit: Tensor, x: Tensor, pads: Two, out: Tensor) -> None:
    flip = -unpack(bit, x.numel())
    out.copy_((x ^ flip) - flip + pads[0] - pads[1])


def select_share(words: Four, x: Tensor, pads: Two, moved: Tensor) -> Tensor:
    own, choice, flip, theirs = (-unpack(row, x.numel()) for row in words)
    chosen, pad0 = pads
    received = (((choice & moved) + chosen) ^ flip) - flip
    sent = (theirs & ((x ^ own) - own)) - ((pad0 ^ theirs) - theirs)
    return (x & own) + received + sent


def truncated(x: Tensor, division: tuple[int, int, int, int], offsets: tuple[int, ...], wrap: Three) -> Tensor:
    (ring_bits, shift, factor, rounding), (before, after, scale) = division, offsets
    value = x + before
    if ring_bits < 64:
        value &= (1 << ring_bits) - 1
    low = (value & _LOW_HALF) * factor
    high = ((value >> 32) & _LOW_HALF) * factor + (low >> 32)
    low &= _LOW_HALF
    down = max(shift - 32, 0)
    rest = (high & ((1 << down) - 1)) | (low & ((1 << min(shift, 32)) - 1))
    quotient = (high >> down << max(32 - shift, 0)) + (low >> min(shift, 32))
    return quotient + rounding * (rest != 0) + after - _or_share(wrap) * scale


def ring_bits(own: Tensor, wrap: Three) -> Tensor:
    return 2 * _or_share(wrap) - unpack(own, wrap[2].numel())


def _or_share(wrap: Three) -> Tensor:
    term, flip, product = wrap
    sign = -unpack(flip, product.numel())
    return unpack(term, product.numel()) - ((product ^ sign) - sign)


def _picked(index: Tensor, rows: Tensor) -> Tensor:
    """Of rows [2^d, n] the bits at an index [d, n]."""
    for row in index:
        rows = rows[0::2] ^ (row & (rows[0::2] ^ rows[1::2]))
    return rows[0]


def _places(like: Tensor) -> Tensor:
    return torch.arange(64, device=like.device)


def _in_words(values: Tensor) -> Tensor:
    """[..., n] as [..., words, 64], with zeros at the end."""
    spare = -values.shape[-1] % 64
    padded = torch.nn.functional.pad(values, (0, spare)) if spare else values
    return padded.reshape(*values.shape[:-1], -1, 64)


def _packed_rows(rows: Tensor) -> Tensor:
    return (rows << _places(rows)).sum(dim=-1)
