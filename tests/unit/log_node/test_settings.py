"""Settings of the log node: what the command writes can be read, and bad values are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.config import render_settings
from common.errors import ConfigError
from log_node.settings import DEFAULT_PORT, SETTINGS, load, settings_path


def test_settings_written_by_init_are_read_back(tmp_path: Path) -> None:
    settings_path(tmp_path).write_text(render_settings(SETTINGS, {"host": "::1", "port": 7}), encoding="utf-8")
    found = dict(load(tmp_path))
    assert (found["host"], found["port"], found["log_level"], found["segment_mib"]) == ("::1", 7, "INFO", 64)


def test_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings_path(tmp_path).write_text("", encoding="utf-8")
    assert load(tmp_path)["port"] == DEFAULT_PORT and load(tmp_path)["host"] == "127.0.0.1"


def test_folder_without_settings_raises(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="init"):
        load(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "port = 65536", "port = -1", 'port = "x"', 'log_level = "LOUD"', 'log_format = "xml"', "segment_mib = 0",
        "unknown = 1", "port =",
    ],
)  # fmt: skip
def test_value_that_cannot_be_used_raises(tmp_path: Path, line: str) -> None:
    settings_path(tmp_path).write_text(line, encoding="utf-8")
    with pytest.raises(ConfigError):
        load(tmp_path)
