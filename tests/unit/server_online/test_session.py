"""The session: public values, recording, prices."""

from __future__ import annotations

import pytest
import torch

from common.errors import SpecRefused
from common.ids import Party
from common.net.memory import memory_pair
from common.wire import framing
from server_node.online import session as session_module
from server_node.online.session import Cost, Session, priced, recording_session
from server_node.online.steps import Steps, Turn, all_of, in_lanes
from tests.helpers.dealer import Dealer


def pair() -> tuple[Session, Session]:
    ends = memory_pair()
    return Session(Party.P0, Dealer(Party.P0), ends[0]), Session(Party.P1, Dealer(Party.P1), ends[1])


def test_session_shares_of_a_public_value_add_up_to_it() -> None:
    first, second = pair()
    like = torch.arange(6).reshape(2, 3)
    value = torch.tensor([[1, -2, 3], [4, 5, -(2**63)]])
    assert torch.equal(first.public(value, like) + second.public(value, like), value)
    assert torch.equal(first.public(7, like) + second.public(7, like), torch.full((2, 3), 7))


def test_session_party_zero_is_first() -> None:
    first, second = pair()
    assert (first.is_first, second.is_first) == (True, False)
    assert not first.is_recording
    assert first.device.type == "cpu"


def test_recording_session_computes_with_shapes_alone() -> None:
    session, recorder = recording_session(Party.P1, 12)
    assert session.is_recording
    assert session.device.type == "meta"
    assert session.fraction_bits == 12
    mask = session.correlations.mask((3, 2))
    assert mask.share.is_meta
    assert session.public(5, mask.share).is_meta
    assert [request.kind for request in recorder.requests] == ["mask"]


def test_priced_puts_the_operation_on_the_price_list(monkeypatch: pytest.MonkeyPatch) -> None:
    prices: dict[str, Cost] = {}
    monkeypatch.setattr(session_module, "PRICES", prices)

    @priced(rounds=2, item_bits=3.5, opens="nothing")
    def operation() -> int:
        return 4

    assert prices == {"operation": Cost(2, 3.5, "nothing")}
    assert operation() == 4


def shape_only(count: int, kind: torch.dtype = torch.int64) -> torch.Tensor:
    return torch.empty(count, dtype=kind, device="meta")


def send(outgoing: list[torch.Tensor], incoming: list[torch.Tensor]) -> Steps[None]:
    yield Turn(outgoing, incoming)


@pytest.mark.parametrize("party", Party)
def test_recording_refuses_a_message_that_could_not_be_sent(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_BODY", 80)
    fits, one, byte = shape_only(10), shape_only(1), shape_only(1, torch.uint8)
    too_large: list[Steps[object]] = [
        send([fits, byte], []),
        send([], [fits, byte]),
        all_of([send([fits], []), send([one], [])]),
        in_lanes([send([one], [one]), send([one], [fits, byte])]),
    ]
    for steps in too_large:
        with pytest.raises(SpecRefused, match="smaller batch") as raised:
            recording_session(party)[0].run(steps)
        assert raised.value.details["field"] == "training.batch"


@pytest.mark.parametrize("party", Party)
def test_recording_takes_messages_of_the_largest_size(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way and each lane has a message of its own."""
    monkeypatch.setattr(framing, "MAX_BODY", 80)
    fits = shape_only(10)
    recording_session(party)[0].run(send([fits], [fits]))
    recording_session(party)[0].run(in_lanes([send([fits], [fits]), send([fits], [fits])]))
