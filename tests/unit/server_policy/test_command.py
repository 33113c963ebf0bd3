"""`imguard-server policy check`: what is allowed, in words and as JSON, and which line is wrong."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from common.errors import ConfigError
from server_node.policy.command import policy
from server_node.policy.policy import FILE_NAME


def check(folder: Path, *more: str) -> str:
    outcome = CliRunner().invoke(policy, ["check", "--dir", str(folder), *more], catch_exceptions=True)
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.output


def test_no_file_says_that_everything_is_allowed(tmp_path: Path) -> None:
    assert "everything is allowed" in check(tmp_path)
    assert json.loads(check(tmp_path, "--json"))["file"] is False


def test_rules_in_words_and_as_json(tmp_path: Path) -> None:
    text = 'version = 1\nhours = "18:00-06:00"\n[projects]\nmodels = []\n[quota]\nstored_gib = 1.5\n'
    (tmp_path / FILE_NAME).write_text(text + "[quota.organisation.Bank]\ndatasets = 3", encoding="utf-8")
    said = check(tmp_path)
    assert "18:00-06:00" in said and "at most 1.5 GiB stored" in said and "models               none" in said
    assert "'Bank': any number of GiB stored, at most 3 data sets" in said
    found = json.loads(check(tmp_path, "--json"))
    assert (found["quota"]["stored_bytes"], found["organisations"]["Bank"]["datasets"]) == (3 << 29, 3)


def test_another_file_is_checked_before_it_is_put_in_place(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text("version = 1\nhour = 3", encoding="utf-8")
    outcome = CliRunner().invoke(policy, ["check", "--dir", str(tmp_path), "--file", str(new)])
    assert isinstance(outcome.exception, ConfigError) and "'hour'" in str(outcome.exception)
