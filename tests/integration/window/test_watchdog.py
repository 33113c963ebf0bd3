"""The window answers within 50 ms, and stays small, whatever comes in: images, progress, lines and measures.

All of it is marked slow: milliseconds of a process that ran thousands of tests before say nothing about the window.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.errors import NodeUnreachable
from desktop_client.jobs import importing
from desktop_client.jobs.importing import Import, Moved, ServerPart
from desktop_client.jobs.task import Progress, Task, TaskState
from desktop_client.offline_plugin.gathering.selection import About, Reading, Selection
from desktop_client.settings import Profile
from desktop_client.state.importing.sending import start_import
from desktop_client.state.tidying import Tidying
from desktop_client.ui.frame.shell import Shell
from desktop_client.ui.pages.data.page import DataPage
from desktop_client.ui.pages.project.page import ProjectPage
from tests.contract.repository import ROOT
from tests.helpers.datasets import make_keys, register
from tests.helpers.desktop.trainings import PROJECT, event, moved, serve, spec
from tests.helpers.watchdog import Watchdog
from tests.helpers.window import FakeDesk

LONGEST = 0.05
MOST_BYTES = 300 * 10**6
MANY, DIFFERENT = 100_000, 20
EVENTS = 30_000
LINES, EPOCHS = 10_000, 50


def write_pictures(folder: Path, count: int) -> list[Path]:
    """Small pictures of noise, each another one."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (28, 28)).astype(np.uint8)).save(path)
    return paths


def measures(rng: np.random.Generator) -> list[dict[str, str]]:
    """Both servers' shares of the logits and labels of 1,000 images of ten classes."""
    halves: list[dict[str, str]] = [{}, {}]
    for name, values in (("logits", rng.normal(0, 3, (1000, 10))), ("labels", np.eye(10)[rng.integers(0, 10, 1000)])):
        fixed = np.round(values * 65536).astype(np.int64).view(np.uint64)
        mask = rng.integers(0, 2**64, fixed.shape, np.uint64)
        for half, share in zip(halves, (mask, fixed - mask), strict=True):
            half[name] = base64.b64encode(share.tobytes()).decode()
    return halves


def watched(qtbot: QtBot, act: Callable[[], object], is_done: Callable[[], bool]) -> float:
    """Seconds that the window stood still at most, until it is done and everything of it was shown."""
    watchdog = Watchdog()
    act()
    qtbot.waitUntil(is_done, timeout=60_000)
    later = watchdog.beats + 3
    qtbot.waitUntil(lambda: watchdog.beats > later)
    return watchdog.stop()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_images_are_listed_scrolled_and_searched(tmp_path: Path) -> None:
    pictures, folder, scratch = write_pictures(tmp_path / "pictures", DIFFERENT), tmp_path / "films", tmp_path / "own"
    for path in (folder / "ill", folder / "well", scratch):
        path.mkdir(parents=True)
    for number in range(MANY):
        os.link(pictures[number % DIFFERENT], folder / ("ill", "well")[number % 2] / f"{number:06d}.png")
    command = [sys.executable, "-m", "tests.helpers.driving.many_images", str(folder), str(scratch)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["count"], found["seen"] > 100) == (MANY, True)
    assert {part: seconds for part, seconds in found["stalls"].items() if seconds > LONGEST} == {}
    assert found["memory"] < MOST_BYTES


@pytest.mark.slow
def test_progress_at_full_speed_leaves_the_window_free(
    desk: FakeDesk, tidying: Tidying, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(desk.office.profile, make_keys())
    desk.office.both("datasets", [])
    shell = Shell(desk, desk.session)
    qtbot.addWidget(shell)
    shell.resize(1280, 720)
    shell.show()
    shell.go("data")
    shell.panel.show()
    # Fonts are loaded when text is drawn for the first time, which is not what is watched here.
    shell.grab()
    shell.panel.grab()
    qtbot.waitUntil(lambda: "datasets" in {name for name, _ in desk.office.a.calls})

    async def run(office: Any, number: str, report: Callable[[Moved], None]) -> Import:
        for done in range(EVENTS):
            part = ServerPart(done, EVENTS, done, EVENTS)
            report(Moved(Progress(2 * done, 2 * EVENTS, "bytes", "upload"), part, part))
            if done % 100 == 0:
                await asyncio.sleep(0)
        return Import(number, "", Selection(("/films",)), Path("/films"), is_brought=True)

    monkeypatch.setattr(importing, "run_import", run)
    task = start_import(desk, "Films", "00" * 16)
    longest = watched(qtbot, lambda: None, lambda: task.state.is_final)
    assert longest < LONGEST
    assert (task.state, task.progress.done) == (TaskState.DONE, 2 * (EVENTS - 1))
    shell.panel.hide()


@pytest.mark.slow
def test_real_split_leaves_the_window_free(
    desk: FakeDesk, tidying: Tidying, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = make_keys()
    register(desk.office.profile, keys)
    seal_keys = {role: SimpleNamespace(seal_key=SealingKey.generate(SystemRandom()).public) for role in ("a", "b")}
    monkeypatch.setattr(Profile, "deployment", lambda self: SimpleNamespace(node=lambda role: seal_keys[role]))
    desk.office.use(keys)
    desk.office.both("datasets", [])
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("ill", "well"):
        write_pictures(folder / name, 20)
    page = DataPage(desk)
    qtbot.addWidget(page)
    page.resize(1072, 660)
    page.show()
    page.open("")
    chosen = Selection((str(folder),), reading=Reading(28, 28), about=About(name="films"))
    made: list[Import] = []
    desk.run(lambda: importing.new_import(desk.office, [folder], chosen), made.append)
    qtbot.waitUntil(lambda: bool(made))
    tasks: list[Task] = []
    longest = watched(
        qtbot,
        lambda: tasks.append(start_import(desk, "Films", made[0].id, tmp_path / "out")),
        lambda: tasks[0].state.is_final,
    )
    assert longest < LONGEST
    assert (tasks[0].state, (tmp_path / "out" / "manifest.json").is_file()) == (TaskState.DONE, True)


@pytest.mark.slow
def test_training_with_very_many_events_leaves_the_window_free(
    desk: FakeDesk, tidying: Tidying, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = serve(desk.office, monkeypatch, spec())
    for node in (desk.office.a, desk.office.b, desk.office.log):
        node.answers["load"] = NodeUnreachable("away")
    rng = np.random.default_rng(0)
    numbers = iter(range(1, 10**6))
    halves: dict[str, list[dict[str, Any]]] = {"a": [], "b": []}
    for epoch in range(1, EPOCHS + 1):
        for number in range(LINES // EPOCHS):
            line = event(next(numbers), "log", level="INFO", stage="train", text=f"Batch {number} of epoch {epoch}.")
            for role in halves:
                halves[role] += [line, moved(next(numbers), "train", epoch, EPOCHS)]
        number = next(numbers)
        for role, shares in zip(halves, measures(rng), strict=True):
            facts = {"epoch": epoch, "step": epoch, "shape": [1000, 10], "fraction_bits": 16, "attempt": 1}
            halves[role].append(event(number, "metrics", **facts, **shares))
    page = ProjectPage(desk)
    qtbot.addWidget(page)
    page.resize(1072, 660)
    page.show()
    page.open(f"{PROJECT}/training")
    qtbot.waitUntil(lambda: page.control.view is not None)
    watched(qtbot, lambda: None, lambda: page.training.lines.isVisible())

    def push() -> None:
        for role, feed in feeds.items():
            feed.push(desk.bridge, *halves[role])

    def is_drawn() -> bool:
        course = page.control.live.course(page.control.training.job) if page.control.training else None
        return course is not None and len(course.metrics) == EPOCHS and page.training.lines.model.rowCount() >= 5000

    before = psutil.Process().memory_info().rss
    assert watched(qtbot, push, is_drawn) < LONGEST
    assert psutil.Process().memory_info().rss - before < MOST_BYTES / 3
    for feed in feeds.values():
        feed.push(desk.bridge, state="finished")
    page.hide()
    page.leave()
