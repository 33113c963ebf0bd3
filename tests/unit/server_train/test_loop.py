"""Budget of a training: steps, rates and the plan of correlations it records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch

from common.ids import Party
from common.pipeline import Stage
from common.schedule import hold_back, learning_rates
from server_node.hide.samples import Samples
from server_node.online.session import recording_session
from server_node.train.inference import BLOCK
from server_node.train.loop import Epochs, run_epoch
from server_node.train.meter import Meter, StageCost
from server_node.train.state import initial_state
from tests.helpers.jobs.projects import architecture, model_of, specification

SEED = b"loop".ljust(32)


def job(trained: int = 50, **sections: Any) -> Epochs:
    spec = specification(**sections)
    return Epochs(spec, architecture(spec, (8, 8, 1)), SEED, trained)


def test_steps_leave_an_incomplete_batch_out() -> None:
    assert [job(trained).steps for trained in (8, 15, 16, 50)] == [1, 1, 2, 6]


def test_rates_cover_all_epochs() -> None:
    found = job(training={"epochs": 3})
    assert found.rates == learning_rates(found.spec.training, 3 * 6)


def test_halved_rates_are_half_the_planned_ones() -> None:
    plain, halved = job(), replace(job(), halvings=1)
    assert halved.planned_rates == plain.planned_rates == plain.rates
    assert halved.rates == [rate // 2 for rate in plain.rates]


def test_rates_never_become_nothing() -> None:
    found = replace(job(training={"learning_rate": "0.00002", "schedule": "constant"}), halvings=3)
    assert set(found.rates) == {1}


def test_stages_are_announced_for_the_epochs_that_are_left() -> None:
    totals: dict[Stage, int] = {}

    class Listening(Meter):
        def expect(self, stage: Stage, total: int) -> None:
            totals[stage] = total

    job().announce(Listening(None, lambda stage, cost: None), 2)
    assert totals == {Stage.HIDE: 100, Stage.FEATURES: 100, Stage.TRAIN: 12}
    assert StageCost().done == 0


def recorded(trained: int, validation: int, **sections: Any) -> list[Any]:
    """The plan of one epoch."""
    found = job(trained, **sections)
    session, recorder = recording_session(Party.P0)
    total = trained + validation
    pixels = torch.empty((total, 64), dtype=torch.int64, device="meta")
    labels = torch.empty((total, 2), dtype=torch.int64, device="meta")
    training, held_back = hold_back([total], validation)
    samples = Samples(pixels, labels, training[:trained], held_back[:validation])
    state = initial_state(Party.P0, 16, found.architecture, SEED, found.network.slots).on(session.device)
    end = run_epoch(session, found, samples, state, 0, Meter(None, lambda stage, cost: None))
    assert end.logits.shape == (len(samples.validation), 2) and end.is_in_range
    return recorder.requests


@pytest.mark.parametrize("trained", [40, BLOCK, BLOCK + 1])
def test_epoch_hides_every_image_in_blocks(trained: int) -> None:
    masked, plain = (ots(recorded(trained, 0, hiding={"mask": mask})) for mask in (True, False))
    signs = masked - plain
    assert sum(size * times for size, times in signs.items()) == trained * 64
    assert max(signs) <= BLOCK * 64


def ots(plan: list[Any]) -> Counter[int]:
    """How often random OTs are asked for, by their number."""
    return Counter(request.size for request in plan if request.kind == "random-ots")


def test_epoch_plan_grows_with_the_steps_and_the_validation() -> None:
    def products(plan: list[Any]) -> int:
        return sum(request.kind == "matmul" for request in plan)

    plain = products(recorded(40, 0))
    assert plain == 5 * 2
    assert products(recorded(48, 0)) == plain + 2
    assert products(recorded(40, 10)) == plain + 1
    assert products(recorded(40, 0, model=model_of("mlp"))) == 5 * 5
