"""The real window as a process that is killed: drives it to a point, says that it is there, and goes on.

Run as ``python -m tests.helpers.driving.killed STEP PROFILE PASSWORD SHOTS SUBJECT``. ``upload`` brings in the images
of the folder SUBJECT and says how many chunks are at both servers; ``resume`` goes on with what is paused; ``follow``
watches the training of the project SUBJECT and says how many epochs are drawn. Each line is one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit

from desktop_client.jobs.importing import Moved
from desktop_client.state.importing.sending import ImportTask
from desktop_client.ui.pages.project.page import ProjectPage
from tests.helpers.driving import story
from tests.helpers.driving.driver import Driver, application

SIDE: Final = 512
LONG: Final = 120.0


class Witness:
    """Says how many chunks both servers have, each time that it is more."""

    def __init__(self, driver: Driver) -> None:
        self._driver, self._last = driver, (-1, -1)
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        tasks = [task for task in self._driver.program.desk.tasks.all if isinstance(task, ImportTask)]
        moved: Moved | None = tasks[-1].moved if tasks else None
        if moved is None or moved.a is None or moved.b is None:
            return
        found = moved.a.done_chunks, moved.b.done_chunks
        if found != self._last:
            self._last = found
            say(sent=list(found), all=moved.b.total_chunks)


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def enter(driver: Driver, password: str) -> None:
    """Inside the window: the device remembers the login, or the password is entered."""
    driver.start()
    driver.wait(
        lambda: driver.program.window.shell is not None or driver.find(QLineEdit, "Password") is not None,
        "the door or the inside",
    )
    if driver.program.window.shell is None:
        story.log_in(driver, password)


def upload(driver: Driver, password: str, folder: str) -> None:
    story.SIDE = SIDE
    story.bring_in(driver, password, Path(folder), "films")


def resume(driver: Driver, password: str) -> None:
    driver.page("data")
    driver.need_text("paused")
    say(paused=True)
    driver.click("Continue")
    driver.click_and_sign("Go on", password)
    driver.need_text("Both servers have it", LONG)
    say(uploaded=True)


def follow(driver: Driver, project: str) -> None:
    page = driver.page("project", f"{project}/training")
    assert isinstance(page, ProjectPage)

    def epochs() -> list[int]:
        training = page.control.training
        course = page.control.live.course(training.job) if training is not None else None
        return [one.epoch for one in course.metrics] if course is not None else []

    def drawn() -> int:
        chart = page.training.curves.charts.get("loss")
        items = chart.plot.listDataItems() if chart is not None else []
        return len(items[0].getData()[0]) if items else 0

    driver.wait(lambda: len(epochs()) >= 2, "two epochs", LONG)
    driver.wait(lambda: drawn() >= 2, "the epochs to be drawn")
    say(epochs=epochs(), drawn=drawn(), state=page.training.state.text())


def main() -> None:
    """Entry point."""
    step, profile, password, shots, subject = sys.argv[1:]
    driver = Driver(application(), Path(profile), Path(shots))
    witness = Witness(driver)
    enter(driver, password)
    if step == "upload":
        upload(driver, password, subject)
    elif step == "resume":
        resume(driver, password)
    else:
        follow(driver, subject)
        driver.wait(lambda: False, "the end", LONG)
    del witness
    driver.close()


if __name__ == "__main__":
    main()
