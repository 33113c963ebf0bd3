"""Times as text."""

from __future__ import annotations

import pytest

from common.errors import BadInput
from server_node.storage.context import from_text, to_text


def test_times_go_there_and_back() -> None:
    assert to_text(0) == "1970-01-01T00:00:00Z"
    assert from_text("2026-01-31T12:00:05Z", "time") == 1769860805
    assert to_text(from_text("2026-01-31T12:00:05Z", "time")) == "2026-01-31T12:00:05Z"


@pytest.mark.parametrize("value", [None, 5, "", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00+01:00"])
def test_other_forms_are_refused(value: object) -> None:
    with pytest.raises(BadInput):
        from_text(value, "expires")
