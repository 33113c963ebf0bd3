"""The upload plan: every missing chunk once, in order, whatever fails in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadManifest
from desktop_client.upload.plan import Standing, UploadPlan, delay_before

SIZES = {"a": [10, 1, 10], "b": [1, 10, 1]}


def test_plan_gives_missing_chunks_in_order() -> None:
    plan = UploadPlan(SIZES, {"a": [2, 0], "b": [1]})
    assert [plan.take("a"), plan.take("a"), plan.take("a")] == [0, 2, None]
    assert [plan.take("b"), plan.take("b")] == [1, None]


def test_plan_counts_bytes_that_both_servers_have() -> None:
    plan = UploadPlan(SIZES, {"a": [0, 2], "b": []})
    assert (plan.done_bytes, plan.total_bytes) == (13, 33)
    chunk = plan.take("a")
    assert chunk is not None
    assert plan.done_bytes == 13
    plan.finish("a", chunk)
    assert plan.done_bytes == 23
    assert not plan.is_complete


def test_plan_failed_chunk_comes_next_again() -> None:
    plan = UploadPlan(SIZES, {"a": [0, 1], "b": []})
    assert plan.take("a") == 0
    plan.give_back("a", 0)
    assert plan.take("a") == 0


def test_plan_refuses_a_chunk_that_does_not_exist() -> None:
    with pytest.raises(BadManifest):
        UploadPlan(SIZES, {"a": [3], "b": []})


def test_plan_knows_what_each_server_has() -> None:
    plan = UploadPlan({"a": [5, 7, 11], "b": [1, 2, 3]}, {"a": [0, 2], "b": [0, 1, 2]})
    assert plan.standing("a") == (7, 23, 1, 3) and plan.standing("b") == (0, 6, 0, 3)
    chunk = plan.take("a")
    assert plan.standing("a") == (7, 23, 1, 3)
    assert chunk == 0
    plan.finish("a", chunk)
    assert plan.standing("a") == Standing(12, 23, 2, 3)
    plan.give_back("b", plan.take("b") or 0)
    assert plan.standing("b") == (0, 6, 0, 3) and plan.done_bytes == 12


@given(st.data())
def test_plan_with_any_failures_sends_everything_once(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    missing = {node: data.draw(st.sets(st.integers(0, count - 1))) for node in "ab"}
    plan = UploadPlan({node: [1] * count for node in "ab"}, missing)
    arrived: dict[str, list[int]] = {"a": [], "b": []}
    failures = 0
    while not plan.is_complete:
        node = data.draw(st.sampled_from([n for n in "ab" if len(arrived[n]) < len(missing[n])]))
        chunk = plan.take(node)
        assert chunk is not None
        if failures < 20 and data.draw(st.booleans()):
            failures += 1
            plan.give_back(node, chunk)
        else:
            plan.finish(node, chunk)
            arrived[node].append(chunk)
    assert {node: sorted(missing[node]) for node in "ab"} == arrived
    assert plan.done_bytes == plan.total_bytes


def test_delay_doubles_up_to_a_limit() -> None:
    delays = [delay_before(attempt) for attempt in range(1, 200)]
    assert delays[:3] == [0.5, 1.0, 2.0]
    assert max(delays) == delays[-1] == 30.0
