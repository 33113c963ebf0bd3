"""The bytes on the wire are pinned: a changed line means that old and new servers do not understand each other.

To read a change: ``base-ot`` alone: points or their order. ``extension-*``: trees, folding or corrections, so every
``make-*`` changes too. One ``make-*``: that kind's corrections. One online line: that operation; ``job`` sums all up.
"""

from __future__ import annotations

import pytest

from tests.helpers.two_party.traces import TRACES, baseline, trace


def test_wire_trace_every_protocol_is_pinned() -> None:
    assert list(baseline()) == list(TRACES)


@pytest.mark.parametrize("name", TRACES)
def test_wire_trace_is_the_pinned_one(name: str) -> None:
    assert trace(name) == baseline()[name]


@pytest.mark.parametrize("name", ["base-ot", "extension-4", "make-lookups", "relu", "job"])
def test_wire_trace_is_the_same_in_every_run(name: str) -> None:
    assert trace(name) == trace(name)
