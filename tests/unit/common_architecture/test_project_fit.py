"""What a project needs before anybody consents: a network that fits the images, and a size the servers can hold."""

from __future__ import annotations

from typing import Any

import pytest

from common.architecture.description import MAX_METRIC_CELLS, MAX_PIXELS, check_project
from common.errors import SpecRefused
from tests.helpers.jobs.projects import model_of, specification

NAMES = [str(number) for number in range(10)]


def test_project_that_fits_gives_its_network() -> None:
    spec = specification(features={"extractor": "filter-bank"}, training={"batch": 64, "validation": 100})
    found = check_project(spec, [1000, 1000], (20, 20, 1), 8, NAMES)
    assert found.shape == (1, 20, 20) and found.tensors["head.0.weight"] == (125, 10)


def test_lenet_fits_in_batches_of_512_and_not_in_larger_ones() -> None:
    """Its widest layer has 24 * 24 * 20 values an image."""
    for batch, fits in ((128, True), (512, True), (1024, False)):
        spec = specification(
            model=model_of("lenet"), features={"extractor": "none"}, hiding={"mask": False}, training={"batch": batch}
        )
        if fits:
            assert check_project(spec, [4000], (28, 28, 1), 8, NAMES).parameters == 430_500
            continue
        with pytest.raises(SpecRefused, match="'conv0' is too large for batches of 1024"):
            check_project(spec, [4000], (28, 28, 1), 8, NAMES)


def test_windows_of_a_convolution_must_fit_too() -> None:
    conv = {"layer": "conv", "outputs": 1, "kernel": [16, 16], "stride": 1, "padding": 0, "groups": 1, "bias": False}
    layers: list[dict[str, Any]] = [conv, {"layer": "flatten"}, {"layer": "linear", "outputs": 10, "bias": False}]
    for batch, fits in ((8, True), (2048, False)):
        spec = specification(
            model=model_of("custom", layers=layers), features={"extractor": "none"}, hiding={"mask": False},
            training={"batch": batch, "validation": 0},
        )  # fmt: skip
        if fits:
            check_project(spec, [3000], (32, 32, 1), 8, NAMES)
            continue
        with pytest.raises(SpecRefused, match="'conv0' is too large"):
            check_project(spec, [3000], (32, 32, 1), 8, NAMES)


def test_normalisation_needs_values_to_take_a_mean_over() -> None:
    layers: list[dict[str, Any]] = [{"layer": "flatten"}, {"layer": "batch-norm"}]
    layers.append({"layer": "linear", "outputs": 10, "bias": False})
    spec = {"model": model_of("custom", layers=layers)}
    check_project(specification(**spec, training={"batch": 8}), [100], (8, 8, 1), 8, NAMES)
    with pytest.raises(SpecRefused, match="fewer than 8"):
        check_project(specification(**spec, training={"batch": 4}), [100], (8, 8, 1), 8, NAMES)


@pytest.mark.parametrize(
    ("training", "counts", "shape", "classes", "word"),
    [
        ({"batch": 64}, [30, 30], (20, 20, 1), NAMES, "batch"),
        ({}, [100, 100], (2, 2, 1), NAMES, "small"),
        ({}, [100, 100], (20, 20, 1), ["only"], "classes"),
        ({}, [MAX_PIXELS // 400 + 1], (20, 20, 1), NAMES, "pixels"),
        ({"validation": 4096}, [100_000], (20, 20, 1), [str(n) for n in range(MAX_METRIC_CELLS // 4096 + 1)], "held"),
    ],
)
def test_project_that_cannot_run_is_refused_with_a_sentence(
    training: dict[str, int], counts: list[int], shape: tuple[int, int, int], classes: list[str], word: str
) -> None:
    spec = specification(features={"extractor": "filter-bank"}, training=training)
    with pytest.raises(SpecRefused, match=word):
        check_project(spec, counts, shape, 8, classes)
