"""Sources by the names that stand in specifications: what two servers make by themselves, and nothing else."""

from __future__ import annotations

import pytest

from common.deployment import HELPER
from common.errors import SpecRefused
from common.specification import PREPARATIONS
from server_node.offline.sources import OWN_SOURCES, source_of


@pytest.mark.parametrize("name", OWN_SOURCES)
def test_sources_have_the_names_of_specifications(name: str) -> None:
    found = source_of(name)
    assert found.name == name
    assert name in PREPARATIONS
    assert found.bytes_dealt == 0


@pytest.mark.parametrize("name", [HELPER, "dealer", ""])
def test_sources_of_others_are_refused(name: str) -> None:
    with pytest.raises(SpecRefused, match="cot") as refusal:
        source_of(name)
    assert refusal.value.details["field"] == "preparation"
