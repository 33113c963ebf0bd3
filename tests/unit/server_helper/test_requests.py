"""Requests as they reach a helper: what was recorded comes back, anything else is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.errors import BadInput, TooLarge
from server_node.kernels.windows import Window
from server_node.offline.helper.requests import MAX_REQUEST_BYTES, read_requests, read_view, write_requests
from server_node.offline.plan import PlanRecorder
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from tests.helpers.plans import every_kind


def test_a_recorded_segment_comes_back() -> None:
    requests = every_kind(65)
    assert read_requests(json.loads(json.dumps(write_requests(requests)))) == requests


@pytest.mark.parametrize(
    "view",
    [
        PLAIN,
        TRANSPOSED,
        View(channels=(0, 7)),
        View(window=Window((3, 5), 2, 1)),
        View(channels=(16, 32), window=Window((1, 1)), transposed=True),
    ],
)
def test_a_view_comes_back_from_its_code(view: View) -> None:
    assert read_view(view.code) == view


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x",
        "n,t",
        "t,t",
        "c3-3",
        "c5-2",
        "c1-02",
        "c0-9999999999",
        "w3x3s0p0",
        "w0x3s1p0",
        "w3x3s1",
        "w3x3s1p0,c0-1",
    ],
)
def test_other_codes_of_views_are_refused(code: str) -> None:
    with pytest.raises(ValueError):
        read_view(code)


MASKS: list[Any] = [["mask", [4, 6], [], "8"], ["mask", [6, 5], [], "8"], ["square", [4, 6], [0], "8"]]


@pytest.mark.parametrize(
    "item",
    [
        ["triples", [3], [], "8"],
        ["mask", [3], [], "7"],
        ["mask", [-3], [], "8"],
        ["mask", [3.0], [], "8"],
        ["mask", [True], [], "8"],
        ["mask", [1] * 9, [], "8"],
        ["mask", "3", [], "8"],
        ["mask", [3], [0], "8"],
        ["square", [4, 6], [], "8"],
        ["square", [4, 6], [7], "8"],
        ["square", [4, 6], [-1], "8"],
        ["square", [4, 6], [2], "8"],
        ["square", [4, 5], [0], "8"],
        ["square", [4, 6], [0], "9"],
        ["square", [4, 6], [0], ""],
        ["square", [4, 6], [0], "8/8"],
        ["product", [4, 6], [0, 1], "8"],
        ["matmul", [4, 5], [0, 1], "8"],
        ["matmul", [4, 6], [0, 1], "n/n/8"],
        ["matmul", [4, 6], [0, 1], "n/t/8"],
        ["matmul", [4, 4], [0, 0], "c0-9/t,c0-9/8"],
        ["matmul", [4, 5], [0, 1], "w3x3s1p0/n/8"],
        ["matmul", [6, 4], [0, 0], "w1x1s1p0/t,w1x1s1p0/8"],
        ["matmul", [4, 6], [0, 1], "n/n/f2x2s1p0/8"],
        ["matmul", [1, 3, 3, 1], [0, 0], "n/t/f2x2s1p0"],
        ["matmul", [1, 3, 3, 2], [0, 0], "n/t/f2x2s1p0/8"],
        ["matmul", [1, 3, 3, 1], [0, 0], "n/t/w2x2s1p0/8"],
        ["matmul", [1, 3, 3, 1], [0, 0], "n/t/f2x2s1p00/8"],
        ["matmul", [0, 3, 3, 1], [0, 0], "n/t/f2x2s1p0/8"],
        ["matmul", [1, 2, 2, 1], [0, 0], "n/t/f3x3s1p0/8"],
        ["bit-triples", [3, 1], [], "8"],
        ["bit-triples", [3], [], "4"],
        ["lookups", [3], [], "8/0"],
        ["lookups", [3], [], "8/17"],
        ["lookups", [3], [], "8/04"],
        ["lookups", [3], [], "8"],
        ["lookups", [3], [], "12/4"],
        ["digit-pads", [3], [], "8"],
        ["digit-pads", [3], [], "8/4"],
        ["digit-pads", [3], [], "8/0-0"],
        ["digit-pads", [3], [], "8/5-4"],
        ["digit-pads", [3], [], "8/4-4-4"],
        ["digit-pads", [3], [], "4/4-4"],
        ["digit-pads", [3], [], "4-4"],
        ["private-pairs", [3], [], "8", 1],
        ["private-pairs", [3], []],
        {},
        None,
        7,
    ],
)
def test_what_no_plan_can_hold_is_refused(item: object) -> None:
    with pytest.raises(BadInput, match="Request 3 "):
        read_requests([*MASKS, item])


@pytest.mark.parametrize("value", [None, {}, "mask"])
def test_a_segment_is_a_list(value: object) -> None:
    with pytest.raises(BadInput):
        read_requests(value)


def test_what_needs_too_much_memory_at_once_is_refused_before_it_is_allocated() -> None:
    limit = MAX_REQUEST_BYTES // 8
    for kind in ("mask", "private-and"):
        read_requests([[kind, [limit], [], "8"]])
        with pytest.raises(TooLarge, match="smaller batches"):
            read_requests([[kind, [limit + 1], [], "8"]])
    with pytest.raises(TooLarge):
        read_requests([["lookups", [limit >> 15], [], "8/16"]])
    with pytest.raises(TooLarge):
        read_requests([["digit-pads", [limit >> 4], [], "8/4-0"]])
    with pytest.raises(TooLarge):
        read_requests([["private-pairs", [1 << 200], [], "8"]])


def test_a_product_that_folds_comes_back() -> None:
    """The matrix of 4 places by 4 entries becomes an image of 3 by 3."""
    item = ["matmul", [1, 3, 3, 1], [0, 0], "n/t/f2x2s1p0/8"]
    request = read_requests([*MASKS, item])[3]
    assert request.matrix == (4, 4) and request.shape == (1, 3, 3, 1) and request.size == 9


def test_a_large_product_that_folds_to_a_small_image_is_refused() -> None:
    ask = PlanRecorder()
    fold = Fold(Window((64, 64), 1, 32), (2, 128, 128, 1))
    ask.matmul(ask.mask((fold.matrix[0], 1)), ask.mask((1, fold.matrix[1])), fold=fold)
    with pytest.raises(TooLarge):
        read_requests(write_requests(ask.requests))


def test_a_large_matrix_made_of_a_small_image_is_refused() -> None:
    ask = PlanRecorder()
    window = View(window=Window((64, 64), 1, 32))
    ask.matmul(ask.mask((2, 128, 128, 4)), ask.mask((64 * 64 * 4, 1)), (window, PLAIN))
    with pytest.raises(TooLarge):
        read_requests(write_requests(ask.requests))
