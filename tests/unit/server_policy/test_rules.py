"""The policy file: everything in it, nothing in it, and what must not be in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from common.errors import ConfigError
from server_node.policy.rules import GIB, Quota, Rules, parse_rules
from tests.contract.repository import ROOT

WHOLE = """
version = 1
time_zone = "Europe/Berlin"
hours = ["mon-fri 18:00-06:00", "sat,sun 00:00-24:00"]
[datasets]
largest_image_pixels = 262144
images_per_dataset = 100000
dataset_gib = 0.5
[projects]
models = ["lenet", "mlp", "lenet"]
preparations = ["cot"]
extractors = []
largest_epochs = 200
[quota]
stored_gib = 100
datasets = 0
[quota.organisation."Example Hospital"]
jobs_per_day = 20
running_jobs = 2
"""


def test_whole_file() -> None:
    rules = parse_rules(WHOLE)
    assert rules.zone is not None and rules.zone.key == "Europe/Berlin"
    assert [span.text for span in rules.hours] == ["mon-fri 18:00-06:00", "sat,sun 00:00-24:00"]
    assert (rules.image_pixels, rules.images, rules.dataset_bytes) == (262144, 100000, GIB // 2)
    assert (rules.models, rules.preparations, rules.extractors, rules.epochs) == (("lenet", "mlp"), ("cot",), (), 200)
    assert rules.quota_of("Anybody") == Quota(stored_bytes=100 * GIB, datasets=0)
    assert rules.quota_of("Example Hospital") == Quota(running_jobs=2, jobs_per_day=20)
    assert "Example Hospital" not in str(rules.as_dict()) and rules.as_dict()["projects"]["extractors"] == []


def test_empty_policy_allows_everything() -> None:
    rules = parse_rules("version = 1")
    assert rules == Rules() and rules.zone is None
    assert rules.as_dict()["datasets"]["dataset_bytes"] is None


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("", "version"),
        ("version = 2", "version"),
        ("version = true", "version"),
        ("version = 1\nmodel = 1", ""),
        ("version = 1\ntime_zone = 'Nowhere/At_all'", "time_zone"),
        ("version = 1\ntime_zone = '../../etc/passwd'", "time_zone"),
        ("version = 1\ntime_zone = 3", "time_zone"),
        ("version = 1\nhours = 3", "hours"),
        ("version = 1\ndatasets = 3", "datasets"),
        ("version = 1\n[datasets]\nlargest_image_pixels = 0", "largest_image_pixels"),
        ("version = 1\n[datasets]\nimages_per_dataset = true", "images_per_dataset"),
        ("version = 1\n[datasets]\nimages_per_dataset = 1.5", "images_per_dataset"),
        ("version = 1\n[datasets]\ndataset_gib = -1", "dataset_gib"),
        ("version = 1\n[datasets]\ndataset_gib = nan", "dataset_gib"),
        ("version = 1\n[datasets]\ndataset_gib = inf", "dataset_gib"),
        ("version = 1\n[datasets]\ndataset_gib = true", "dataset_gib"),
        ("version = 1\n[datasets]\ndataset_gigabytes = 4", "datasets"),
        ("version = 1\n[projects]\nmodels = 'lenet'", "models"),
        ("version = 1\n[projects]\nmodels = ['lenett']", "models"),
        ("version = 1\n[projects]\nextractors = [1]", "extractors"),
        ("version = 1\n[projects]\nlargest_epochs = 0", "largest_epochs"),
        ("version = 1\n[quota]\njobs_per_day = -1", "jobs_per_day"),
        ("version = 1\n[quota]\norganisation = 3", "quota.organisation"),
        ("version = 1\n[quota.organisation]\nBank = 3", "Bank"),
        ("version = 1\n[quota.organisation.Bank]\njobs = 3", "Bank"),
    ],
)
def test_slip_of_the_pen_is_named(text: str, setting: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_rules(text)
    assert refused.value.details == {"setting": setting}


def test_what_is_no_toml_names_the_line() -> None:
    with pytest.raises(ConfigError, match="line 3"):
        parse_rules("version = 1\nhours = [\n3 4]")


def test_example_of_the_guide_holds_every_rule() -> None:
    page = Path(ROOT / "docs" / "specs" / "policy-v1.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    rules = parse_rules(example)
    assert None not in (rules.zone, rules.image_pixels, rules.images, rules.dataset_bytes, rules.epochs)
    assert None not in (rules.models, rules.preparations, rules.extractors)
    assert rules.hours and None not in rules.quota.as_dict().values()
    assert set(tomllib.loads(example)) == {"version", "time_zone", "hours", "datasets", "projects", "quota"}
    assert rules.organisations
