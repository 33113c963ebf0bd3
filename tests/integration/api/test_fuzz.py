"""Requests drawn from a node's description: no 5xx, no answer that is not described, no crash, no growing memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.helpers.nodes.fuzzing import Target, drawn, fuzzed_node, operations
from tests.helpers.nodes.pair import make_pair

pytestmark = [pytest.mark.expects_warnings]
QUICK = 5
"""Requests of each route in the quick run."""

MANY = 10_000
WARM_UP = 2_000
ROUND = 25
GROWTH_BYTES = 8 << 20
"""By which the memory of a node may differ after another 8,000 requests; it takes and gives back some all the time."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[Target, psutil.Process]]:
    with fuzzed_node(make_pair(tmp_path, logins_per_minute=10_000)) as found:
        yield found


def _round(target: Target, count: int, seed: int | None) -> list[str]:
    """Some requests of each route; what was wrong."""
    wrong = []
    for operation in operations(target.description):
        try:
            drawn(operation, count, seed, target.send)
        except BaseExceptionGroup as failures:
            wrong.append(f"{operation.label}: {failures}")
    return wrong


def test_fuzz_some_requests_of_each_route(node: tuple[Target, psutil.Process]) -> None:
    target, process = node
    wrong = _round(target, QUICK, None)
    assert not wrong, "\n\n".join(wrong)
    assert process.is_running()
    assert target.statuses[200] > 20 and target.statuses[400] > 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fuzz_ten_thousand_requests(node: tuple[Target, psutil.Process]) -> None:
    target, process = node
    began, warm, seed = process.create_time(), 0, 0
    wrong: list[str] = []
    while target.statuses.total() < MANY:
        wrong += _round(target, ROUND, seed)
        seed += 1
        if not warm and target.statuses.total() >= WARM_UP:
            warm = process.memory_info().rss
    grown = process.memory_info().rss - warm
    print(f"{target.statuses.total()} requests, {dict(target.statuses)}, {grown / 2**20:+.1f} MiB after {WARM_UP}")
    assert not wrong, "\n\n".join(wrong)
    assert process.is_running() and process.create_time() == began
    assert grown < GROWTH_BYTES
