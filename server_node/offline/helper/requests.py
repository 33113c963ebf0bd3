"""Requests as a worker writes them to the helper, read back strictly.

A request is recorded again from its kind, masks and options and must be equal to what was written, so nothing that no
plan can hold is dealt; sizes are capped before anything is allocated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch

from common.errors import BadInput, TooLarge
from common.ids import Party
from server_node.kernels.windows import Window
from server_node.offline.plan import WORD_BYTES, PlanRecorder, Request, Segment
from server_node.offline.provider import Mask
from server_node.offline.views import Fold, View

MAX_REQUESTS: Final = 1 << 22
MAX_REQUEST_BYTES: Final = 1 << 30
"""Of a mask, of each party's result, and of a matrix that a product reads."""
_MAX_AXES: Final = 8
_MAX_INDEX_BITS: Final = 16
_NUMBER: Final = "(?:0|[1-9][0-9]{0,8})"
_CHANNELS: Final = re.compile(f"c({_NUMBER})-({_NUMBER})")
_DIGITS: Final = re.compile("([0-4])-([0-4])")
_WINDOW: Final = re.compile(f"[wf]({_NUMBER})x({_NUMBER})s({_NUMBER})p({_NUMBER})")


@dataclass(frozen=True)
class _Written:
    """One request as it was written; ``views`` and ``last`` are its option."""

    shape: tuple[int, ...]
    masks: list[Mask]
    views: list[str]
    last: str

    @property
    def size(self) -> int:
        (size,) = self.shape
        return size

    @property
    def width(self) -> int:
        return _read_width(self.last)


def write_requests(requests: Segment) -> list[object]:
    """JSON value of a segment's requests."""
    return [request.as_json() for request in requests]


def read_requests(value: object) -> Segment:
    """The requests of a segment.

    Raises:
        BadInput: not what :func:`write_requests` makes of a recorded segment.
        TooLarge: a request is larger than a helper deals at once.
    """
    if not isinstance(value, list) or len(value) > MAX_REQUESTS:
        raise BadInput(f"A segment is a list of at most {MAX_REQUESTS} requests.", field="requests")
    requests: Segment = []
    for item in value:
        try:
            request = _read(item, requests)
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RuntimeError) as error:
            raise _refused(len(requests)) from error
        if request.as_json() != item:
            raise _refused(len(requests))
        requests.append(request)
    return requests


def _refused(index: int) -> BadInput:
    return BadInput(f"Request {index} of the segment is not one that a plan can hold.", field="requests")


def _read(item: Any, earlier: Segment) -> Request:
    kind, shape, masks, option = item
    if len(shape) > _MAX_AXES or not all(type(number) is int and number >= 0 for number in [*shape, *masks]):
        raise ValueError("not a shape")
    _check_size(math.prod(shape), WORD_BYTES, len(earlier))
    *views, last = option.split("/")
    written = _Written(tuple(shape), [_mask(index, earlier) for index in masks], views, last)
    recorder = PlanRecorder()
    _RECORD[kind](recorder, written)
    request = recorder.requests[0]
    for party in Party:
        _check_size(sum(request.result_parts(party)), WORD_BYTES, len(earlier))
    if request.views:
        largest = max(request.inner * max(request.matrix), math.prod(request.matrix))
        _check_size(largest, WORD_BYTES, len(earlier))
    return request


def _check_size(elements: int, element_bytes: int, index: int) -> None:
    if elements * element_bytes > MAX_REQUEST_BYTES:
        raise TooLarge(
            f"Request {index} of the segment needs more than {MAX_REQUEST_BYTES >> 20} MiB at once; "
            "the helper deals less: use smaller batches.",
            field="requests",
        )


def _mask(index: int, earlier: Segment) -> Mask:
    if earlier[index].kind != "mask":
        raise ValueError("not a mask")
    return Mask(index, torch.empty(earlier[index].shape, dtype=torch.int64, device="meta"))


def _product(recorder: PlanRecorder, written: _Written) -> None:
    a, b = written.masks
    recorder.product(a, b, 8 * written.width)


def _square(recorder: PlanRecorder, written: _Written) -> None:
    (a,) = written.masks
    recorder.square(a, 8 * written.width)


def _matmul(recorder: PlanRecorder, written: _Written) -> None:
    (a, b), (left, right, *folds) = written.masks, written.views
    fold = _read_fold(folds[0], written.shape) if folds else None
    recorder.matmul(a, b, (_view_of(a, left), _view_of(b, right)), 8 * written.width, fold)


def _lookups(recorder: PlanRecorder, written: _Written) -> None:
    (width,) = written.views
    if not 1 <= int(written.last) <= _MAX_INDEX_BITS:
        raise ValueError("not an index")
    recorder.lookups(written.size, int(written.last), _read_width(width))


def _digit_pads(recorder: PlanRecorder, written: _Written) -> None:
    found = _DIGITS.fullmatch(written.last)
    if not found:
        raise ValueError("not two digits")
    recorder.digit_pads(written.size, (int(found[1]), int(found[2])))


_RECORD: Final[dict[str, Callable[[PlanRecorder, _Written], object]]] = {
    "mask": lambda recorder, written: recorder.mask(written.shape),
    "product": _product,
    "square": _square,
    "matmul": _matmul,
    "bit-triples": lambda recorder, written: recorder.bit_triples(written.size),
    "private-and": lambda recorder, written: recorder.private_and(written.size),
    "private-pairs": lambda recorder, written: recorder.private_pairs(written.size),
    "digit-pads": _digit_pads,
    "private-product": lambda recorder, written: recorder.private_product(written.size, written.width),
    "private-values": lambda recorder, written: recorder.private_values(written.size, 8 * written.width),
    "random-ots": lambda recorder, written: recorder.random_ots(written.size, written.width),
    "lookups": _lookups,
}


def _read_width(text: str) -> int:
    if text not in tuple("12345678"):
        raise ValueError("not a width")
    return int(text)


def _view_of(mask: Mask, code: str) -> View:
    view, shape = read_view(code), mask.share.shape
    if (view.window and len(shape) != 4) or (view.channels and view.channels[1] > shape[-1]):
        raise ValueError("not a view of this mask")
    return view


def _read_fold(code: str, shape: tuple[int, ...]) -> Fold:
    b, h, w, c = shape
    fold = Fold(_read_window(code), (b, h, w, c))
    if fold.code != code or min(shape) < 1:
        raise ValueError("not a fold")
    return fold


def _read_window(code: str) -> Window:
    found = _WINDOW.fullmatch(code)
    if not found:
        raise ValueError("not a window")
    height, width, stride, padding = map(int, found.groups())
    return Window((height, width), stride, padding)


def read_view(code: str) -> View:
    """The view with this code.

    Raises:
        ValueError: there is none.
    """
    channels, window, transposed = None, None, False
    for part in code.split(","):
        if part == "t":
            transposed = True
        elif found := _CHANNELS.fullmatch(part):
            channels = int(found[1]), int(found[2])
        elif part.startswith("w"):
            window = _read_window(part)
    view = View(channels, window, transposed)
    if view.code != code or (channels and channels[0] >= channels[1]):
        raise ValueError("not a view")
    return view
