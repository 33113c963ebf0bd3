"""Two servers' answers become one estimate: the slower one counts, nothing of another form is taken."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.errors import AppError, BadFrame, EstimateFailed, PeerMismatch, SpecRefused
from common.pipeline import Stage
from desktop_client.cli.main import run
from desktop_client.cli.project.estimate import as_value, duration, lines, size
from desktop_client.upload.preflight.estimate import (
    SHORT_SECONDS,
    DatasetSize,
    Recommendation,
    SourceEstimate,
    StageEstimate,
    Why,
    combine,
    estimate,
    estimate_outline,
    recommend,
    sketch,
)
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.unit.desktop_upload.world import World, open_world

SIZE = DatasetSize(1000, 28, 28, 1, 8, 10)


def _stage(name: str, seconds: float, sent: int, disk: int) -> dict[str, Any]:
    return {"stage": name, "seconds": seconds, "bytes_sent": sent, "rounds": 3, "disk_bytes": disk}


def _answer(party: str, faster: float = 1.0) -> dict[str, Any]:
    stages = [_stage("prepare", 100 * faster, 5_000_000, 700), _stage("train", 20.5, 300, 0)]
    return {
        "party": party, "images": 1000, "trained": 900, "steps": 56, "calibrated": "2026-01-01T00:00:00Z",
        "link": None, "start_seconds": 2.0 * faster, "upload_bytes": 1000 if party == "a" else 3000,
        "sources": [
            {"name": "cot", "refusal": None, "seconds": 110 * faster, "stages": stages},
            {"name": "helper", "refusal": "No." if party == "b" else None, "seconds": 100, "stages": stages},
        ],
    }  # fmt: skip


def test_estimate_is_that_of_the_slower_server() -> None:
    found = combine(_answer("a"), _answer("b", 1.5))
    assert (found.images, found.trained, found.steps, found.start_seconds) == (1000, 900, 56, 3.0)
    assert found.upload_bytes == (1000, 3000)
    assert (found.round_trip_ms, found.mb_per_s) == (None, None)
    cot, helper = found.sources
    assert cot.stages == (
        StageEstimate(Stage.PREPARE, 150.0, 10_000_000, 700), StageEstimate(Stage.TRAIN, 20.5, 600, 0),
    )  # fmt: skip
    assert (cot.seconds, cot.bytes_sent, cot.disk_bytes, cot.refusal) == (165.0, 10_000_600, 700, "")
    assert helper.refusal == "No."
    assert found.recommendation == Recommendation("cot", Why.ONLY_ONE)
    assert found.source("cot") == cot
    assert found.source("other") is None


def test_estimate_takes_the_worse_link() -> None:
    first, second = _answer("a"), _answer("b")
    first["link"], second["link"] = {"round_trip_ms": 10.5, "mb_per_s": 90}, {"round_trip_ms": 9, "mb_per_s": 80.5}
    found = combine(first, second)
    assert (found.round_trip_ms, found.mb_per_s) == (10.5, 80.5)


def test_estimate_has_sources_that_both_know() -> None:
    first, second = _answer("a"), _answer("b")
    first["sources"][1]["name"] = "hybrid"
    assert [one.name for one in combine(first, second).sources] == ["cot"]


@pytest.mark.parametrize("name", ["images", "trained", "steps"])
def test_estimate_of_different_jobs_is_refused(name: str) -> None:
    with pytest.raises(PeerMismatch, match="count different"):
        combine(_answer("a"), {**_answer("b"), name: 1})


def test_estimate_with_different_stages_is_refused() -> None:
    second = _answer("b")
    second["sources"][0]["stages"][1]["stage"] = "hide"
    with pytest.raises(PeerMismatch, match="different stages"):
        combine(_answer("a"), second)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("start_seconds",), "long"),
        (("start_seconds",), float("nan")),
        (("upload_bytes",), -1),
        (("link",), 5),
        (("link",), {"round_trip_ms": 1}),
        (("sources",), {}),
        (("sources", 0, "name"), 7),
        (("sources", 0, "refusal"), 7),
        (("sources", 0, "seconds"), None),
        (("sources", 0, "stages"), None),
        (("sources", 0, "stages", 0, "stage"), 5),
        (("sources", 0, "stages", 0, "seconds"), True),
        (("sources", 0, "stages", 0, "bytes_sent"), 1.5),
        (("sources", 0, "stages", 0, "disk_bytes"), None),
    ],
)
def test_estimate_of_another_form_is_refused(path: tuple[Any, ...], value: object) -> None:
    first, second = _answer("a"), copy.deepcopy(_answer("b"))
    place: Any = second
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(BadFrame):
        combine(first, second)


def test_estimate_with_a_stage_that_is_not_known_is_refused() -> None:
    first, second = _answer("a"), _answer("b")
    for one in (first, second):
        one["sources"][0]["stages"][0]["stage"] = "dance"
    with pytest.raises(BadFrame, match="not known here"):
        combine(first, second)


def _sources(**seconds: float) -> list[SourceEstimate]:
    return [SourceEstimate(name, "", value, ()) for name, value in seconds.items()]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], Recommendation(None, Why.NONE_ALLOWED)),
        ([SourceEstimate("cot", "No.", 1.0, ())], Recommendation(None, Why.NONE_ALLOWED)),
        (_sources(helper=1.0), Recommendation("helper", Why.ONLY_ONE)),
        (_sources(helper=1.0, cot=SHORT_SECONDS), Recommendation("cot", Why.SHORT)),
        (_sources(helper=9000.0, cot=13_500.0), Recommendation("cot", Why.NOT_MUCH_SLOWER)),
        (_sources(cot=14_000.0, helper=9000.0), Recommendation("helper", Why.SAVES_TIME)),
        (_sources(cot=90_000.0, hybrid=9000.0, helper=8000.0), Recommendation("hybrid", Why.NOT_MUCH_SLOWER)),
        (_sources(cot=90_000.0, hybrid=9000.0, helper=5000.0), Recommendation("helper", Why.SAVES_TIME)),
        (_sources(cot=90.0, hybrid=50.0, helper=10.0), Recommendation("hybrid", Why.SHORT)),
        (_sources(hybrid=50.0, cot=90.0), Recommendation("hybrid", Why.FASTER)),
        (_sources(hybrid=50.0, cot=40.0), Recommendation("cot", Why.FASTER)),
        (_sources(hybrid=50.0, cot=55.0), Recommendation("cot", Why.AS_FAST)),
        (_sources(hybrid=50.0, cot=55.0, helper=1.0), Recommendation("cot", Why.SHORT)),
        (_sources(novel=10.0, cot=20.0), Recommendation("cot", Why.SHORT)),
        (_sources(novel=10.0, helper=20.0), Recommendation("novel", Why.FASTER)),
    ],
)
def test_recommendation_trusts_few_unless_it_saves_much(
    sources: list[SourceEstimate], expected: Recommendation
) -> None:
    assert recommend(sources) == expected


async def test_estimate_asks_both_servers_with_what_they_lack(tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    async with open_world(tmp_path) as world:
        _serve(world, asked)
        options = ProjectOptions("films", (), recipients=("alice", "bob"), epochs=3)
        outline = outline_of(options)
        found = await estimate_outline(world.nodes, world.deployment, world.profile.user(), outline, [SIZE])
    assert found.recommendation.source == "cot"
    assert asked["a"] == asked["b"]
    name = hashlib.sha256(b"planned 0").hexdigest()
    assert asked["a"]["datasets"] == {
        name: {"count": 1000, "shape": [28, 28, 1], "bits": 8, "classes": 10},
    }  # fmt: skip
    body = asked["a"]["specification"]
    assert body["datasets"] == [{"id": name, "owner": "alice"}]
    assert body["recipients"] == ["alice", "bob"]
    assert body["training"]["epochs"] == 3


async def test_estimate_that_one_server_cannot_make_is_its_error(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        _serve(world, {}, EstimateFailed("The estimate took longer than 120 seconds."))
        spec = sketch(world.deployment, world.profile.user(), outline_of(ProjectOptions("films", ("1" * 64,))))
        with pytest.raises(EstimateFailed, match="took longer"):
            await estimate(world.nodes, spec)


async def test_sketch_is_checked_like_any_specification(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        outline = outline_of(ProjectOptions("films", ("1" * 64,), batch=63))
        with pytest.raises(SpecRefused, match="power of two"):
            sketch(world.deployment, world.profile.user(), outline)


def _serve(world: World, asked: dict[str, Any], refusal: AppError | None = None) -> None:
    for role in ("a", "b"):

        async def answer(request: web.Request, role: str = role) -> web.StreamResponse:
            if refusal is not None and role == "b":
                raise refusal
            asked[role] = await request.json()
            return web.json_response(_answer(role))

        world.fakes[role].extra["POST", "/v1/estimates"] = answer


def test_estimate_is_shown_in_lines_and_as_a_value() -> None:
    found = combine(_answer("a"), _answer("b", 50.0))
    shown = "\n".join(lines(found))
    assert "images      1000, 900 of them trained on; 56 steps" in shown
    assert "upload      1 kB to A, 3 kB to B" in shown
    assert "both servers on one machine" in shown
    assert "prepare  83 min  10 MB    700 B" in shown
    assert "helper: cannot be used. No." in shown
    assert shown.endswith("recommended cot: it is the only one that both servers allow")
    value = as_value(found)
    assert value["recommendation"] == {
        "source": "cot", "why": "only-one", "reason": "it is the only one that both servers allow",
    }  # fmt: skip
    assert value["sources"][0]["bytes_sent"] == 10_000_600
    assert value["sources"][0]["stages"][0]["stage"] == "prepare"


def test_estimate_says_how_far_the_servers_are() -> None:
    first = {**_answer("a"), "link": {"round_trip_ms": 12.34, "mb_per_s": 87.6}}
    assert "link        12.3 ms and 88 MB/s between the servers" in lines(combine(first, first))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "< 1 s"), (1, "1 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h")]
)
def test_durations_are_as_coarse_as_an_estimate(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "-"), (999, "999 B"), (1000, "1 kB"), (2_345_678, "2.35 MB"), (10**12, "1 TB")]
)
def test_sizes_have_one_unit(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize("given", [[], ["5b1c22d9", "--images", "10"], ["5b1c22d9", "--dataset", "3f2a90c1"]])
def test_estimate_wants_one_thing_to_estimate(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["estimate", *given]) == 2
    assert "Name a project or a draft, or give --dataset or --images." in capsys.readouterr().err
