"""From counts and measurements to seconds; images to bytes; what a process says, read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.errors import SpecRefused
from common.ids import Party
from common.pipeline import Stage
from common.sharing.share_chunk import ChunkExpectation, ChunkLayout
from server_node.estimate.answer import Way, seconds_of, source_answers, stage_seconds, whole_seconds
from server_node.estimate.images import MAX_IMAGES, Images, images_of
from server_node.estimate.outcome import Outcome
from tests.helpers.jobs.estimates import OUTCOME, PREPARE, TRAIN

ONE: dict[str, Any] = {"count": 30, "shape": [8, 8, 1], "bits": 8, "classes": 2}


def test_seconds_on_one_machine_are_those_that_were_measured() -> None:
    assert seconds_of(PREPARE, OUTCOME, None) == 10.0


@pytest.mark.parametrize(("speed", "extra"), [(2e6, 0.0), (1e6, 0.0), (2.5e5, 2.4), (2e4, 10.0 + 39.2)])
def test_seconds_wait_for_a_network_that_is_slower_than_the_processor(speed: float, extra: float) -> None:
    # A million bytes, and 200,000 that the other server sends meanwhile; 400,000 of them while something is made. In a
    # round both send at once.
    assert seconds_of(PREPARE, OUTCOME, Way(0.02, speed)) == pytest.approx(10.0 + 100 * 0.01 + extra)


@pytest.mark.parametrize(
    ("change", "prepare", "train", "whole"),
    [
        ({}, 10.0, 2.0, 14.0),  # each of two epochs is used while the next is prepared: 5, then 5 beside 1, then 1
        ({"lanes": 0}, 10.0, 2.0, 15.0),
        ({"lanes": 2, "plan_seconds": 4.0}, 10.0, 2.0, 3.0 + 4.0 + 3.0 + 2.0),
        ({"plan_seconds": 20.0}, 10.0, 2.0, 15.0),
        ({"lanes": 0, "cores": 1.0}, 10.0, 2.0, 15.0),
        ({"lanes": 2}, 10.0, 2.0, 10.0),
        ({"lanes": 2, "epochs": 10}, 10.0, 2.0, 8.4),
        # A core less than both want: a second of an epoch beside the other takes three quarters more.
        ({"cores": 1.0}, 10.75, 2.75, 3.0 + 10.75 + 2.75 / 2),
        ({"cores": 1.0, "epochs": 1}, 10.0, 2.0, 15.0),
        ({"cores": 0.5}, 12.5, 4.5, 22.0),
        ({"cores": 1.0, "lanes": 2}, 10.75, 2.75, 12.5),
    ],
)
def test_jobs_use_an_epoch_while_they_prepare_the_next(
    change: dict[str, Any], prepare: float, train: float, whole: float
) -> None:
    outcome = replace(OUTCOME, **change)
    found = stage_seconds((PREPARE, TRAIN), outcome, None)
    assert found == {Stage.PREPARE: pytest.approx(prepare), Stage.TRAIN: pytest.approx(train)}
    assert whole_seconds((PREPARE, TRAIN), outcome, None) == pytest.approx(whole)


def test_messages_that_are_asked_for_ahead_are_waited_for_where_they_are_all_there_is() -> None:
    few = replace(PREPARE, rounds=0, ahead_bytes=1_200_000)
    assert seconds_of(few, OUTCOME, Way(3.9, 1e7)) == 10.0
    assert seconds_of(few, OUTCOME, Way(8.0, 1e7)) == 5 * 4.0


def test_whole_job_is_not_faster_than_its_network() -> None:
    way = Way(0.0, 5e4)
    assert seconds_of(TRAIN, OUTCOME, way) == pytest.approx(2.0 + 10.0 - 0.5)
    assert whole_seconds((PREPARE, TRAIN), replace(OUTCOME, lanes=1000, epochs=1000), way) == pytest.approx(3.0 + 30.0)


def test_answers_have_every_stage_of_every_source() -> None:
    found = source_answers(OUTCOME, None, {"helper": "There is none."})
    assert [(one["name"], one["refusal"], one["seconds"]) for one in found] == [
        ("cot", None, 14.0), ("helper", "There is none.", 14.0),
    ]  # fmt: skip
    assert found[0]["stages"] == [
        {"stage": "prepare", "seconds": 10.0, "bytes_sent": 1_000_000, "rounds": 100, "disk_bytes": 5000},
        {"stage": "train", "seconds": 2.0, "bytes_sent": 500_000, "rounds": 1000, "disk_bytes": 60},
    ]


def test_outcome_survives_the_way_to_the_node() -> None:
    assert Outcome.from_json(OUTCOME.as_json()) == OUTCOME


@pytest.mark.parametrize("change", [{"images": "many"}, {"sources": {"cot": [{"stage": "dance"}]}}, {"sources": []}])
def test_outcome_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        Outcome.from_json({**OUTCOME.as_json(), **change})


@pytest.mark.parametrize("count", [1, 100, 65_536, 200_000])
@pytest.mark.parametrize("party", Party)
def test_upload_is_the_sum_of_all_sealed_chunks(count: int, party: Party) -> None:
    layout = ChunkLayout((28, 28, 1), 10, 16)
    per_chunk = layout.images_per_chunk
    sizes = [min(per_chunk, count - start) for start in range(0, count, per_chunk)]
    chunks = [ChunkExpectation(layout, bytes(16), party, index, size) for index, size in enumerate(sizes)]
    assert Images((count,), (28, 28, 1), 8, 10).upload_bytes(party) == sum(chunk.sealed_size for chunk in chunks)


def test_images_of_several_data_sets() -> None:
    found = images_of([ONE, {**ONE, "count": 12}])
    assert found == Images((30, 12), (8, 8, 1), 8, 2)
    assert found.as_json() == {
        "counts": [30, 12], "shape": [8, 8, 1], "bits": 8, "ring_bits": 16, "classes": ["class 0", "class 1"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ([{**ONE, "shape": [8, 9, 1]}], "need the same shape"),
        ([{**ONE, "bits": 12}], "need the same bits"),
        ([{**ONE, "classes": 3}], "need the same classes"),
        ([{**ONE, "count": MAX_IMAGES}], "No estimate is made for more than"),
    ],
)
def test_images_that_do_not_fit_are_refused(others: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(SpecRefused, match=says):
        images_of([ONE, *others])


def test_images_larger_than_a_chunk_are_refused() -> None:
    with pytest.raises(SpecRefused, match="larger than a chunk"):
        images_of([{**ONE, "shape": [4096, 4096, 4]}])
