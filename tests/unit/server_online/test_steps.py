"""Protocols side by side: rounds shared, results in order, lanes in messages of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from common.ids import Party
from common.net.channel import Array, Channel
from server_node.online.session import Session, recording_session
from server_node.online.steps import Steps, Turn, all_of, in_lanes, ready, together
from tests.helpers.dealer import Dealer
from tests.helpers.simulate import Outcome, run_two

Protocol = Callable[[Session], Steps[list[int]]]


def swap(session: Session, value: int, rounds: int) -> Steps[int]:
    """Numbers go back and forth; the sum of all that came."""
    total = 0
    for number in range(rounds):
        theirs = torch.empty(1, dtype=torch.int64, device=session.device)
        yield Turn([torch.tensor([value + number], device=session.device)], [theirs])
        total += 0 if session.is_recording else int(theirs)
    return total


def run(protocol: Protocol) -> Outcome[list[int]]:
    def play(party: Party, channel: Channel) -> list[int]:
        session = Session(party, Dealer(party), channel)
        return session.run(protocol(session))

    return run_two(play)


def parts(session: Session) -> list[Steps[int]]:
    """Of one, three, none and two rounds; party 1's numbers are higher by a thousand."""
    base = 1000 * session.party
    return [swap(session, base + 10, 1), swap(session, base + 20, 3), ready(7), swap(session, base + 30, 2)]


def expected(party: Party) -> list[int]:
    base = 1000 * party.other
    return [base + 10, 3 * (base + 20) + 3, 7, 2 * (base + 30) + 1]


@pytest.mark.parametrize("combine", [all_of, in_lanes])
def test_steps_side_by_side_take_as_many_rounds_as_the_longest(
    combine: Callable[[list[Steps[int]]], Steps[list[int]]],
) -> None:
    outcome = run(lambda session: combine(parts(session)))
    assert outcome.results == (expected(Party.P0), expected(Party.P1))
    assert [channel.stats.rounds for channel in outcome.channels] == [3, 3]


def test_steps_together_share_messages_and_lanes_do_not() -> None:
    headers = 16
    shared = run(lambda session: all_of(parts(session)))
    apart = run(lambda session: in_lanes(parts(session)))
    assert shared.channels[0].stats.bytes_sent == 3 * headers + 6 * 8
    assert apart.channels[0].stats.bytes_sent == 6 * headers + 6 * 8


def test_steps_of_lanes_inside_others_still_share_rounds() -> None:
    def nested(session: Session) -> Steps[list[int]]:
        inside, beside = yield from together(in_lanes(parts(session)), swap(session, 5, 2))
        (last,) = yield from in_lanes([in_lanes([swap(session, 6, 1)])])
        return [*inside, beside, *last]

    outcome = run(nested)
    assert outcome.results == ([*expected(Party.P0), 11, 6], [*expected(Party.P1), 11, 6])
    assert [channel.stats.rounds for channel in outcome.channels] == [4, 4]


def test_steps_of_lanes_compute_while_later_messages_are_under_way() -> None:
    """The first lane goes on before the second one's message was taken."""
    order: list[str] = []

    def noting(session: Session, name: str) -> Steps[int]:
        found = yield from swap(session, 1, 1)
        order.append(f"{session.party.letter}{name}")
        return found

    def play(party: Party, channel: Channel) -> list[int]:
        plain = channel.receive_parts

        def receiving(step: str, incoming: Sequence[Array]) -> None:
            order.append(f"{party.letter}?")
            plain(step, incoming)

        setattr(channel, "receive_parts", receiving)
        session = Session(party, Dealer(party), channel)
        return session.run(in_lanes([noting(session, "1"), noting(session, "2")]))

    run_two(play)
    mine = [event for event in order if event[0] == "a"]
    assert mine.index("a1") < [i for i, event in enumerate(mine) if event == "a?"][-1] < mine.index("a2")


@pytest.mark.parametrize("combine", [all_of, in_lanes])
def test_steps_are_walked_through_while_a_plan_is_recorded(
    combine: Callable[[list[Steps[int]]], Steps[list[int]]],
) -> None:
    session, _ = recording_session(Party.P1)
    assert session.run(combine(parts(session))) == [0, 0, 7, 0]


def test_an_error_in_one_of_several_protocols_is_raised() -> None:
    def failing() -> Steps[int]:
        yield Turn()
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        run(lambda session: in_lanes([swap(session, 1, 2), failing()]))
