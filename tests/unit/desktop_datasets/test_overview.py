"""What both servers list, as one list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.errors import AppError, BadFrame, NodeUnreachable, NotFound
from desktop_client.cli.dataset.changing import parse_counts
from desktop_client.cli.dataset.policy import shown
from desktop_client.upload.client import NodeClient
from desktop_client.upload.datasets.overview import Filter, given, merged, refusals, sides
from tests.helpers.desktop.fake_nodes import fixed
from tests.unit.desktop_datasets.fakes import refused
from tests.unit.desktop_upload.world import open_world


def entry(name: str, version: int = 0, state: str = "usable", **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "version": version, "state": state, "created": "2026", **more}


def test_lists_of_both_servers_are_merged_with_the_newer_settings() -> None:
    a = [entry("one", tags=["old"]), entry("two")]
    b = [entry("one", version=2, tags=["new"]), entry("three", state="received")]
    found = merged({"a": a, "b": b})
    assert [(one["id"], one["servers"], one["agree"]) for one in found] == [
        ("one", {"a": "usable", "b": "usable"}, False),
        ("three", {"a": None, "b": "received"}, False),
        ("two", {"a": "usable", "b": None}, False),
    ]
    assert found[0]["tags"] == ["new"]
    assert merged({"a": [entry("one")], "b": [entry("one")]})[0]["agree"]
    assert merged({"b": [entry("one")]})[0]["agree"], "a server that was not asked disagrees with nothing"
    several: tuple[object, ...] = ([], {}, None, 7)
    for nonsense in several:
        (one,) = merged({"a": [{**entry("one"), "state": nonsense}], "b": [entry("one")]})
        assert (one["servers"]["a"], one["agree"]) == ("", False)
    with pytest.raises(BadFrame):
        merged({"a": [{"name": "no id"}]})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), ["x", "y"]),
        (Filter(owner="alice"), ["x"]),
        (Filter(tags=("lungs",)), ["x"]),
        (Filter(tags=("lungs", "2025")), ["x"]),
        (Filter(tags=("lungs", "2024")), []),
        (Filter(visibility="public"), ["y"]),
        (Filter(state="received"), ["y"]),
        (Filter(enabled=False), ["y"]),
        (Filter(enabled=True), ["x"]),
        (Filter(name="X"), ["x"]),
        (Filter(owner="alice", visibility="public"), []),
    ],
)
def test_filters_let_pass_what_is_wanted(wanted: Filter, expected: list[str]) -> None:
    rows = [
        entry("x", owner="alice", tags=["lungs", "2025"], visibility="private", enabled=True),
        entry("y", state="received", owner="bob", tags=None, visibility="public", enabled=False),
    ]
    assert [one["id"] for one in merged({"a": rows, "b": rows}, wanted)] == expected


async def test_one_server_alone_is_shown_and_the_other_one_named(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.fakes["a"].extra["GET", "/v1/policy"] = fixed({"open": True})
        world.fakes["b"].extra["GET", "/v1/policy"] = refused(NodeUnreachable("down"))
        found = await sides(world.nodes, NodeClient.policy)
        assert given(found) == {"a": {"open": True}} and list(refusals(found)) == ["b"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (NodeUnreachable("away"), NotFound("none"), NodeUnreachable),
        (NotFound("none"), NodeUnreachable("away"), NodeUnreachable),
        (NotFound("none"), NotFound("none"), NotFound),
    ],
)
async def test_error_of_both_servers_is_the_one_that_says_more(
    tmp_path: Path, first: AppError, second: AppError, told: type[AppError]
) -> None:
    async with open_world(tmp_path) as world:
        world.fakes["a"].extra["GET", "/v1/policy"] = refused(first)
        world.fakes["b"].extra["GET", "/v1/policy"] = refused(second)
        with pytest.raises(told):
            await sides(world.nodes, NodeClient.policy)


@pytest.mark.parametrize(
    ("answer", "path", "expected"),
    [
        ({"hours": []}, ("hours",), "at any time"),
        ({"hours": ["18:00-06:00"]}, ("hours",), "18:00-06:00"),
        ({"open": False}, ("open",), "no"),
        ({"projects": {"models": None}}, ("projects", "models"), "any"),
        ({"projects": {"models": []}}, ("projects", "models"), "none"),
        ({"projects": {"models": ["mlp", "lenet"]}}, ("projects", "models"), "mlp, lenet"),
        ({"quota": {"stored_bytes": 3 << 29}}, ("quota", "stored_bytes"), "1.5 GiB"),
        ({"quota": {"datasets": 0}}, ("quota", "datasets"), "0"),
        ({}, ("quota", "datasets"), "any"),
        ({"quota": "nonsense"}, ("quota", "datasets"), "any"),
    ],
)
def test_rule_in_words(answer: dict[str, Any], path: tuple[str, ...], expected: str) -> None:
    assert shown(answer, path) == expected


def test_counts_of_classes() -> None:
    assert parse_counts("800, 0,200") == (800, 0, 200)
    for wrong in ("", "1,,2", "-1,2", "1.5", "a", "1" * 13):
        with pytest.raises(AppError, match="800,200"):
            parse_counts(wrong)
