"""Every operation is tried with the dealer's correlations and with those the two servers make themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.two_party.operations import DealerSource, Source, StoreSource


@pytest.fixture(params=["dealer", "store"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """Where correlations come from."""
    return DealerSource() if request.param == "dealer" else StoreSource(tmp_path)


@pytest.fixture
def dealer() -> Source:
    """The fast source, for tests of many values."""
    return DealerSource()
