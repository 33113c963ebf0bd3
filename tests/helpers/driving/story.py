"""The whole way in the real window: from a folder of images to a tested model, as two owners would go it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFrame, QPushButton

from tests.helpers.driving.driver import Driver

LONG = 240.0
SIDE = 20


def log_in(driver: Driver, password: str) -> None:
    """Through the door, with the password."""
    driver.fill("Password", password)
    driver.click("Log in")
    driver.wait(lambda: driver.program.window.shell is not None, "the inside of the window")


def drop(driver: Driver, paths: list[Path]) -> None:
    """Let files go above the area that takes them."""
    area = next(one for one in driver.window.findChildren(QFrame) if one.objectName() == "drop" and one.isVisible())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(area.rect().center()),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    # Qt delivers a drop only after the platform has dragged something in; the widget answers the same.
    area.dropEvent(event)


def bring_in(driver: Driver, password: str, folder: Path, name: str, shots: str = "", shared_with: str = "") -> None:
    """Images of a folder to both servers; pictures of every step if ``shots`` is a prefix."""
    driver.page("data")
    driver.click("Bring in images")
    _shoot(driver, shots, "1-choose")
    drop(driver, [folder])
    driver.need_text("Found")
    _shoot(driver, shots, "2-look")
    driver.click("Next")
    driver.need_text("Form of every image")
    driver.choose("Side lengths", 0)
    driver.number("Width", SIDE)
    driver.number("Height", SIDE)
    driver.need_text("After, as it is split")
    _shoot(driver, shots, "3-prepare")
    driver.click("Next")
    driver.fill("Name", name)
    if shared_with:
        driver.click("Named people")
        driver.fill("Type a name, then Enter", shared_with, is_entered=True)
    _shoot(driver, shots, "4-describe")
    driver.click("Next")
    driver.need_text("What server A holds")
    _shoot(driver, shots, "5-review")
    driver.click("Next")
    driver.click_and_sign("Sign, split and upload", password)
    driver.need_text("Both servers have it", LONG)
    _shoot(driver, shots, "6-sent")
    driver.click("Show the data set")
    driver.wait(lambda: driver.here() == "dataset", "the page of the data set")


def _shoot(driver: Driver, prefix: str, name: str) -> None:
    if prefix:
        driver.settle()
        driver.shoot(f"{prefix}-{name}")


def create_project(driver: Driver, password: str, name: str, datasets: list[str], shots: str = "") -> None:
    """Through the wizard with a small network and a short training, signed, with one's own consent."""
    driver.page("projects")
    driver.click("New project")
    driver.fill("Name", name)
    _shoot(driver, shots, "1-basics")
    driver.click("Next")
    for one in datasets:
        driver.row(one, is_opened=False)
        driver.click("Take in or leave out")
    _shoot(driver, shots, "2-data")
    driver.click("Next")
    _shoot(driver, shots, "3-model")
    driver.click("Next")
    _shoot(driver, shots, "4-hiding")
    driver.click("Next")
    driver.number("Epochs", 4)
    driver.choose("Batch", 32)
    _shoot(driver, shots, "5-training")
    driver.click("Next")
    _shoot(driver, shots, "6-preparation")
    driver.click("Next")
    _shoot(driver, shots, "7-people")
    driver.click("Next")
    driver.need(QPushButton, "Sign and create")
    driver.wait(lambda: not driver.sees("Both servers count and measure"), "what the training costs", LONG)
    _shoot(driver, shots, "8-review")
    driver.click_and_sign("Sign and create", password)
    driver.wait(lambda: driver.here() == "project", "the page of the new project", LONG)
    _shoot(driver, shots, "9-created")


def consent(driver: Driver, password: str, project: str, shots: str = "") -> None:
    """As the owner of a data set: look at what is signed, and sign."""
    driver.page("approvals")
    driver.row(project)
    driver.need_text("What you sign")
    _shoot(driver, shots, "1-asked")
    driver.click_and_sign("Sign consent", password)
    driver.need_text("Your consent is signed and at both servers.")
    _shoot(driver, shots, "2-given")


def train(driver: Driver, password: str, project: str, shots: str = "") -> None:
    """Start the training and watch it to its end."""
    driver.page("projects")
    driver.row(project)
    driver.tab("Training")
    driver.click("Start training")
    driver.click_and_sign("Start training", password)
    driver.need_text("Stages", LONG)
    _shoot(driver, shots, "1-running")
    driver.need_text("Finished", LONG)
    _shoot(driver, shots, "2-finished")


def check_log(driver: Driver) -> None:
    """Have the whole log checked."""
    driver.page("audit")
    driver.click("Check everything")
    driver.need_text("The log is intact", LONG)


def subjects(driver: Driver) -> dict[str, str]:
    """For pages about one thing, the one that the story made."""
    found = dict(driver.visited)
    return {page: found[page] for page in ("dataset", "project", "model") if page in found}


def fetch_and_test(driver: Driver, password: str, project: str, images: Path, shots: str = "") -> None:
    """Fetch the model, have it checked, test it on this device and by shares at the servers."""
    driver.page("models")
    driver.row(project)
    driver.click_and_sign("Fetch the model", password)
    driver.need_text("are proved", LONG)
    _shoot(driver, shots, "1-checked")
    driver.tab("Test")
    drop(driver, [images])
    driver.need_text("Confusion matrix", LONG)
    _shoot(driver, shots, "2-results")
    driver.tab("Test")
    driver.click("By secret-shared query")
    drop(driver, [images])
    driver.need_text("Tested by secret-shared query", LONG)
    driver.tab("Test")
    driver.need_text("The servers still have the shares of these images")
    _shoot(driver, shots, "3-asked")
