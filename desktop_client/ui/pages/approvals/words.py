"""Kinds of what waits, decisions and facts of a specification, as people call them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop_client.jobs.approvals import CONSENT, ENDING, REGISTRATION, Decision


def kind(value: str) -> tuple[str, str]:
    """What waits, and its tone."""
    return {
        CONSENT: (QCoreApplication.translate("Approvals", "Consent"), "info"),
        ENDING: (QCoreApplication.translate("Approvals", "Ends soon"), "warn"),
        REGISTRATION: (QCoreApplication.translate("Approvals", "Registration"), "neutral"),
    }[value]


def decision(row: Decision) -> tuple[str, str]:
    """What was decided, and its tone: a consent that is not in force any more is told as such."""
    if row.decision == "granted":
        if row.is_in_force:
            return QCoreApplication.translate("Approvals", "consented"), "good"
        return QCoreApplication.translate("Approvals", "consented, no longer in force"), "neutral"
    return {
        "declined": (QCoreApplication.translate("Approvals", "declined"), "bad"),
        "withdrawn": (QCoreApplication.translate("Approvals", "taken back"), "warn"),
    }[row.decision]


def facts(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values that people decide by, in the order in which they matter."""
    hiding = found["hiding"]
    mixed = QCoreApplication.translate("Approvals", "%1 images are mixed; sign mask %2")
    on = (
        QCoreApplication.translate("Approvals", "on")
        if hiding["mask"]
        else QCoreApplication.translate("Approvals", "off")
    )
    nobody = QCoreApplication.translate("Approvals", "nobody; the servers keep nothing of the trained model")
    epochs = QCoreApplication.translate("Approvals", "%1 epochs").replace("%1", str(found["epochs"]))
    return [
        (QCoreApplication.translate("Approvals", "Purpose"), found["purpose"] or "–"),
        (QCoreApplication.translate("Approvals", "Owner"), found["owner"]),
        (QCoreApplication.translate("Approvals", "Members"), ", ".join(found["members"])),
        (QCoreApplication.translate("Approvals", "The model goes to"), ", ".join(found["recipients"])),
        (QCoreApplication.translate("Approvals", "May test the model"), ", ".join(found["testers"]) or nobody),
        (QCoreApplication.translate("Approvals", "Hiding"), mixed.replace("%1", str(hiding["k"])).replace("%2", on)),
        (QCoreApplication.translate("Approvals", "Model"), f"{found['model']}, {epochs}"),
        (QCoreApplication.translate("Approvals", "Preparation"), trust(found["preparation"])),
        (QCoreApplication.translate("Approvals", "Data sets"), str(found["datasets"])),
    ]


def trust(preparation: str) -> str:
    """Who must not work together."""
    if preparation == "helper":
        return QCoreApplication.translate(
            "Approvals", "A third organisation deals correlated randomness; it must not collude with A or B."
        )
    if preparation == "hybrid":
        return QCoreApplication.translate(
            "Approvals",
            "Servers A and B make all correlated randomness themselves, partly under encryption; nobody else is "
            "involved.",
        )
    return QCoreApplication.translate(
        "Approvals", "Servers A and B make all correlated randomness themselves; nobody else is involved."
    )


def change(sentence: str) -> str:
    """A sentence about a parameter with the name of the parameter as people call it; values stay as they are signed."""
    name, colon, rest = sentence.partition(":")
    return f"{_parameters().get(name, name)}{colon}{rest}"


def _parameters() -> dict[str, str]:
    """By their names in :data:`common.agreement.changes.PARAMETERS`."""
    return {
        "Project id": QCoreApplication.translate("Approvals", "Project id"),
        "Name": QCoreApplication.translate("Approvals", "Name"),
        "Purpose": QCoreApplication.translate("Approvals", "Purpose"),
        "Signed by": QCoreApplication.translate("Approvals", "Signed by"),
        "Version of the format": QCoreApplication.translate("Approvals", "Version of the format"),
        "Preparation of correlated randomness": QCoreApplication.translate(
            "Approvals", "Preparation of correlated randomness"
        ),
        "Key of server A": QCoreApplication.translate("Approvals", "Key of server A"),
        "Key of server B": QCoreApplication.translate("Approvals", "Key of server B"),
        "Key of the helper": QCoreApplication.translate("Approvals", "Key of the helper"),
        "Fraction bits of numbers": QCoreApplication.translate("Approvals", "Fraction bits of numbers"),
        "Images mixed": QCoreApplication.translate("Approvals", "Images mixed"),
        "Random sign mask": QCoreApplication.translate("Approvals", "Random sign mask"),
        "Pixel range": QCoreApplication.translate("Approvals", "Pixel range"),
        "Public features": QCoreApplication.translate("Approvals", "Public features"),
        "Model": QCoreApplication.translate("Approvals", "Model"),
        "Neurons of hidden layers": QCoreApplication.translate("Approvals", "Neurons of hidden layers"),
        "Bias of layers": QCoreApplication.translate("Approvals", "Bias of layers"),
        "Layers of the network": QCoreApplication.translate("Approvals", "Layers of the network"),
        "Passes over all images": QCoreApplication.translate("Approvals", "Passes over all images"),
        "Images per step": QCoreApplication.translate("Approvals", "Images per step"),
        "Loss": QCoreApplication.translate("Approvals", "Loss"),
        "Optimiser": QCoreApplication.translate("Approvals", "Optimiser"),
        "Momentum": QCoreApplication.translate("Approvals", "Momentum"),
        "Learning rate": QCoreApplication.translate("Approvals", "Learning rate"),
        "Learning rate over time": QCoreApplication.translate("Approvals", "Learning rate over time"),
        "Weight decay": QCoreApplication.translate("Approvals", "Weight decay"),
        "Largest norm of gradients": QCoreApplication.translate("Approvals", "Largest norm of gradients"),
        "Images kept back to measure with": QCoreApplication.translate("Approvals", "Images kept back to measure with"),
    }
