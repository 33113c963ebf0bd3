"""`imguard watch` against real nodes: what happened, what happens, and how busy the servers are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.desktop.local_world import Shell, write_images

Capture = pytest.CaptureFixture[str]


def watch(alice: Shell, *words: str) -> list[str]:
    """What the command prints, in a process of its own: it ends in the middle of its connections."""
    command = [sys.executable, "-m", "desktop_client", "--profile", str(alice.local.client(1)), "watch", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_watch_shows_what_happened_at_both_servers_and_their_load(
    alice: Shell, capsys: Capture, tmp_path: Path
) -> None:
    images = write_images(tmp_path / "images", 4)
    words = ("--out", tmp_path / "split", "--name", "bars", "--size", "12x12")
    made = alice.json(capsys, "dataset", "split", images, *words)
    alice.json(capsys, "dataset", "upload", tmp_path / "split")
    messages = [json.loads(line) for line in watch(alice, "--all", "--seconds", "5", "--json")]
    for role in ("a", "b"):
        mine = [message for message in messages if message["node"] == role]
        assert mine[0]["kind"] == "start"
        numbers = [message["id"] for message in mine if "id" in message]
        assert numbers == sorted(set(numbers))
        about = [m["body"] for m in mine if m["kind"] == "dataset" and m["body"]["dataset"] == made["dataset"]]
        assert about[-1]["state"] == "usable"
        assert any(message["kind"] == "load" for message in mine)
    lines = watch(alice, "--all", "--seconds", "3")
    assert any(" A  dataset " in line and made["dataset"][:12] in line and "state usable" in line for line in lines)
