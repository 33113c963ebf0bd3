"""A changed header is refused by name at once; a broken or wrong peer ends the job, never in a wrong answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from common.errors import BadFrame, PeerGone, WrongVersion
from common.ids import Party
from common.net.channel import Array, Channel
from common.wire.framing import HEADER_BYTES
from server_node.online.comparison import relu
from server_node.online.session import Session
from tests.helpers.dealer import Dealer
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import damage
from tests.helpers.two_party.operations import share, uniform

VERSION_BYTES = (2, 3)


def compute(party: Party, channel: Channel) -> torch.Tensor:
    mine = share(uniform(-(2**31), 2**31, 70))[party]
    session = Session(party, Dealer(party), channel)
    return session.run(relu(session, mine))[0]


@pytest.mark.parametrize("offset", range(HEADER_BYTES))
@pytest.mark.parametrize("flip", [1, 128])
def test_header_byte_flipped_is_refused(offset: int, flip: int) -> None:
    def play(party: Party, channel: Channel) -> torch.Tensor:
        if party is Party.P0:
            damage(channel, 0, offset, flip)
        return compute(party, channel)

    with pytest.raises(WrongVersion if offset in VERSION_BYTES else BadFrame):
        run_two(play)


@pytest.mark.parametrize("message", range(6))
@pytest.mark.parametrize("sender", Party)
def test_label_flipped_in_any_message_is_refused(message: int, sender: Party) -> None:
    def play(party: Party, channel: Channel) -> torch.Tensor:
        if party is sender:
            damage(channel, message, 4)
        return compute(party, channel)

    with pytest.raises(BadFrame, match="out of order"):
        run_two(play)


def test_message_left_out_is_refused() -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            channel.send("one", np.zeros(3, np.uint64))
            setattr(channel, "_sent", 2)  # as if the second message had been swallowed on the way
            channel.send("three", np.zeros(3, np.uint64))
        else:
            for step in ("one", "two"):
                channel.receive(step, np.empty(3, np.uint64))

    with pytest.raises(BadFrame, match="'two'"):
        run_two(play)


def test_message_repeated_is_refused() -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            channel.send("step", np.zeros(3, np.uint64))
            setattr(channel, "_sent", 0)
            channel.send("step", np.zeros(3, np.uint64))
        else:
            for _ in range(2):
                channel.receive("step", np.empty(3, np.uint64))

    with pytest.raises(BadFrame, match="out of order"):
        run_two(play)


def test_parties_with_different_sizes_stop() -> None:
    def play(party: Party, channel: Channel) -> torch.Tensor:
        mine = torch.zeros(64 if party is Party.P0 else 128, dtype=torch.int64)
        session = Session(party, Dealer(party), channel)
        return session.run(relu(session, mine))[0]

    with pytest.raises(BadFrame, match="bytes instead of"):
        run_two(play)


@pytest.mark.parametrize("after", range(6))
def test_peer_that_leaves_in_any_round_is_noticed(after: int) -> None:
    class Left(Exception):
        """The peer's process ended."""

    def play(party: Party, channel: Channel) -> torch.Tensor:
        if party is Party.P0:
            return compute(party, channel)
        plain, count = channel.send_parts, 0

        def leaving(step: str, parts: Sequence[Array]) -> None:
            nonlocal count
            if count == after:
                raise Left
            count += 1
            plain(step, parts)

        setattr(channel, "send_parts", leaving)
        return compute(party, channel)

    gone: list[BaseException] = []

    def watched(party: Party, channel: Channel) -> torch.Tensor:
        try:
            return play(party, channel)
        except PeerGone as error:
            gone.append(error)
            raise

    with pytest.raises(Left):
        run_two(watched)
    assert len(gone) == 1


def test_silent_peer_is_given_up() -> None:
    given_up = threading.Event()

    def play(party: Party, channel: Channel) -> None:
        if party is Party.P1:
            given_up.wait()
            return
        try:
            channel.receive("never", np.empty(1, np.uint64))
        finally:
            given_up.set()

    with pytest.raises(PeerGone, match="silent"):
        run_two(play, timeout=0.05)
