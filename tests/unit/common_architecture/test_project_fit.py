"""What a project needs before anybody consents: a network that fits the images, and a size the servers can hold."""

from __future__ import annotations

import pytest

from common.architecture.description import MAX_METRIC_CELLS, MAX_PIXELS, check_project
from common.errors import SpecRefused
from tests.helpers.jobs.projects import specification

NAMES = [str(number) for number in range(10)]


def test_project_that_fits_gives_its_network() -> None:
    spec = specification(features={"extractor": "filter-bank"}, training={"batch": 64, "validation": 100})
    found = check_project(spec, [1000, 1000], (20, 20, 1), 8, NAMES)
    assert found.shape == (1, 20, 20) and found.tensors["head.0.weight"] == (125, 10)


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
