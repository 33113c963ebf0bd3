"""The local part of hiding, on plain numbers: values, mixtures and labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from common.ids import Party
from common.schedule import MixPlan, mix_plan
from server_node.hide import mixing
from server_node.hide.samples import gather, shapes_only
from server_node.offline.plan import PlanRecorder
from server_node.online.session import Session, recording_session
from tests.helpers.jobs.projects import specification
from tests.helpers.two_party.operations import RING, uniform

SEED = b"mixing".ljust(32)


def session(party: Party) -> Session:
    return Session(party, PlanRecorder(), None)


def values(x: torch.Tensor, scale: str, depth: int) -> torch.Tensor:
    """Numerators of shared pixels: P0 holds the pixels, P1 nothing."""
    parts = (x, torch.zeros_like(x))
    first, second = (mixing.pixel_values(session(p), parts[p], scale, depth) for p in Party)
    return first + second


@pytest.mark.parametrize("depth", [8, 16])
def test_pixel_values_are_numerators_over_two_to_the_depth(depth: int) -> None:
    top = (1 << depth) - 1
    x = torch.tensor([0, 1, top // 2, top])
    assert values(x, "unit", depth).tolist() == x.tolist()
    assert values(x, "signed", depth).tolist() == [-top, 2 - top, 2 * (top // 2) - top, top]


@given(count=st.integers(1, 30), k=st.sampled_from([1, 2, 4, 6]), start=st.integers(0, 30), size=st.integers(0, 30))
def test_mix_is_the_weighted_sum_of_its_sources(count: int, k: int, start: int, size: int) -> None:
    x, plan, rows = uniform(*RING, count, 5), mix_plan(SEED, 0, count, k), slice(start, start + size)
    found = mixing.mix(x, plan, rows)
    expected = [
        [sum(int(w) * int(x[s, place]) for s, w in zip(sources, weights, strict=True)) for place in range(5)]
        for sources, weights in zip(plan.sources[rows], plan.weights[rows], strict=True)
    ]
    assert found.shape == (len(expected), 5)
    assert all((a - b) % 2**64 == 0 for row, wanted in zip(found.tolist(), expected) for a, b in zip(row, wanted))


def test_mix_of_a_plan_of_others_takes_the_named_images() -> None:
    """Rows of a plan may name any images, in any order, more than once."""
    x = uniform(*RING, 4, 3)
    plan = MixPlan(np.array([[3, 3], [0, 2]]), np.array([[100, 156], [256, 0]]))
    found = mixing.mix(x, plan, slice(None))
    assert torch.equal(found, torch.stack([256 * x[3], 256 * x[0]]))


def test_mix_of_shapes_is_a_shape() -> None:
    plan = mix_plan(SEED, 0, 9, 4)
    found = mixing.mix(torch.empty((9, 7), dtype=torch.int64, device="meta"), plan, slice(2, 6))
    assert found.is_meta and found.shape == (4, 7)


def test_mixed_labels_have_the_scale_of_fixed_point() -> None:
    assert mixing.mixed_labels(session(Party.P0), torch.tensor([[256, 0], [100, 156]])).tolist() == [
        [65536, 0],
        [100 * 256, 156 * 256],
    ]


@pytest.mark.parametrize(("depth", "mask", "kinds"), [(8, True, ["random-ots"]), (8, False, []),
                                                      (16, True, ["private-product", "random-ots"]),
                                                      (16, False, ["private-product"])])  # fmt: skip
def test_hiding_plans_exactly_what_it_takes(depth: int, mask: bool, kinds: list[str]) -> None:
    recording, recorder = recording_session(Party.P0)
    hiding = specification(hiding={"mask": mask}).hiding
    pixels = torch.empty((6, 10), dtype=torch.int64, device="meta")
    hidden = recording.run(mixing.hide_pixels(recording, pixels, hiding, depth))
    assert hidden.shape == (6, 10)
    assert [(request.kind, request.size) for request in recorder.requests] == [(kind, 60) for kind in kinds]


def test_shapes_are_those_of_gathered_samples() -> None:
    found = shapes_only(50, 144, 3, 16)
    assert found.values.shape == (50, 147) and found.values.is_meta
    assert (found.pixels, found.ring_bits) == (144, 16)


class Chunk:
    """Shares of two images of 2 x 2 pixels."""

    def __init__(self, start: int) -> None:
        self._start = start

    def pixels_share(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
        return np.arange(self._start, self._start + 8, dtype=np.uint16).reshape(2, 2, 2, 1)

    def labels_share(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
        return np.full((2, 3), 65_535, np.uint16)


def test_gathered_samples_keep_pixels_and_labels_side_by_side() -> None:
    found = gather([Chunk(0), Chunk(100)], 16)
    assert found.values.dtype == torch.int64
    assert found.values.tolist() == [
        [0, 1, 2, 3, 65_535, 65_535, 65_535],
        [4, 5, 6, 7, 65_535, 65_535, 65_535],
        [100, 101, 102, 103, 65_535, 65_535, 65_535],
        [104, 105, 106, 107, 65_535, 65_535, 65_535],
    ]
