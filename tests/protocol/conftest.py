"""Every operation is tried with the test dealer's correlations and with those of each source of the product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.two_party.helping import LocalHelper, local_rooms
from tests.helpers.two_party.operations import DealerSource, Source, StoreSource


@pytest.fixture(params=["dealer", "store", "helper"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    """Where correlations come from."""
    if request.param == "dealer":
        yield DealerSource()
    elif request.param == "store":
        yield StoreSource(tmp_path)
    else:
        with local_rooms() as rooms:
            yield StoreSource(tmp_path, LocalHelper(rooms))


@pytest.fixture(params=["pairs", "digits"])
def leaves(request: pytest.FixtureRequest) -> Source:
    """The fast source, for comparisons by pairs of positions and by digits."""
    return DealerSource(by_digits=request.param == "digits")


@pytest.fixture
def dealer() -> Source:
    """The fast source, for tests of many values."""
    return DealerSource()
