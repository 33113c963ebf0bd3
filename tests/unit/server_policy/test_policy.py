"""The policy in force: limits to the last unit, and a file that changes, breaks, comes and goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.errors import ConfigError, PolicyRefused
from common.specification import parse_specification
from server_node.policy.policy import FILE_NAME, MAX_BYTES, Policy, Usage
from server_node.policy.rules import GIB
from tests.helpers.jobs.projects import body

ABOUT = {"shape": [64, 32, 3], "count": 1000}
TINY = {"shape": [1, 1, 1], "count": 2048}
NONE = Usage(0, 0)


def write(folder: Path, text: str) -> None:
    """A file that is newer than the one before, however coarse the clock of the file system."""
    path = folder / FILE_NAME
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text("version = 1\n" + text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.mark.parametrize(
    ("rule", "check"),
    [
        ("[datasets]\nlargest_image_pixels = {}", lambda p: p.check_dataset(ABOUT | {"count": 1}, 1, "o", NONE)),
        ("[datasets]\nimages_per_dataset = {}", lambda p: p.check_dataset(TINY, 1, "o", NONE)),
        ("[quota]\ndatasets = {}", lambda p: p.check_dataset(ABOUT, 1, "o", Usage(0, 2047))),
        ("[quota]\nrunning_jobs = {}", lambda p: p.check_start("o", 2047, 0)),
        ("[quota]\njobs_per_day = {}", lambda p: p.check_start("o", 0, 2047)),
    ],
)  # fmt: skip
def test_limit_holds_to_the_last_unit(tmp_path: Path, rule: str, check: Callable[[Policy], None]) -> None:
    write(tmp_path, rule.format(2048))
    check(Policy.load(tmp_path))
    write(tmp_path, rule.format(2047))
    with pytest.raises(PolicyRefused, match="2047") as refused:
        check(Policy.load(tmp_path))
    assert refused.value.details["limit"] == 2047 and refused.value.details["value"] == 2048


def test_gib_are_counted_with_what_is_stored(tmp_path: Path) -> None:
    write(tmp_path, "[datasets]\ndataset_gib = 2\n[quota]\nstored_gib = 3\n[quota.organisation.Big]\nstored_gib = 10")
    policy = Policy.load(tmp_path)
    policy.check_dataset(ABOUT, 2 * GIB, "Small", Usage(GIB, 5))
    with pytest.raises(PolicyRefused) as refused:
        policy.check_dataset(ABOUT, 2 * GIB, "Small", Usage(GIB + 1, 5))
    assert refused.value.details == {"rule": "quota.stored_gib", "limit": 3 * GIB, "value": 3 * GIB + 1}
    policy.check_dataset(ABOUT, 2 * GIB, "Big", Usage(8 * GIB, 5))
    with pytest.raises(PolicyRefused, match="at most 2 GiB") as refused:
        policy.check_dataset(ABOUT, 2 * GIB + 1, "Big", NONE)
    assert refused.value.details["rule"] == "dataset_gib"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("models = ['lenet']", "models"),
        ("preparations = ['helper']", "preparations"),
        ("extractors = []", "extractors"),
        ("largest_epochs = 1", "largest_epochs"),
    ],
)
def test_project_must_keep_to_the_rules(tmp_path: Path, text: str, rule: str) -> None:
    spec = parse_specification(body())
    write(tmp_path, f"[projects]\n{text}")
    with pytest.raises(PolicyRefused) as refused:
        Policy.load(tmp_path).check_project(spec)
    assert refused.value.details["rule"] == rule
    names = [spec.model.name, spec.preparation, spec.extractor]
    allowed = "[projects]\nmodels = ['{}']\npreparations = ['{}']\nextractors = ['{}']\nlargest_epochs = 2"
    write(tmp_path, allowed.format(*names))
    Policy.load(tmp_path).check_project(spec, [ABOUT])


def test_project_is_held_to_rules_that_came_after_its_data(tmp_path: Path) -> None:
    write(tmp_path, "[datasets]\nlargest_image_pixels = 2047")
    with pytest.raises(PolicyRefused) as refused:
        Policy.load(tmp_path).check_project(parse_specification(body()), [ABOUT])
    assert refused.value.details["rule"] == "largest_image_pixels"


def test_question_keeps_to_all_rules_but_those_of_training(tmp_path: Path) -> None:
    spec = parse_specification(body())
    for text, rule in (
        ("[projects]\nmodels = ['lenet']", "models"),
        ("[projects]\npreparations = ['helper']", "preparations"),
        ("[projects]\nextractors = []", "extractors"),
        ("[datasets]\nlargest_image_pixels = 2047", "largest_image_pixels"),
    ):
        write(tmp_path, text)
        with pytest.raises(PolicyRefused) as refused:
            Policy.load(tmp_path).check_question(spec, ABOUT)
        assert refused.value.details["rule"] == rule
    write(tmp_path, "[projects]\nlargest_epochs = 1")
    Policy.load(tmp_path).check_question(spec, ABOUT)


def test_no_file_allows_everything(tmp_path: Path) -> None:
    for policy in (Policy(), Policy.load(tmp_path)):
        policy.check_dataset({"shape": [10**6, 10**6, 3], "count": 10**9}, 1 << 60, "o", Usage(1 << 60, 10**9))
        policy.check_start("o", 10**9, 10**9)
        assert policy.within_hours(0) and policy.opens_at(5) == 5 and policy.problem == ""


@pytest.mark.expects_warnings
async def test_change_takes_effect_and_damage_keeps_the_last_good_rules(tmp_path: Path) -> None:
    write(tmp_path, "[projects]\nlargest_epochs = 5")
    policy = Policy.load(tmp_path)
    assert (policy.rules.epochs, await policy.check()) == (5, "ok")
    write(tmp_path, "[projects]\nlargest_epochs = 7")
    assert policy.rules.epochs == 7
    write(tmp_path, "[projects]\nlargest_epochs = seven")
    assert policy.rules.epochs == 7 and "line 3" in policy.problem and "line 3" in await policy.check()
    (tmp_path / FILE_NAME).write_bytes(b"version = 1\n\xff")
    assert policy.rules.epochs == 7 and "cannot be read" in policy.problem
    (tmp_path / FILE_NAME).write_bytes(b"#" * (MAX_BYTES + 1))
    assert policy.rules.epochs == 7 and "larger than" in policy.problem
    write(tmp_path, "[projects]\nlargest_epochs = 9")
    assert (policy.rules.epochs, policy.problem) == (9, "")
    (tmp_path / FILE_NAME).unlink()
    assert policy.rules.epochs is None and policy.problem == ""


def test_node_does_not_start_with_a_file_nobody_can_read(tmp_path: Path) -> None:
    write(tmp_path, "hours = 'always'")
    with pytest.raises(ConfigError, match="hours"):
        Policy.load(tmp_path)


def test_hours_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "time_zone = 'UTC'\nhours = '18:00-06:00'")
    policy = Policy.load(tmp_path)
    assert policy.within_hours(19 * 3600) and not policy.within_hours(12 * 3600)
    assert policy.opens_at(12 * 3600) == 18 * 3600
    assert policy.day_began(36 * 3600 + 5) == 24 * 3600


def test_day_begins_at_midnight_of_the_time_zone(tmp_path: Path) -> None:
    write(tmp_path, "time_zone = 'Europe/Berlin'")
    # The clock goes forward on 29 March 2026: midnight is one hour before that of UTC, noon two.
    noon = datetime(2026, 3, 29, 10, tzinfo=UTC).timestamp()
    assert Policy.load(tmp_path).day_began(noon) == int(datetime(2026, 3, 28, 23, tzinfo=UTC).timestamp())
