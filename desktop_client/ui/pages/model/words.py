"""Checks, stages, sources and networks in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop_client.ui.words import fill, number

_POINTS: Final[dict[str, Any]] = {
    "sealed-for-me": QT_TRANSLATE_NOOP("Model", "Both shares were sealed for you alone."),
    "halves-fit": QT_TRANSLATE_NOOP("Model", "The shares of both servers fit each other."),
    "right-job": QT_TRANSLATE_NOOP("Model", "It is the model of this training."),
    "specification": QT_TRANSLATE_NOOP("Model", "It was trained by the revision that was signed."),
    "file-unchanged": QT_TRANSLATE_NOOP("Model", "The file on this device is as it was when it was fetched."),
    "network": QT_TRANSLATE_NOOP("Model", "The network is whole, and all its numbers are finite."),
    "agreed-network": QT_TRANSLATE_NOOP("Model", "The network is the one that was agreed on."),
    "epochs": QT_TRANSLATE_NOOP("Model", "It was trained for as many epochs as agreed."),
    "logged-a": QT_TRANSLATE_NOOP("Model", "Server A recorded in the log that it sealed this very share."),
    "logged-b": QT_TRANSLATE_NOOP("Model", "Server B recorded in the log that it sealed this very share."),
    "honest-training": QT_TRANSLATE_NOOP("Model", "Every step of the training was computed honestly."),
}
_MISSING: Final[dict[str, Any]] = {
    "logged-a": QT_TRANSLATE_NOOP("Model", "Your copy of the log does not show it yet."),
    "logged-b": QT_TRANSLATE_NOOP("Model", "Your copy of the log does not show it yet."),
    "honest-training": QT_TRANSLATE_NOOP(
        "Model", "No file can prove this. It rests on the two servers not being controlled by the same party."
    ),
}
_NO_RECORD: Final = QT_TRANSLATE_NOOP("Model", "There is no record of where this file came from.")
_STANDINGS: Final[dict[str, Any]] = {
    "proved": QT_TRANSLATE_NOOP("Model", "proved"),
    "failed": QT_TRANSLATE_NOOP("Model", "failed"),
    "missing": QT_TRANSLATE_NOOP("Model", "could not be looked at"),
    "unprovable": QT_TRANSLATE_NOOP("Model", "cannot be proved"),
}
_NETWORKS: Final[dict[str, Any]] = {
    "logistic": QT_TRANSLATE_NOOP("Model", "logistic regression"),
    "mlp": QT_TRANSLATE_NOOP("Model", "multilayer perceptron"),
    "lenet": QT_TRANSLATE_NOOP("Model", "LeNet"),
    "resnet": QT_TRANSLATE_NOOP("Model", "ResNet"),
    "custom": QT_TRANSLATE_NOOP("Model", "own network"),
}
_SOURCES: Final[dict[str, Any]] = {
    "cot": QT_TRANSLATE_NOOP("Model", "Servers alone"),
    "hybrid": QT_TRANSLATE_NOOP("Model", "Servers alone, with encryption"),
    "helper": QT_TRANSLATE_NOOP("Model", "Helper"),
}
_STAGES: Final[dict[str, Any]] = {
    "split": QT_TRANSLATE_NOOP("Model", "Split on this device"),
    "upload": QT_TRANSLATE_NOOP("Model", "Send the shares"),
    "queue": QT_TRANSLATE_NOOP("Model", "Wait for the servers"),
    "compute": QT_TRANSLATE_NOOP("Model", "The servers compute"),
    "answer": QT_TRANSLATE_NOOP("Model", "Put the answer together"),
    "download": QT_TRANSLATE_NOOP("Model", "Fetch both shares"),
    "open": QT_TRANSLATE_NOOP("Model", "Open and add them"),
    "check": QT_TRANSLATE_NOOP("Model", "Check"),
    "keep": QT_TRANSLATE_NOOP("Model", "Keep the model"),
    "load": QT_TRANSLATE_NOOP("Model", "Load"),
    "compare": QT_TRANSLATE_NOOP("Model", "Compare predictions"),
    "test": QT_TRANSLATE_NOOP("Model", "Test"),
    "score": QT_TRANSLATE_NOOP("Model", "Compute the results"),
    "rows": QT_TRANSLATE_NOOP("Model", "Fetch the log"),
}
_ORIGINS: Final[dict[str, Any]] = {
    "here": QT_TRANSLATE_NOOP("Model", "Tested on this device."),
    "servers": QT_TRANSLATE_NOOP("Model", "Tested by secret-shared query."),
    "before": QT_TRANSLATE_NOOP("Model", "The last test on this device."),
}


def point(code: str, standing: str, details: Mapping[str, Any]) -> tuple[str, str]:
    """What was looked at, and a remark: why it could not be, or the numbers that go with it."""
    text = _shown(_POINTS, code)
    if standing in ("missing", "unprovable"):
        return text, QCoreApplication.translate("Model", _MISSING.get(code, _NO_RECORD))
    return text, _numbers(code, standing, details)


def standing(code: str) -> str:
    """Proved, failed, could not be looked at, or cannot be proved."""
    return _shown(_STANDINGS, code)


def network(code: str) -> str:
    """What is trained, in words."""
    return _shown(_NETWORKS, code)


def preparation(code: str) -> str:
    """Who made the correlated randomness."""
    return _shown(_SOURCES, code)


def stage(code: str) -> str:
    """What is done at the moment."""
    return _shown(_STAGES, code)


def origin(code: str) -> str:
    """Where a result comes from."""
    return _shown(_ORIGINS, code)


def _numbers(code: str, standing: str, details: Mapping[str, Any]) -> str:
    if code == "epochs":
        text = QCoreApplication.translate("Model", "%1 agreed, %2 trained")
        return fill(text, details.get("agreed", "–"), details.get("found", "–"))
    if code == "specification" and details.get("revision"):
        text = fill(QCoreApplication.translate("Model", "revision %1"), details["revision"])
        return f"{text}, {str(details.get('hash', ''))[:16]}…"
    if code == "network" and standing == "proved":
        text = QCoreApplication.translate("Model", "%1 parameters")
        return fill(text, number(int(details.get("parameters", 0))))
    if code in ("logged-a", "logged-b") and "row" in details:
        return fill(QCoreApplication.translate("Model", "entry %1 of the log"), number(int(details["row"])))
    if code == "file-unchanged":
        return f"SHA-256 {str(details.get('hash', ''))[:16]}…"
    return str(details.get("reason", ""))[:300]


def _shown(table: Mapping[str, Any], code: str) -> str:
    return QCoreApplication.translate("Model", table[code]) if code in table else code
