"""The only functions that send anything derived from a share during the online phase.

Each takes the correlation that hides the value together with the value, so that nothing can be opened unmasked: a ring
value minus its uniform mask, or bits xor uniform bits. What is opened is therefore uniform and independent of the
secret.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from server_node.online.session import Session

Pairs = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""(share of a value, share of the mask that hides it), of equal shapes."""


def open_masked(session: Session, values: Pairs, packed: Pairs = ()) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """``x - mask`` for ring values and ``bits ^ mask`` for packed bits, in the clear at both parties.

    *Rounds* 1 for all together. *Bytes* 8 per ring element and one bit per bit each way.
    *Leaks* nothing: masks are uniform and used for one value only.
    """
    hidden = [(x - mask).reshape(-1) for x, mask in values]
    hidden_bits = [(bits ^ mask).reshape(-1) for bits, mask in packed]
    mine = hidden + hidden_bits
    theirs = torch.split(_exchange(session, "open", mine), [part.numel() for part in mine])
    sums = [a + b for a, b in zip(hidden, theirs, strict=False)]
    xors = [a ^ b for a, b in zip(hidden_bits, theirs[len(hidden) :], strict=True)]
    opened = [value.reshape(x.shape) for value, (x, _) in zip(sums, values, strict=True)]
    opened_bits = [value.reshape(x.shape) for value, (x, _) in zip(xors, packed, strict=True)]
    _show(session, "open", opened + opened_bits)
    return opened, opened_bits


def swap_masked_bits(session: Session, pairs: Pairs) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """For bits only this party knows: ``own ^ mask`` of party 0 and of party 1 at both, in one round.

    *Rounds* 1. *Bytes* one bit per bit each way. *Leaks* nothing.
    """
    hidden = [(bits ^ mask).reshape(-1) for bits, mask in pairs]
    theirs = _exchange(session, "swap-bits", hidden)
    parts = torch.split(theirs, [h.numel() for h in hidden])
    shaped = [(mine, other) for mine, other in zip(hidden, parts, strict=True)]
    _show(session, "swap-bits", [other for _, other in shaped])
    return shaped if session.is_first else [(other, mine) for mine, other in shaped]


def send_corrections(session: Session, values: torch.Tensor, pad: torch.Tensor) -> None:
    """Give the peer ``values + pad`` where ``pad`` is an OT pad the peer cannot know. *Leaks* nothing."""
    if session.channel is not None:
        session.channel.send("sign-corrections", (values + pad).numpy())


def receive_corrections(session: Session, like: torch.Tensor) -> torch.Tensor:
    """The peer's message of :func:`send_corrections`, of the shape of ``like``."""
    if session.channel is None:
        return torch.empty_like(like)
    received = torch.from_numpy(session.channel.receive("sign-corrections", np.empty(tuple(like.shape), np.int64)))
    _show(session, "sign-corrections", [received])
    return received


def _exchange(session: Session, step: str, hidden: list[torch.Tensor]) -> torch.Tensor:
    joined = torch.cat(hidden)
    if session.channel is None:
        return torch.empty_like(joined)
    return torch.from_numpy(session.channel.exchange(step, joined.numpy()))


def _show(session: Session, step: str, opened: list[torch.Tensor]) -> None:
    if session.watch is not None and not session.is_recording:
        for value in opened:
            session.watch(step, value)
