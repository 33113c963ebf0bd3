"""The window is killed with -9 while it uploads and while it follows a training: it goes on where it was."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_client.poc.deployment import LocalDeployment
from tests.contract.repository import ROOT
from tests.helpers.desktop.local_world import Shell, running_deployment, write_images
from tests.helpers.driving.killed import SIDE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
IMAGES = 32
SOME_CHUNKS = 3


class Window:
    """The program in a process of its own; ``said`` is what it tells, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    def until(self, name: str) -> dict[str, Any]:
        """The next thing that it tells with this name."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(json.loads(line))
            if name in self.said[-1]:
                return self.said[-1]
        raise AssertionError(f"the window ended before it told {name}: {self.said[-5:]}")

    def kill(self) -> None:
        """As a machine that loses its power."""
        self._process.kill()
        self._process.wait()


@contextmanager
def window(local: LocalDeployment, folder: Path, step: str, subject: str) -> Iterator[Window]:
    words = (step, str(local.client(1)), local.password(1), str(folder / "shots"), subject)
    with (folder / f"{step}.txt").open("a", encoding="utf-8") as errors:
        command = [sys.executable, "-m", "tests.helpers.driving.killed", *words]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    with process:
        try:
            yield Window(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    with running_deployment(tmp_path_factory.mktemp("world") / "poc") as local:
        yield local


def test_upload_goes_on_without_sending_again(local: LocalDeployment, tmp_path: Path) -> None:
    for number in range(IMAGES):
        place = tmp_path / "films" / ("ill", "well")[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((SIDE, SIDE, 3), 7 * number, np.uint8)).save(place)
    with window(local, tmp_path, "upload", str(tmp_path / "films")) as first:
        while True:
            before = first.until("sent")
            if min(before["sent"]) >= SOME_CHUNKS:
                break
        first.kill()
    assert max(before["sent"]) < before["all"]
    with window(local, tmp_path, "resume", "") as second:
        second.until("paused")
        again = second.until("sent")
        second.until("uploaded")
    assert [now >= then for now, then in zip(again["sent"], before["sent"], strict=True)] == [True, True]
    assert again["all"] == before["all"]


def test_followed_training_is_shown_as_it_stands(
    local: LocalDeployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = Shell(local, 1).logged_in()
    images = write_images(tmp_path / "images", 24)
    about = ("--out", tmp_path / "split", "--name", "bars", "--size", "12x12")
    dataset = alice.json(capsys, "dataset", "split", images, *about)["dataset"]
    alice.json(capsys, "dataset", "upload", tmp_path / "split")
    chosen = ("--dataset", dataset, "--k", "2", "--batch", "16", "--epochs", "40", "--model", "mlp", "--hidden", "32")
    project = str(alice.json(capsys, "project", "create", "bars", *chosen)["id"])
    alice.json(capsys, "consent", "give", project, "--yes")
    job = str(alice.json(capsys, "job", "start", project)["job"])
    with window(local, tmp_path, "follow", project) as first:
        before = first.until("epochs")
        first.kill()
    with window(local, tmp_path, "follow", project) as second:
        again = second.until("epochs")
        second.kill()
    assert again["epochs"][: len(before["epochs"])] == before["epochs"] == list(range(1, len(before["epochs"]) + 1))
    assert again["drawn"] >= before["drawn"] >= 1
    assert again["state"] and before["state"]
    alice.run("job", "cancel", job[:8], "--yes")
