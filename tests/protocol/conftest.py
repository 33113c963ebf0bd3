"""Every operation is tried with the test dealer's correlations and with those of each source of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.two_party.operations import DealerSource, HelperSource, Source, StoreSource


@pytest.fixture(params=["dealer", "store", "helper"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """Where correlations come from."""
    if request.param == "dealer":
        return DealerSource()
    return StoreSource(tmp_path) if request.param == "store" else HelperSource(tmp_path)


@pytest.fixture
def dealer() -> Source:
    """The fast source, for tests of many values."""
    return DealerSource()
