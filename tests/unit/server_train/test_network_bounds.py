"""Networks that fixed point has no room for are refused while their plan is recorded."""

from __future__ import annotations

import pytest
import torch

from common.architecture import Architecture
from common.errors import SpecRefused
from common.ids import Party
from server_node.online.session import recording_session
from server_node.train.layers.layer import Moment
from server_node.train.layers.values import ring_for
from server_node.train.network import Network
from server_node.train.state import initial_state
from tests.helpers.networks.build import conv, layer, linear, network

SEED = b"bounds".ljust(32)


def record(found: Architecture, batch: int) -> int:
    """How many correlations one step asks for."""
    session, recorder = recording_session(Party.P0)
    c, h, w = found.shape
    state = initial_state(Party.P0, 16, found, SEED)
    state.weights = {name: value.to("meta") for name, value in state.weights.items()}
    x = torch.empty((batch, h, w, c), dtype=torch.int64, device="meta")
    labels = torch.empty((batch, len(found.classes)), dtype=torch.int64, device="meta")
    session.run(Network(found).train_step(session, state, x, labels, 1, Moment(SEED, 0, 0)))
    return len(recorder.requests)


def test_smallest_ring_holds_a_value_with_its_sign_and_room() -> None:
    session, _ = recording_session(Party.P0)
    assert [ring_for(session, surplus) for surplus in (0, 2, 3, 16, 34)] == [32, 32, 40, 48, 64]
    with pytest.raises(SpecRefused, match="needs 65 bits") as raised:
        ring_for(session, 35)
    assert raised.value.details == {"field": "model.layers"}


def pooled(size: int) -> Architecture:
    return network((1, 32, 32), layer("average-pool", size=size), layer("square"), layer("flatten"), linear(2))


def test_square_of_the_mean_of_a_thousand_values_is_refused() -> None:
    assert record(pooled(16), 2) > 0
    with pytest.raises(SpecRefused, match="needs 66 bits"):
        record(pooled(32), 2)


def test_normalisation_over_too_many_values_is_refused() -> None:
    found = network((1, 32, 32), conv(2, (1, 1)), layer("batch-norm"), layer("global-average-pool"), linear(2))
    assert record(found, 512) > 0
    with pytest.raises(SpecRefused, match="has 1048576; use a smaller batch") as raised:
        record(found, 1024)
    assert raised.value.details == {"field": "training.batch"}
