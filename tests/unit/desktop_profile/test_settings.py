"""The profile folder: missing, damaged and good files, and the settings of the client."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from common.errors import ConfigError, NotRegistered
from desktop_client.settings import SETTINGS, Profile, UserRecord, default_profile

USER = UserRecord("alice", "11" * 32, "22" * 32, "City Clinic", "laptop", "33" * 32)


def test_profile_new_one_says_that_nobody_registered(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "new")
    with pytest.raises(NotRegistered):
        profile.user()
    with pytest.raises(NotRegistered):
        profile.deployment()
    assert profile.tokens() == {}


def test_profile_keeps_user_and_tokens(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p")
    profile.create()
    profile.save_user(USER)
    profile.save_tokens({"a": "one", "b": "two", "log": "three", "helper": "four"})
    again = Profile(tmp_path / "p")
    assert again.user() == USER
    assert again.tokens() == {"a": "one", "b": "two", "log": "three"}
    assert stat.S_IMODE((tmp_path / "p").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "p" / "session.json").stat().st_mode) == 0o600
    again.forget_tokens()
    assert profile.tokens() == {}


def test_profile_of_before_there_were_devices_is_read(tmp_path: Path) -> None:
    old = {"name": "alice", "verify_key": "11" * 32, "seal_key": "22" * 32}
    (tmp_path / "user.json").write_text(json.dumps(old), encoding="utf-8")
    assert Profile(tmp_path).user() == UserRecord("alice", "11" * 32, "22" * 32)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "alice"}', "\xff"])
def test_profile_damaged_user_file_is_a_named_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "user.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError):
        Profile(tmp_path).user()


def test_profile_huge_user_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "user.json").write_text(json.dumps({"name": "a" * 100_000}), encoding="utf-8")
    with pytest.raises(ConfigError, match="too large"):
        Profile(tmp_path).user()


def test_settings_defaults_are_inside_their_ranges(tmp_path: Path) -> None:
    found = Profile(tmp_path).settings()
    assert dict(found) == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize(
    "line",
    ["parallel_chunks = 0", "parallel_chunks = 17", 'answer_seconds = "1"', "unknown = 1", "consent_days = true"],
)
def test_settings_bad_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "settings.toml").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=line.split()[0]):
        Profile(tmp_path).settings()


def test_default_profile_is_the_environment_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMGUARD_PROFILE", str(tmp_path))
    assert default_profile() == tmp_path
    monkeypatch.delenv("IMGUARD_PROFILE")
    assert default_profile().name == "imguard"
