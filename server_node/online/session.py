"""One two-party computation: who I am, the link to the peer, the correlations, and the price list of operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from common.errors import SpecRefused
from common.ids import Party
from common.net.channel import Channel
from common.wire import framing
from server_node.offline.plan import PlanRecorder
from server_node.offline.provider import Correlations
from server_node.online.steps import Steps, Turn

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")
Watch = Callable[[str, torch.Tensor], None]
"""Sees every value that is opened, with the name of the step; used to prove that only masked values are."""
CPU = torch.device("cpu")


@dataclass
class Session:
    """Everything an operation needs. ``channel`` is None exactly while a plan is recorded.

    All ring values are ``torch.int64`` tensors taken mod 2^64 on ``compute`` (CPU or CUDA); fixed point has
    ``fraction_bits`` fractional bits.
    """

    party: Party
    correlations: Correlations
    channel: Channel | None = None
    fraction_bits: int = 16
    watch: Watch | None = None
    compute: torch.device = field(default=CPU)

    @property
    def is_first(self) -> bool:
        """Party 0 adds public constants to its share."""
        return self.party is Party.P0

    @property
    def by_digits(self) -> bool:
        """Whether comparisons take digits or pairs of positions: what the source of the job prepares best."""
        return self.correlations.by_digits

    @property
    def is_recording(self) -> bool:
        return self.channel is None

    @property
    def device(self) -> torch.device:
        return torch.device("meta") if self.is_recording else self.compute

    @property
    def recorded(self) -> int:
        """How many correlations were recorded so far; 0 while computing."""
        return len(self.correlations.requests) if isinstance(self.correlations, PlanRecorder) else 0

    def repeat_recorded(self, start: int, times: int) -> None:
        """While recording: the turns of a loop after the first, which was recorded since ``start``, are like it."""
        if isinstance(self.correlations, PlanRecorder):
            self.correlations.repeat(start, times)

    def public(self, value: torch.Tensor | int, like: torch.Tensor) -> torch.Tensor:
        """Share of a public value: party 0 holds it, party 1 holds zero."""
        return torch.zeros_like(like) + value if self.is_first else torch.zeros_like(like)

    def run(self, steps: Steps[T]) -> T:
        """Carry a protocol out with the peer; while a plan is recorded, only walk through it.

        Raises:
            SpecRefused: while a plan is recorded, a message would have more bytes than one may have.
        """
        try:
            while True:
                turn = next(steps)
                if self.channel is not None:
                    _send(self.channel, turn)
                else:
                    _check_size(turn)
                _receive(self.channel, turn)
        except StopIteration as done:
            result: T = done.value
            return result


def _send(channel: Channel, turn: Turn) -> None:
    channel.send_parts("online", [_array(tensor) for tensor in turn.outgoing])
    for lane in turn.lanes:
        _send(channel, lane.turn)


def _check_size(turn: Turn) -> None:
    """Refuse what could not be sent, before anything is prepared; both ways, so that both servers refuse it."""
    for tensors in (turn.outgoing, turn.incoming):
        if sum(tensor.numel() * tensor.element_size() for tensor in tensors) > framing.MAX_BODY:
            raise SpecRefused(
                "The messages of one step would be too large; use a smaller batch.", field="training.batch"
            )
    for lane in turn.lanes:
        _check_size(lane.turn)


def _receive(channel: Channel | None, turn: Turn) -> None:
    """Take the messages of a turn in the order in which they were sent; without a channel, only go on computing."""
    if channel is not None:
        incoming = [_array(tensor) for tensor in turn.incoming]
        channel.receive_parts("online", incoming)
        for tensor, array in zip(turn.incoming, incoming, strict=True):
            if tensor.device != CPU or not tensor.is_contiguous():
                tensor.copy_(torch.from_numpy(array))
    for lane in turn.lanes:
        _receive(channel, lane.turn)
        lane.resume()


def _array(tensor: torch.Tensor) -> npt.NDArray[Any]:
    """The memory of a contiguous CPU tensor; a copy in main memory of any other."""
    array: npt.NDArray[Any] = np.ascontiguousarray(tensor.cpu().numpy())
    return array


def recording_session(
    party: Party, fraction_bits: int = 16, by_digits: bool = False
) -> tuple[Session, PlanRecorder]:
    """A session that computes nothing and writes down which correlations are taken."""
    recorder = PlanRecorder(party, by_digits)
    return Session(party, recorder, None, fraction_bits), recorder


@dataclass(frozen=True)
class Cost:
    """Price of an operation and what it opens.

    ``item_bits`` is what one party sends per element. With comparisons by digits it is ``digit_bits``, if there are
    any, for P0 and for P1.
    """

    rounds: int
    item_bits: float
    opens: str
    digit_bits: tuple[float, float] | None = None

    def bits(self, by_digits: bool) -> tuple[float, float]:
        """What P0 and P1 send per element."""
        if by_digits and self.digit_bits:
            return self.digit_bits
        return self.item_bits, self.item_bits


def priced(
    rounds: int, item_bits: float, opens: str, digit_bits: tuple[float, float] | None = None
) -> Callable[[F], F]:
    """Declare the price of an operation; tests measure that it is true."""

    def attach(function: F) -> F:
        PRICES[function.__name__] = Cost(rounds, item_bits, opens, digit_bits)
        return function

    return attach


PRICES: dict[str, Cost] = {}
