"""Why somebody cannot come in, and what to do next, each reason in its own words."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from common.errors import AppError
from desktop_client.ui.messages import Told, tell


class _Saying(NamedTuple):
    heading: str
    sentence: str


def told(error: AppError) -> Told:
    """Heading, what happened and what to do; details for those who help. Other errors are told as everywhere."""
    usual = tell(error)
    saying = _sayings().get(error.code)
    if saying is None:
        return usual
    heading, sentence = saying
    node = error.details.get("node")
    if isinstance(node, str) and node in ("a", "b", "log"):
        heading = f"{heading} ({_node(node)})"
    return Told(heading, sentence, usual.details)


def tone(error: AppError) -> str:
    """What is only waited for is no failure."""
    return {"not-approved": "info", "cancelled": "info", "token-expired": "warn", "not-logged-in": "warn"}.get(
        error.code, "bad"
    )


def _node(role: str) -> str:
    return {
        "a": QCoreApplication.translate("Door", "server A"),
        "b": QCoreApplication.translate("Door", "server B"),
        "log": QCoreApplication.translate("Door", "the log node"),
    }[role]


def _sayings() -> dict[str, _Saying]:
    """By the code of the error."""
    return {
        "wrong-password": _Saying(
            QCoreApplication.translate("Door", "The password is wrong"),
            QCoreApplication.translate(
                "Door",
                "Nothing was sent anywhere. Check the keyboard layout and Caps Lock, then try again. Nobody can reset "
                "the password; if it is lost, make new keys.",
            ),
        ),
        "not-approved": _Saying(
            QCoreApplication.translate("Door", "Not approved yet"),
            QCoreApplication.translate(
                "Door",
                "An administrator has to compare your fingerprint and approve your account. Read it to them by "
                "telephone or in person, then check again.",
            ),
        ),
        "account-disabled": _Saying(
            QCoreApplication.translate("Door", "Your account is locked"),
            QCoreApplication.translate(
                "Door",
                "An administrator has disabled it. Your data and keys are untouched. Ask an administrator of the "
                "deployment why, and to enable it again.",
            ),
        ),
        "device-unknown": _Saying(
            QCoreApplication.translate("Door", "The nodes do not know this device"),
            QCoreApplication.translate(
                "Door",
                "It was never introduced, or its registration was not completed. Introduce it with your keys; if you "
                "never completed the registration, register again with your invitation.",
            ),
        ),
        "keys-replaced": _Saying(
            QCoreApplication.translate("Door", "Your account has newer keys than this device"),
            QCoreApplication.translate(
                "Door",
                "Export the keys on the device that has the new ones, then import the file here. Old models "
                "stay readable.",
            ),
        ),
        "keys-differ": _Saying(
            QCoreApplication.translate("Door", "The nodes show different keys of you"),
            QCoreApplication.translate(
                "Door", "Do not go on. One node shows keys that are not yours. Tell the operators of all three nodes."
            ),
        ),
        "node-behind": _Saying(
            QCoreApplication.translate("Door", "The nodes are not in step about your account"),
            QCoreApplication.translate(
                "Door",
                "A change has not reached every node. Ask an administrator to repair the accounts, then log in again.",
            ),
        ),
        "node-unreachable": _Saying(
            QCoreApplication.translate("Door", "A node cannot be reached"),
            QCoreApplication.translate(
                "Door",
                "Check the network, the VPN and the address; the operator can tell whether the node runs. Nothing is "
                "lost; try again.",
            ),
        ),
        "token-expired": _Saying(
            QCoreApplication.translate("Door", "Your login has ended"),
            QCoreApplication.translate(
                "Door", "Logins end after a while. Enter your password to go on; work in progress is not lost."
            ),
        ),
        "not-logged-in": _Saying(
            QCoreApplication.translate("Door", "You are not logged in any more"),
            QCoreApplication.translate(
                "Door", "The login of this device was ended. Enter your password to log in again."
            ),
        ),
        "rate-limited": _Saying(
            QCoreApplication.translate("Door", "Too many attempts"),
            QCoreApplication.translate(
                "Door", "The node takes no more attempts for a moment. Wait a minute, then try again."
            ),
        ),
        "unknown-certificate": _Saying(
            QCoreApplication.translate("Door", "This is not the deployment you expect"),
            QCoreApplication.translate(
                "Door",
                "What answers has another fingerprint or certificate. Do not continue; somebody may stand in between. "
                "Compare the fingerprint with the operator.",
            ),
        ),
        "config": _Saying(
            QCoreApplication.translate("Door", "This file is not a deployment"),
            QCoreApplication.translate(
                "Door", "Choose the kit folder, its kit.json or its deployment.json, as the operator gave it."
            ),
        ),
        "bad-signature": _Saying(
            QCoreApplication.translate("Door", "The kit was changed after it was signed"),
            QCoreApplication.translate("Door", "Do not use it. Ask the operator for the kit again."),
        ),
        "bad-frame": _Saying(
            QCoreApplication.translate("Door", "What answers is not a node of this version"),
            QCoreApplication.translate(
                "Door", "Check the address with the operator, or open the kit file instead; it needs no connection."
            ),
        ),
        "store-damaged": _Saying(
            QCoreApplication.translate("Door", "The key file is damaged"),
            QCoreApplication.translate(
                "Door",
                "Restore it from a backup, import your keys from another device, or make new keys with a new "
                "invitation.",
            ),
        ),
        "wrong-version": _Saying(
            QCoreApplication.translate("Door", "The key file is of a newer program"),
            QCoreApplication.translate(
                "Door", "Install the newer version of ImageGuard on this device; the file is not changed."
            ),
        ),
        "forbidden": _Saying(
            QCoreApplication.translate("Door", "The nodes refuse this registration"),
            QCoreApplication.translate(
                "Door",
                "Check the code, the user name and the organisation: they must be as in your invitation. A code works "
                "once, and only until it expires.",
            ),
        ),
        "cancelled": _Saying(
            QCoreApplication.translate("Door", "Stopped"),
            QCoreApplication.translate("Door", "Nothing is lost; start again when you are ready."),
        ),
    }
