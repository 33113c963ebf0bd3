"""Loss and accuracy from two shares, once per epoch, whatever the order they come in."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from common.errors import BadFrame, PeerMismatch
from desktop_client.reveal.metrics import MetricPairs, add_metrics, parse_metric

LOGITS = np.array([[2.0, -1.0, 0.5], [0.0, 0.25, -3.0], [-1.5, 1.0, 1.25], [4.0, 0.0, 0.0]])
LABELS = np.eye(3)[[0, 1, 1, 0]]


def _events(epoch: int = 1, logits: npt.NDArray[np.float64] = LOGITS) -> list[dict[str, Any]]:
    rng = np.random.default_rng(epoch)
    halves: list[dict[str, Any]] = [{}, {}]
    for name, values in (("logits", logits), ("labels", LABELS)):
        fixed = np.round(values * 65536).astype(np.int64).view(np.uint64)
        mask = rng.integers(0, 2**64, fixed.shape, np.uint64)
        for half, share in zip(halves, (mask, fixed - mask), strict=True):
            half[name] = base64.b64encode(share.astype("<u8").tobytes()).decode()
    common = {"kind": "metrics", "epoch": epoch, "step": 8 * epoch, "shape": [4, 3], "fraction_bits": 16, "attempt": 1}
    return [{**common, **half} for half in halves]


def test_metrics_are_those_of_the_plain_values() -> None:
    found = add_metrics(*(parse_metric(event) for event in _events()))
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    expected = -np.log(probabilities[np.arange(4), [0, 1, 1, 0]]).mean()
    assert found.loss == pytest.approx(expected, abs=1e-3)
    assert (found.accuracy, found.count, found.epoch, found.step) == (0.75, 4, 1, 8)


def test_metrics_of_huge_logits_stay_finite() -> None:
    found = add_metrics(*(parse_metric(event) for event in _events(logits=LOGITS * 10_000)))
    assert np.isfinite(found.loss)


def test_pairs_open_each_epoch_once_in_any_order() -> None:
    first, second = (_events(epoch) for epoch in (1, 2))
    pairs = MetricPairs()
    order = [("a", first[0]), ("a", second[0]), ("b", second[1]), ("b", second[1]), ("a", second[0]), ("b", first[1])]
    found = [pairs.add(role, parse_metric(event)) for role, event in order]
    assert [one.epoch if one else None for one in found] == [None, None, 2, None, None, 1]


def test_metrics_of_different_epochs_do_not_fit() -> None:
    with pytest.raises(PeerMismatch):
        add_metrics(parse_metric(_events(1)[0]), parse_metric(_events(2)[1]))


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": None},
        {"epoch": -1},
        {"epoch": True},
        {"step": "8"},
        {"fraction_bits": 33},
        {"shape": [4]},
        {"shape": [4, 0]},
        {"shape": [4, "3"]},
        {"shape": [1 << 20, 1 << 20]},
        {"shape": [5, 3]},
        {"logits": None},
        {"logits": "****"},
        {"labels": ""},
        {"labels": "A" * 10_000},
    ],
)
def test_metrics_of_another_form_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        parse_metric({**_events()[0], **change})


def test_metrics_have_macro_averages() -> None:
    """Said: 0, 1, 2, 0 where 0, 1, 1, 0 is true; class 2 is not there and counts with 0."""
    found = add_metrics(*(parse_metric(event) for event in _events()))
    assert [found.precision, found.recall, found.f1] == pytest.approx([2 / 3, 0.5, (1 + 2 / 3 + 0) / 3])
