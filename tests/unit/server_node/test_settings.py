"""Settings of a server node."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.config import render_settings
from common.errors import ConfigError
from server_node.settings import FILE_NAME, SETTINGS, load


def write(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def test_rendered_defaults_load_again(tmp_path: Path) -> None:
    settings = load(write(tmp_path, render_settings(SETTINGS, {"listen_port": 9444})))
    assert settings["listen_port"] == 9444
    assert settings["token_minutes"] == 60 and settings["running_jobs"] == 1


@pytest.mark.parametrize(
    "line",
    [
        "listen_port = 70000",
        "running_jobs = 0",
        'log_level = "LOUD"',
        'log_format = "xml"',
        'listen_port = "9001"',
        "insecure = true",
        "worker_command = 1",
        'compute_device = "gpu"',
        'compute_device = "cuda:"',
        "stop_grace_seconds = 60",
        "= broken",
    ],
)
def test_values_that_cannot_be_used_are_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(write(tmp_path, line))
    assert refused.value.exit_code == 3


def test_every_setting_has_a_sentence_and_a_working_default(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""))
    for setting in SETTINGS:
        assert setting.help.endswith(".") and settings[setting.name] == setting.default
