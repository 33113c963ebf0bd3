"""The demo can be stopped at any moment: a clean message, and no process and no temporary file stay behind."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.helpers.commands.pictures import write_bars
from tests.helpers.commands.program import Place, Result, wait_for_line

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "epoch 1 of"),
        pytest.param(signal.SIGTERM, "upload    done", marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, "prepare   done", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "node-a is ready", marks=pytest.mark.slow),
        (signal.SIGTERM, "making the certificate authority"),
    ],
    ids=["interrupt-training", "terminate-preparing", "hang-up", "interrupt-start", "terminate-set-up"],
)
def test_stopped_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    place = Place(tmp_path)
    write_bars(tmp_path / "images", 30)
    options = ("--data", "images", "--size", "12x12", "--epochs", "15", "--json", "report.json")
    with place.started("demo", *options) as process:
        said = wait_for_line(process, moment)
        if "certificate" not in moment:
            assert place.leftover(), "the nodes run"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    result = Result(process.returncode, out, said + err)
    assert "cancel" in result.error(130)
    assert place.leftover() == []
    assert list(place.temporary.iterdir()) == []
    assert not (tmp_path / "report.json").exists() and not list((tmp_path / "imguard-demo").glob("model*"))
