"""`imguard poc` as its own process: it leaves a running deployment, or, when it is interrupted, nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from desktop_client.poc.deployment import find_local
from desktop_client.poc.process import mark


def _imguard(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "desktop_client", *words]
    # Whoever started the tests in the background made everything below deaf to Ctrl-C.
    hearing = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hearing
    )


def test_poc_up_leaves_a_running_deployment_and_down_stops_it(tmp_path: Path) -> None:
    folder = tmp_path / "poc"
    up = _imguard("poc", "up", "--dir", str(folder), "--json")
    try:
        out, err = up.communicate(timeout=100)
        assert up.returncode == 0, err
        pids = list(json.loads(out)["running"].values())
        assert len(pids) == 3 and all(mark(pid) for pid in pids)
        tokens = [(folder / node / "bootstrap.hash").exists() for node in ("node-a", "node-b", "log")]
        assert tokens == [False, False, False], "the first administrator has used them up"
        for number in (1, 2):
            assert (folder / f"client-{number}" / "password").stat().st_mode & 0o777 == 0o600
            assert (folder / f"client-{number}" / "password").read_text(encoding="ascii").strip() not in out + err
    finally:
        down = _imguard("poc", "down", "--dir", str(folder))
        _, err = down.communicate(timeout=60)
    assert down.returncode == 0, err
    assert find_local(folder).leftover_processes() == []
    assert not any(mark(pid) for pid in pids)
    assert (folder / "kit" / "deployment.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_poc_up_that_is_interrupted_leaves_nothing(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "poc"
    up = _imguard("poc", "up", "--dir", str(folder))
    assert up.stderr is not None
    for line in up.stderr:
        if "is ready" in line:
            os.kill(up.pid, number)
            break
    _, err = up.communicate(timeout=60)
    assert up.returncode == 130, err
    assert "Traceback" not in err
    assert not folder.exists()
