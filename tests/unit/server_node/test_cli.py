"""The command line: what it takes, what it refuses, what a worker does when its node dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.errors import AppError, Conflict, UsageError
from server_node.cli import cli


def invoke(*words: str) -> AppError | None:
    """The named error a command ends with, if any."""
    error = CliRunner().invoke(cli, words, catch_exceptions=True).exception
    assert error is None or isinstance(error, (AppError, SystemExit)), error
    return error if isinstance(error, AppError) else None


def test_version_and_help_are_there() -> None:
    found = CliRunner().invoke(cli, ["--version"])
    assert found.exit_code == 0 and found.output.startswith("imguard-server, version")
    for command in ("init", "run", "worker"):
        assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize("words", [[], ["--party", "a"], ["--party", "a", "--name", "n", "--kit", "k"]])
def test_init_wants_one_of_its_two_steps(tmp_path: Path, words: list[str]) -> None:
    assert isinstance(invoke("init", "--dir", str(tmp_path), *words), UsageError)


def test_init_never_overwrites_keys(tmp_path: Path) -> None:
    words = ["init", "--dir", str(tmp_path), "--party", "a", "--name", "north"]
    assert invoke(*words) is None
    before = (tmp_path / "keys" / "identity.key").read_bytes()
    assert isinstance(invoke(*words), Conflict)
    assert (tmp_path / "keys" / "identity.key").read_bytes() == before


CHILD = "import signal; from server_node import cli; cli._end_with_parent(); print('set', flush=True); signal.pause()"
PARENT = (
    "import subprocess, sys;"
    "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE, start_new_session=True);"
    "child.stdout.readline(); print('ready', flush=True); sys.stdin.read()"
)


@pytest.mark.skipif(sys.platform != "linux", reason="the system only promises this on Linux")
def test_worker_dies_with_a_killed_node() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGKILL)
    # The child holds standard error open; the end of it is the end of the child.
    _, said = parent.communicate(timeout=30)
    assert said == b"" and parent.returncode == -signal.SIGKILL
