"""The whole way in the real window: from a folder of images to a tested model, as two owners would go it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFrame

from tests.helpers.driving.driver import Driver

LONG = 240.0
SIDE = 12


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


def bring_in(driver: Driver, password: str, folder: Path, name: str, shots: str = "") -> None:
    """Images of a folder to both servers; pictures of every step if ``shots`` is a prefix."""
    driver.page("data")
    driver.click("Bring in images")
    _shoot(driver, shots, "1-choose")
    drop(driver, [folder])
    driver.need_text("Found")
    _shoot(driver, shots, "2-look")
    driver.click("Next")
    driver.need_text("Form of every image")
    driver.choose("Size", 0)
    driver.number("Width", SIDE)
    driver.number("Height", SIDE)
    driver.need_text("After, as it is split")
    _shoot(driver, shots, "3-prepare")
    driver.click("Next")
    driver.fill("Name", name)
    _shoot(driver, shots, "4-describe")
    driver.click("Next")
    driver.need_text("What server A holds")
    _shoot(driver, shots, "5-review")
    driver.click("Next")
    driver.click_and_sign("Sign, split and upload", password)
    driver.need_text("Both servers have it", LONG)
    _shoot(driver, shots, "6-sent")


def _shoot(driver: Driver, prefix: str, name: str) -> None:
    if prefix:
        driver.settle()
        driver.shoot(f"{prefix}-{name}")
