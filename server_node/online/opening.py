"""The only functions that send anything derived from a share during the online phase.

Each takes the correlation that hides the value together with the value, so that nothing can be opened unmasked: a ring
value minus its uniform mask, bits xor uniform bits, or table entries plus pads. What is opened is therefore uniform and
independent of the secret.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from server_node.kernels.bits import select_message
from server_node.offline.provider import RandomOts
from server_node.online.session import Session
from server_node.online.steps import Steps, Turn

Pairs = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""(share of a value, share of the mask that hides it), of equal shapes."""


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
    opened = [mine + other for mine, other in zip(hidden, theirs, strict=False)]
    opened_bits = [mine ^ other for mine, other in zip(hidden_bits, theirs[len(hidden) :], strict=True)]
    _show(session, "open", opened + opened_bits)
    return opened, opened_bits


def swap_masked_bits(session: Session, pairs: Pairs) -> Steps[list[tuple[torch.Tensor, torch.Tensor]]]:
    """For bits only this party knows: ``own ^ mask`` of party 0 and of party 1 at both, in one round.

    *Rounds* 1. *Bytes* one bit per bit each way. *Leaks* nothing.
    """
    hidden = [bits ^ mask for bits, mask in pairs]
    theirs = [torch.empty_like(part) for part in hidden]
    yield Turn(hidden, theirs)
    _show(session, "swap-bits", theirs)
    shaped = list(zip(hidden, theirs, strict=True))
    return shaped if session.is_first else [(other, mine) for mine, other in shaped]


def swap_masked(session: Session, own: torch.Tensor, mask: torch.Tensor) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """For ring values only this party knows: ``own - mask`` of this party and of the peer.

    *Rounds* 1. *Bytes* 8 per element each way. *Leaks* nothing.
    """
    hidden, theirs = own - mask, torch.empty_like(own)
    yield Turn([hidden], [theirs])
    _show(session, "swap", [theirs])
    return hidden, theirs


def swap_for_selection(
    session: Session, bit: torch.Tensor, x: torch.Tensor, ots: RandomOts
) -> Steps[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Own bits ^ choice bits and own x (1 - 2 bit) minus the difference of two OT pads, of which the peer knows one.

    Returns own hidden bits, the peer's, and the peer's hidden values.

    *Rounds* 1. *Bytes* 8 per element and one bit per bit each way. *Leaks* nothing.
    """
    hidden_bit, hidden = bit ^ ots.own, select_message(bit, x, ots.pad0, ots.pad1)
    their_bit, theirs = torch.empty_like(hidden_bit), torch.empty_like(hidden)
    yield Turn([hidden_bit, hidden], [their_bit, theirs])
    _show(session, "swap-bits", [their_bit])
    _show(session, "swap", [theirs])
    return hidden_bit, their_bit, theirs


def send_corrections(session: Session, values: torch.Tensor, pad: torch.Tensor) -> Steps[None]:
    """Give the peer ``values + pad`` where ``pad`` is an OT pad the peer cannot know. *Leaks* nothing."""
    yield Turn([values + pad], [])


def receive_corrections(session: Session, like: torch.Tensor) -> Steps[torch.Tensor]:
    """The peer's message of :func:`send_corrections`, of the shape of ``like``."""
    received = torch.empty_like(like)
    yield Turn([], [received])
    _show(session, "corrections", [received])
    return received


def _show(session: Session, step: str, opened: list[torch.Tensor]) -> None:
    if session.watch is not None and not session.is_recording:
        for value in opened:
            session.watch(step, value)
