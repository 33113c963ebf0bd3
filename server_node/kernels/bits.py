"""Work on packed bits: 64 to an int64 word, least significant first.

On the processor compiled loops do it in one pass over memory, on other devices torch; shape-only tensors are answered
with shapes. Spare bits of a last word are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from server_node.kernels import bits_compiled, bits_portable
from server_node.kernels.bits_portable import Five, Four, Three, Two

WORD_BITS: Final = 64
_WORD_BYTES: Final = 8
_HALF: Final = 32
_RING: Final = (1 << WORD_BITS) - 1


@dataclass(frozen=True)
class Moved:
    """A number that is looked at as ``((x + before) >> shift) + after``."""

    before: int = 0
    shift: int = 0
    after: int = 0


@dataclass(frozen=True)
class Cut:
    """How a share mod 2^ring_bits is divided: ``(((x + before) mod 2^ring_bits) * factor >> shift) + after``.

    Rounded up or down. For 0 <= factor < 2^30; what wraps around in the ring is taken off by an OR of private bits.
    """

    ring_bits: int
    shift: int
    factor: int = 1
    before: int = 0
    after: int = 0
    rounds_up: bool = False

    @property
    def scale(self) -> int:
        """What a wrap around in the ring adds to the result."""
        return self.factor << (self.ring_bits - self.shift)


PLAIN: Final = Moved()


def word_count(size: int) -> int:
    """Words that hold so many bits."""
    return (size + WORD_BITS - 1) // WORD_BITS


def pack(bits: torch.Tensor) -> torch.Tensor:
    """Zeros and ones (or booleans) [..., n] to words [..., ceil(n / 64)]; the spare bits are zero."""
    out = torch.empty((*bits.shape[:-1], word_count(bits.shape[-1])), dtype=torch.int64, device=bits.device)
    if bits.is_meta:
        return out
    if not _is_here(bits):
        return bits_portable.pack(bits)
    for row, words in zip(bits.reshape(-1, bits.shape[-1]), out.reshape(-1, out.shape[-1]), strict=True):
        bits_compiled.one_plane(_words(row.to(torch.int64)), _moved(PLAIN), _words(words))
    return out


def unpack(words: torch.Tensor, size: int) -> torch.Tensor:
    """Words [w] to ``size`` zeros and ones (int64)."""
    out = words.new_empty(size)
    if _is_here(words):
        bits_compiled.unpack(_words(words), _words(out))
        return out
    return out if words.is_meta else bits_portable.unpack(words, size)


def planes(values: torch.Tensor, count: int, moved: Moved = PLAIN, start: int = 0) -> torch.Tensor:
    """Bit planes [count, ceil(n / 64)] of values [n]: row i holds bit ``start + i`` of every value.

    Bits that a shift fills in at the top are not to be asked for.
    """
    out = values.new_empty((count, word_count(values.numel())))
    if values.is_meta:
        return out
    for first in range(0, count, _HALF):
        rows = out[first : first + _HALF]
        if not _is_here(values):
            bits_portable.planes(values, (moved.before, moved.shift, moved.after), start + first, rows)
        elif count == 1:
            bits_compiled.one_plane(_words(values), _moved(moved, start), _words(rows[0]))
        else:
            bits_compiled.planes(_words(values), _moved(moved, start + first), _words(rows))
    return out


def pair_nodes(own: Two, masks: torch.Tensor | None, theirs: Three, sums: torch.Tensor, out: torch.Tensor) -> None:
    """Generate and propagate of pairs of positions from bits that each party masked and sent.

    With x of P0 and y of P1, g = x1 y1 ^ (x1 x0) y0 ^ x0 (y1 y0) and p = (x1 ^ y1) (x0 ^ y0).

    Args:
        own: own bit planes [2 pairs, words], and the product of each two [pairs, words].
        masks: of the low and high positions and of their products [3, pairs, words] at P1; None at P0.
        theirs: what the peer sent in place of the same three, [pairs, words] each.
        sums: shares [2, pairs, words] of p1 q1 ^ p2 q0 ^ p0 q2 and p1 q0 ^ p0 q1 of the masks.
        out: generate and propagate [2, pairs, words] are written here.
    """
    bits, both = own
    if not _is_here(both):
        if not both.is_meta:
            secret = (bits[0::2], bits[1::2], both) if masks is None else (masks[0], masks[1], masks[2])
            bits_portable.pair_nodes(secret, both, theirs, sums, out)
        return
    if masks is None:
        hidden = _words(bits), 1, _words(both)
    else:
        hidden = _words(masks[:2].reshape(-1, both.shape[1])), both.shape[0], _words(masks[2])
    t0, t1, t2 = (_words(rows) for rows in theirs)
    bits_compiled.pair_nodes(
        hidden, _words(both), (t0, t1, t2), (_words(sums[0]), _words(sums[1])), (_words(out[0]), _words(out[1]))
    )


def digit_entries(own: torch.Tensor, moved: torch.Tensor, pads: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """What the peer chooses from for its share of the nodes of digits, and the own share [2, n] of them.

    With the digit x here and y there of d bits, the node generates if x + y >= 2^d and propagates if x + y = 2^d - 1.
    Entry i is the node for y = i ^ moved, xor its pad and the own share. That share is random: the first entry is all
    zeros with it, and left out.

    Args:
        own: bits of the own digits [d, n], n words of all digits one after the other.
        moved: [d, n] y ^ the peer's index.
        pads: [2^d, 2, n] for propagate and generate of every entry.
        out: [digits, 2, 2^d - 1, words] is filled: propagate and generate under pads, entry by entry from the second.

    Returns generate and propagate.
    """
    share = torch.empty((2, own.shape[1]), dtype=torch.int64, device=own.device)
    if not own.shape[0]:
        return share
    if _is_here(own):
        bits_compiled.digit_entries(_words(own), _words(moved), _words(pads), _words(out), _words(share))
    elif not own.is_meta:
        bits_portable.digit_entries(own, moved, pads, out, share)
    return share


def digit_choice(index: torch.Tensor, entries: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Share [2, n] of the nodes of digits (generate, propagate) from what :func:`digit_entries` gave the peer.

    Args:
        index: own index [d, n].
        entries: [digits, 2, 2^d - 1, words].
        chosen: [2, n] pads at the index for propagate and generate.
    """
    share = torch.empty_like(chosen)
    if _is_here(chosen):
        bits_compiled.digit_choice(_words(index), _words(entries), _words(chosen), _words(share))
    elif not chosen.is_meta:
        bits_portable.digit_choice(index, entries, chosen, share)
    return share


def pick(index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """[m, n]: of rows [2^d, m, n] the bits at an index [d, n] that is packed as they are."""
    out = torch.empty(tuple(rows.shape[1:]), dtype=torch.int64, device=rows.device)
    if _is_here(rows):
        bits_compiled.pick(_words(index), _words(rows), _words(out))
    elif not rows.is_meta:
        bits_portable.pick(index, rows, out)
    return out


def merge_nodes(nodes: torch.Tensor, opened: Three, triples: Five, is_lowest: bool, is_first: bool) -> torch.Tensor:
    """One level of a carry tree: (g, p) of neighbours become (g ^ p g', p p'); an odd node at the top stays.

    Args:
        nodes: generate and propagate [2, m, words]; with ``is_lowest`` the propagate of the first is of no meaning,
            neither here nor in what is returned.
        opened: the upper p and lower g of every pair of neighbours [m // 2, words] and the lower p (without the first
            pair if ``is_lowest``), each ^ its mask.
        triples: a, b0, b1, c0, c1 [m // 2, words]: shares of these masks and their products.

    Returns [2, ceil(m / 2), words].
    """
    if not _is_here(nodes):
        if nodes.is_meta:
            return nodes.new_empty((2, (nodes.shape[1] + 1) // 2, nodes.shape[2]))
        return bits_portable.merge_nodes(nodes, opened, triples, is_lowest, is_first)
    out = nodes.new_empty((2, (nodes.shape[1] + 1) // 2, nodes.shape[2]))
    x, y0, y1 = (_words(rows) for rows in opened)
    a, b0, b1, c0, c1 = (_words(rows) for rows in triples)
    bits_compiled.merge_nodes(
        (_words(nodes[0]), _words(nodes[1])), (x, y0, y1), (a, b0, b1, c0, c1), (is_lowest, is_first), _words(out)
    )
    return out


def and_share(opened: Two, masks: Two, product: torch.Tensor, is_first: bool) -> torch.Tensor:
    """Xor share of x & y from ``opened`` x ^ a and y ^ b, shares of the masks a, b and of ``product`` a & b; flat."""
    if not _is_here(product):
        return (
            torch.empty_like(product) if product.is_meta else bits_portable.and_share(opened, masks, product, is_first)
        )
    out = torch.empty_like(product)
    x, y, a, b = (_words(words) for words in opened + masks)
    bits_compiled.and_share((x, y), (a, b), _words(product), is_first, _words(out))
    return out


def select_message(bit: torch.Tensor, x: torch.Tensor, pads: Two, kind: torch.dtype | None = None) -> torch.Tensor:
    """``x (1 - 2 bit) + pad0 - pad1`` for x [n] and packed bits; its low bits if ``kind`` is a narrow dtype.

    Pads may be as narrow as what is asked for.
    """
    out = torch.empty(x.shape, dtype=kind or torch.int64, device=x.device)
    if _is_here(x):
        bits_compiled.select_message(_words(bit), _words(x), (_words(pads[0]), _words(pads[1])), _words(out))
    elif not x.is_meta:
        bits_portable.select_message(bit, x, pads, out)
    return out


def select_share(words: Four, x: torch.Tensor, pads: Two, moved: torch.Tensor) -> torch.Tensor:
    """One party's share of bit times value: ``u x + (1 - 2 e) (r moved + chosen) + f x (1 - 2 u) - (1 - 2 f) pad0``.

    Args:
        words: the packed bits u (own share of the bit), r (own choice), e (what this party opened), f (what the
            peer did).
        pads: the pad that was chosen from the peer's, and own pad0.
        moved: the message of the peer. It and the pads may be narrower than x: so is then what holds of the result.
    """
    if not _is_here(x):
        return torch.empty_like(x) if x.is_meta else bits_portable.select_share(words, x, pads, moved)
    out = torch.empty_like(x)
    u, r, e, f = (_words(row) for row in words)
    bits_compiled.select_share((u, r, e, f), _words(x), (_words(pads[0]), _words(pads[1])), _words(moved), _words(out))
    return out


def truncated(x: torch.Tensor, cut: Cut, wrap: Three) -> torch.Tensor:
    """A divided share [n], less ``cut.scale`` times a share of the OR of two private bits.

    Args:
        wrap: packed bits ``term`` and ``flip`` and values ``product`` [n]: the share is
            term - product (1 - 2 flip).
    """
    if x.is_meta:
        return torch.empty_like(x)
    up = int(cut.rounds_up)
    if not _is_here(x):
        offsets = tuple(_signed(number) for number in (cut.before, cut.after, cut.scale))
        return bits_portable.truncated(x, (cut.ring_bits, cut.shift, cut.factor, up), offsets, wrap)
    out = torch.empty_like(x)
    before, after, scale, ring = _numbers(cut.before, cut.after, cut.scale, (1 << cut.ring_bits) - 1)
    shift, factor, rounding = _numbers(cut.shift, cut.factor, up)
    term, flip, product = (_words(part) for part in wrap)
    bits_compiled.truncated(
        _words(x), (ring, shift, factor, rounding), (before, after, scale), (term, flip, product), _words(out)
    )
    return out


def ring_bits(own: torch.Tensor, wrap: Three) -> torch.Tensor:
    """Additive share of own bit ^ bit of the peer, as 2 OR - own - peer's, with ``wrap`` as in :func:`truncated`."""
    if not _is_here(own):
        return torch.empty_like(wrap[2]) if own.is_meta else bits_portable.ring_bits(own, wrap)
    out = torch.empty_like(wrap[2])
    term, flip, product = (_words(part) for part in wrap)
    bits_compiled.ring_bits(_words(own), (term, flip, product), _words(out))
    return out


def _is_here(tensor: torch.Tensor) -> bool:
    """Whether it lies where compiled loops can reach it."""
    return tensor.is_cpu


def _words(tensor: torch.Tensor) -> npt.NDArray[Any]:
    """The memory of a tensor as unsigned numbers; a copy of one with gaps, which no result may be."""
    array = tensor.contiguous().numpy()
    return array.view(np.uint64 if array.itemsize == _WORD_BYTES else f"u{array.itemsize}")


def _numbers(*values: int) -> list[np.uint64]:
    return [np.uint64(value & _RING) for value in values]


def _signed(number: int) -> int:
    """The number mod 2^64 as torch takes it."""
    low = number & _RING
    return low - (1 << WORD_BITS) if low >> (WORD_BITS - 1) else low


def _moved(moved: Moved, start: int = 0) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    before, shift, after, first = _numbers(moved.before, moved.shift, moved.after, start)
    return before, shift, after, first
