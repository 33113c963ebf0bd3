"""The preparation that suits a network follows from how much there is to multiply for an image."""

from __future__ import annotations

from typing import Any

import pytest

from common.architecture import Architecture, suited_preparation
from common.architecture.suited import ALONE, ENCRYPTED, LARGE, multiplications
from common.specification import PREPARATIONS
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.networks.build import conv, layer, linear, network


def named(name: str, *hidden: int, extractor: str = "square") -> Architecture:
    return architecture(
        specification(model=model_of(name, *hidden), features={"extractor": extractor}), (28, 28, 1), classes=10
    )


def test_multiplications_are_those_of_weights_with_what_they_meet() -> None:
    assert multiplications(named("logistic", extractor="average-pool")) == 14 * 14 * 10
    assert multiplications(named("mlp", 128, 128)) == 784 * 128 + 128 * 128 + 128 * 10
    assert multiplications(named("lenet")) == 24 * 24 * 500 + 8 * 8 * 50 * 500 + 800 * 500 + 500 * 10


@pytest.mark.parametrize(
    ("options", "products"),
    [({"stride": 2}, 4 * 2 * 9 * 3 * 3), ({"groups": 2}, 4 * 1 * 9 * 5 * 5), ({"padding": 1}, 4 * 2 * 9 * 7 * 7)],
)
def test_multiplications_of_convolutions_count_places_and_groups(options: dict[str, Any], products: int) -> None:
    found = network((2, 7, 7), conv(4, (3, 3), **options), layer("flatten"), linear(2))
    places = found.shapes["n0"]
    assert multiplications(found) == products + 4 * places[1] * places[2] * 2


def test_what_has_no_weights_multiplies_nothing() -> None:
    plain, with_more = network((1, 4, 4), linear(2), flat=True), network((1, 4, 4), layer("relu"), linear(2), flat=True)
    assert multiplications(plain) == multiplications(with_more) == 32


def test_a_network_is_large_from_a_number_on() -> None:
    below, at = (network((1, 1, width), linear(2), flat=True) for width in (LARGE // 2 - 1, LARGE // 2))
    assert [suited_preparation(one).preparation for one in (below, at)] == [ALONE, ENCRYPTED]
    assert suited_preparation(at).multiplications == LARGE


def test_what_suits_is_made_by_the_two_servers_alone() -> None:
    assert (ALONE, ENCRYPTED) == ("cot", "hybrid")
    assert {ALONE, ENCRYPTED} == set(PREPARATIONS) - {"helper"}
