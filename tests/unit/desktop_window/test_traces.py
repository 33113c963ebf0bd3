"""What the window leaves on the disk: readable by its owner only, and without secrets."""

from __future__ import annotations

import logging
import stat
import sys
from pathlib import Path

import pytest

from desktop_client import failures
from desktop_client.state.preferences import Preferences

SECRET = "5f" * 32


def test_layout_and_folders_are_for_the_owner_only(qapp: object, tmp_path: Path) -> None:
    path = tmp_path / "profile" / "window.ini"
    made = Preferences(path)
    made.set_text("import-folder", "/data/patients")
    made.set_language("zh_CN")
    made.save()
    assert "patients" in path.read_text()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)] == [0o700, 0o600]
    assert Preferences(path).language == "zh_CN"


@pytest.mark.expects_warnings
def test_unforeseen_failures_are_noted_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, logger = tmp_path / "logs" / "imguard.log", logging.getLogger("imguard.desktop")
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    before = logger.handlers[:]
    monkeypatch.setattr(logger, "propagate", True)
    failures.note_everything(path)
    try:
        error = ValueError(f"signing key {SECRET}")
        sys.excepthook(ValueError, error, None)
        logger.error("work in the background failed", exc_info=KeyError("state"))
        logger.error("no failure at all")
    finally:
        logger.handlers[:] = before
    text = path.read_text()
    assert text.count("Error") == 2 and "KeyError: 'state'" in text
    assert SECRET not in text and "no failure" not in text
