"""A whole job whose correlations a helper deals: the same model, with hardly a byte between the servers before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.pipeline import Stage
from tests.helpers.jobs.clear import same_training_in_clear
from tests.helpers.jobs.images import halves
from tests.helpers.jobs.projects import specification
from tests.helpers.jobs.runs import Notes, make_work, run_job
from tests.helpers.two_party.helping import LocalHelper, local_rooms


def test_job_with_a_helper_gives_the_model_of_training_in_the_clear(tmp_path: Path) -> None:
    images, labels = halves(48, 12)
    work = make_work(specification(), images, labels, [30, 18])
    notes = (Notes(), Notes())
    with local_rooms() as rooms:
        run = run_job(work, tmp_path, notes=notes, source=LocalHelper(rooms), lanes=2)
    clear = same_training_in_clear(work.spec, images, labels, work.counts, run.seed)
    for name, weight in clear.tensors.items():
        np.testing.assert_allclose(run.weights()[name], weight, atol=0.01 * max(1.0, float(np.abs(weight).max())))
    for note in notes:
        [prepared] = [subject for _, subject in note.events if subject.get("stage") == Stage.PREPARE]
        assert prepared["source"] == "helper"
        cost = note.costs[Stage.PREPARE]
        assert cost.done == cost.total > 100_000 and cost.traffic.bytes_sent < 500
