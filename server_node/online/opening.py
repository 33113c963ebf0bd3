"""The only functions that send anything derived from a share during the online phase.

Each takes the correlation that hides the value together with the value, so that nothing can be opened unmasked: a ring
value minus its uniform mask, bits xor uniform bits, or table entries plus pads. What is opened is therefore uniform and
independent of the secret. The one exception is :func:`open_bit`, which opens one bit on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels.bits import digit_entries, select_message
from server_node.offline.provider import RandomOts
from server_node.online.session import Session
from server_node.online.steps import Steps, Turn

Pairs = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""(share of a value, share of the mask that hides it), of equal shapes."""
_WORD_BYTES: Final = 8
_WHOLE: Final = {8: torch.int64, 4: torch.int32, 2: torch.int16, 1: torch.int8}


def open_masked(
    session: Session, values: Pairs, packed: Pairs = ()
) -> Steps[tuple[list[torch.Tensor], list[torch.Tensor]]]:
    """``x - mask`` for ring values and ``bits ^ mask`` for packed bits, in the clear at both parties.

    *Rounds* 1 for all together. *Bytes* 8 per ring element and one bit per bit each way.
    *Leaks* nothing: masks are uniform and used for one value only.
    """
    hidden = [x - mask for x, mask in values]
    hidden_bits = [bits ^ mask for bits, mask in packed]
    theirs = [torch.empty_like(part) for part in hidden + hidden_bits]
    yield Turn(hidden + hidden_bits, theirs)
    opened = [other.add_(mine) for mine, other in zip(hidden, theirs, strict=False)]
    opened_bits = [other.bitwise_xor_(mine) for mine, other in zip(hidden_bits, theirs[len(hidden) :], strict=True)]
    _show(session, "open", opened + opened_bits)
    return opened, opened_bits


def open_bit(session: Session, bit: torch.Tensor) -> Steps[bool]:
    """The lowest bit of an xor-shared word [1], in the clear at both parties: the one thing that is opened as it is.

    For a public decision that both servers must take alike. While a plan is recorded the bit is set.

    *Rounds* 1. *Bytes* 8 each way. *Leaks* exactly this bit; shares of a product of bits say nothing else.
    """
    own = bit & 1
    theirs = torch.empty_like(own)
    yield Turn([own], [theirs])
    _show(session, "open-bit", [theirs])
    return session.is_recording or bool((own ^ theirs).item())


def swap_masked_bits(session: Session, pairs: Pairs) -> Steps[list[torch.Tensor]]:
    """For bits only this party knows: what the peer has in their place, ``bits ^ mask`` of its own.

    *Rounds* 1. *Bytes* one bit per bit each way. *Leaks* nothing.
    """
    hidden = [bits ^ mask for bits, mask in pairs]
    theirs = [torch.empty_like(part) for part in hidden]
    yield Turn(hidden, theirs)
    _show(session, "swap-bits", theirs)
    return theirs


def swap_digits(session: Session, pairs: Pairs, theirs: Sequence[torch.Tensor]) -> Steps[None]:
    """Give the peer the bits of own digits ^ the bits of secret indices; its bits are put into ``theirs``.

    *Rounds* 1. *Bytes* one bit per bit each way. *Leaks* nothing.
    """
    yield Turn([digit ^ index for digit, index in pairs], list(theirs))
    _show(session, "swap-bits", [moved for moved in theirs if moved.numel()])


@dataclass(frozen=True)
class Table:
    """What the peer may choose from for own digits: see :func:`server_node.kernels.bits.digit_entries`."""

    own: torch.Tensor
    moved: torch.Tensor
    pads: torch.Tensor
    out: torch.Tensor


def swap_entries(
    session: Session, tables: Sequence[Table], theirs: Sequence[torch.Tensor], left_out: tuple[int, int] = (0, 0)
) -> Steps[list[torch.Tensor]]:
    """Give the peer entries ^ pads, of which it knows one of each 2^d; its entries are put into ``theirs``.

    Args:
        left_out: words at the beginning that the peer, and this party, has no use for.

    Returns this party's random shares of what the tables have.

    *Rounds* 1. *Bytes* two bits for each entry but the first each way. *Leaks* nothing but a share of the entry whose
    pad the peer knows.
    """
    shares = [digit_entries(table.own, table.moved, table.pads, table.out) for table in tables]
    parts = _cut_off([table.out for table in tables], left_out[0]), _cut_off(theirs, left_out[1])
    yield Turn(*parts)
    _show(session, "entries", [entries for entries in parts[1] if entries.numel()])
    return shares


def _cut_off(parts: Sequence[torch.Tensor], first: int) -> list[torch.Tensor]:
    """All numbers of each part, one after the other, without the first few of the first part."""
    return [part.reshape(-1)[0 if index else first :] for index, part in enumerate(parts)]


def swap_masked(session: Session, own: torch.Tensor, mask: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """For ring values only this party knows: ``own - mask`` of this party and of the peer.

    *Rounds* 1. *Bytes* 8 per element each way. *Leaks* nothing.
    """
    hidden, theirs = own - mask, torch.empty_like(own)
    yield Turn([hidden], [theirs])
    _show(session, "swap", [theirs])
    return hidden, theirs


def swap_for_selection(
    session: Session, bit: torch.Tensor, x: torch.Tensor, ots: RandomOts, value_bytes: int
) -> Steps[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Own bits ^ choice bits and own x (1 - 2 bit) minus the difference of two OT pads, of which the peer knows one.

    Returns own hidden bits, the peer's, and the peer's hidden values mod 2^(8 value_bytes).

    *Rounds* 1. *Bytes* ``value_bytes`` per element and one bit per bit each way. *Leaks* nothing.
    """
    hidden_bit, hidden = bit ^ ots.own, select_message(bit, x, (ots.pad0, ots.pad1), _WHOLE.get(value_bytes))
    their_bit, parts = torch.empty_like(hidden_bit), _split(hidden, value_bytes)
    theirs = [torch.empty_like(part) for part in parts]
    yield Turn([hidden_bit, *parts], [their_bit, *theirs])
    _show(session, "swap-bits", [their_bit])
    _show(session, "swap", theirs)
    return hidden_bit, their_bit, _joined(theirs)


def send_corrections(session: Session, values: torch.Tensor, pad: torch.Tensor) -> Steps[None]:
    """Give the peer ``values + pad`` where ``pad`` is an OT pad the peer cannot know. *Leaks* nothing."""
    yield Turn([values + pad], [])


def receive_corrections(session: Session, like: torch.Tensor) -> Steps[torch.Tensor]:
    """The peer's message of :func:`send_corrections`, of the shape of ``like``."""
    received = torch.empty_like(like)
    yield Turn([], [received])
    _show(session, "corrections", [received])
    return received


def send_indices(session: Session, own: torch.Tensor, mask: torch.Tensor, index_bits: int) -> Steps[None]:
    """Give the peer ``own - mask`` mod 2^index_bits for a uniform mask the peer does not know, in whole bytes.

    *Rounds* 1, one way. *Leaks* nothing.
    """
    yield Turn([_low_bytes((own - mask) & ((1 << index_bits) - 1), (index_bits + 7) // 8)], [])


def receive_indices(session: Session, shape: tuple[int, ...], index_bits: int) -> Steps[torch.Tensor]:
    """The peer's message of :func:`send_indices` as int64 of this shape."""
    received = torch.empty((*shape, (index_bits + 7) // 8), dtype=torch.uint8, device=session.device)
    yield Turn([], [received])
    _show(session, "indices", [received])
    return _widened(received)


def send_entries(session: Session, values: torch.Tensor, pads: torch.Tensor, value_bytes: int) -> Steps[None]:
    """Give the peer ``values + pads`` mod 2^(8 value_bytes) for [..., N] pads, of which it knows one of each N.

    *Rounds* 1, one way. *Leaks* nothing but the value whose pad the peer knows.
    """
    yield Turn([_low_bytes(values + pads, value_bytes)], [])


def receive_entries(
    session: Session, index: torch.Tensor, pads: torch.Tensor, count: int, value_bytes: int
) -> Steps[torch.Tensor]:
    """Of the peer's message of :func:`send_entries`, [..., count], the value at ``index`` [..., 1] less its pad.

    The value is of the shape of ``index`` and holds mod 2^(8 value_bytes).
    """
    received = torch.empty((*index.shape[:-1], count, value_bytes), dtype=torch.uint8, device=session.device)
    yield Turn([], [received])
    _show(session, "entries", [received])
    chosen = received.gather(-2, index[..., None].expand(*index.shape, value_bytes))
    return _widened(chosen) - pads


def _split(values: torch.Tensor, count: int) -> list[torch.Tensor]:
    """The low ``count`` bytes of each value in tensors of whole numbers, from the lowest on."""
    if values.element_size() == count:
        return [values]
    parts, done = [], 0
    for width, kind in _WHOLE.items():
        if count & width:
            parts.append((values >> 8 * done if done else values).to(kind))
            done += width
    return parts


def _joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """What :func:`_split` took apart, with any bytes above."""
    if len(parts) == 1:
        return parts[0]
    done = parts[0].element_size()
    values = parts[0].to(torch.int64)
    for part in parts[1:]:
        values = (values & ((1 << 8 * done) - 1)) | (part.to(torch.int64) << 8 * done)
        done += part.element_size()
    return values


def _low_bytes(values: torch.Tensor, count: int) -> torch.Tensor:
    """The low ``count`` bytes of each value, [..., count]."""
    octets = values.contiguous().view(torch.uint8).reshape(*values.shape, _WORD_BYTES)
    return octets[..., :count].contiguous()


def _widened(octets: torch.Tensor) -> torch.Tensor:
    wide = octets.new_zeros((*octets.shape[:-1], _WORD_BYTES))
    wide[..., : octets.shape[-1]] = octets
    return wide.view(torch.int64).squeeze(-1)


def _show(session: Session, step: str, opened: list[torch.Tensor]) -> None:
    if session.watch is not None and not session.is_recording:
        for value in opened:
            session.watch(step, value)
