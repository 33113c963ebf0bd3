"""Actions, objects and points of a check in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop_client.ui.words import number

_ACTIONS: Final[dict[str, Any]] = {
    "register": QT_TRANSLATE_NOOP("Audit", "asked for an account"),
    "login": QT_TRANSLATE_NOOP("Audit", "logged in"),
    "logout-all": QT_TRANSLATE_NOOP("Audit", "ended all logins"),
    "account-bootstrap": QT_TRANSLATE_NOOP("Audit", "became the first administrator"),
    "account-invite": QT_TRANSLATE_NOOP("Audit", "invited somebody"),
    "account-invite-withdraw": QT_TRANSLATE_NOOP("Audit", "withdrew an invitation"),
    "account-approve": QT_TRANSLATE_NOOP("Audit", "approved an account"),
    "account-disable": QT_TRANSLATE_NOOP("Audit", "disabled an account"),
    "account-enable": QT_TRANSLATE_NOOP("Audit", "enabled an account"),
    "account-change": QT_TRANSLATE_NOOP("Audit", "changed an account"),
    "account-rotate": QT_TRANSLATE_NOOP("Audit", "changed keys"),
    "device-add": QT_TRANSLATE_NOOP("Audit", "added a device"),
    "device-revoke": QT_TRANSLATE_NOOP("Audit", "revoked a device"),
    "dataset-upload": QT_TRANSLATE_NOOP("Audit", "began to upload a data set"),
    "dataset-receipt": QT_TRANSLATE_NOOP("Audit", "received all shares of a data set"),
    "dataset-confirm": QT_TRANSLATE_NOOP("Audit", "compared a data set with the other server"),
    "dataset-delete": QT_TRANSLATE_NOOP("Audit", "deleted a data set"),
    "dataset-settings": QT_TRANSLATE_NOOP("Audit", "changed the settings of a data set"),
    "project-create": QT_TRANSLATE_NOOP("Audit", "signed a project"),
    "project-archive": QT_TRANSLATE_NOOP("Audit", "archived a project"),
    "project-restore": QT_TRANSLATE_NOOP("Audit", "restored a project"),
    "consent": QT_TRANSLATE_NOOP("Audit", "decided about a project"),
    "consent-withdraw": QT_TRANSLATE_NOOP("Audit", "withdrew a consent"),
    "job-start": QT_TRANSLATE_NOOP("Audit", "started a training"),
    "job-stage": QT_TRANSLATE_NOOP("Audit", "began a stage of a training"),
    "job-checkpoint": QT_TRANSLATE_NOOP("Audit", "kept a checkpoint"),
    "job-control": QT_TRANSLATE_NOOP("Audit", "paused, resumed or retried a training"),
    "job-cancel": QT_TRANSLATE_NOOP("Audit", "stopped a training"),
    "job-finish": QT_TRANSLATE_NOOP("Audit", "finished a job"),
    "job-fail": QT_TRANSLATE_NOOP("Audit", "noted the failure of a job"),
    "model-seal": QT_TRANSLATE_NOOP("Audit", "sealed a model share"),
    "model-fetch": QT_TRANSLATE_NOOP("Audit", "gave out a model share"),
    "model-keep": QT_TRANSLATE_NOOP("Audit", "kept a weight share for tests"),
    "model-forget": QT_TRANSLATE_NOOP("Audit", "had the kept weights forgotten"),
    "model-lapse": QT_TRANSLATE_NOOP("Audit", "forgot kept weights"),
    "test-start": QT_TRANSLATE_NOOP("Audit", "started a test on shares"),
    "answer-seal": QT_TRANSLATE_NOOP("Audit", "sealed the answer of a test"),
    "answer-fetch": QT_TRANSLATE_NOOP("Audit", "gave out the answer of a test"),
    "node-start": QT_TRANSLATE_NOOP("Audit", "was started"),
    "node-stop": QT_TRANSLATE_NOOP("Audit", "was stopped"),
}
_KINDS: Final[dict[str, Any]] = {
    "job": QT_TRANSLATE_NOOP("Audit", "job"),
    "dataset": QT_TRANSLATE_NOOP("Audit", "data set"),
    "project": QT_TRANSLATE_NOOP("Audit", "project"),
    "specification": QT_TRANSLATE_NOOP("Audit", "specification"),
    "account": QT_TRANSLATE_NOOP("Audit", "account"),
    "document": QT_TRANSLATE_NOOP("Audit", "document"),
    "deployment": QT_TRANSLATE_NOOP("Audit", "deployment"),
}
_POINTS: Final[dict[str, Any]] = {
    "rows": QT_TRANSLATE_NOOP(
        "Audit", "Every entry is signed by server A or B, and by the person who did it where that counts."
    ),
    "checkpoint": QT_TRANSLATE_NOOP(
        "Audit", "The entries are exactly those that the log node signed: none was added, taken out or moved."
    ),
    "remembered": QT_TRANSLATE_NOOP("Audit", "They continue what this device saw before; the past was not rewritten."),
    "server-a": QT_TRANSLATE_NOOP("Audit", "Server A saw the same log."),
    "server-b": QT_TRANSLATE_NOOP("Audit", "Server B saw the same log."),
    "own-events": QT_TRANSLATE_NOOP("Audit", "What you did is in the log."),
    "receipts": QT_TRANSLATE_NOOP("Audit", "Every receipt for your uploads was recorded by the server that gave it."),
}
_MISSING: Final[dict[str, Any]] = {
    "unanswered": QT_TRANSLATE_NOOP("Audit", "It could not be asked, or has seen nothing yet."),
    "ahead": QT_TRANSLATE_NOOP("Audit", "It has seen more than was fetched; check again."),
}


def action(code: str) -> str:
    """What somebody did; an action that a newer node records is shown by its code."""
    return _shown(_ACTIONS, code)


def kind(code: str) -> str:
    """What it was done to."""
    return _shown(_KINDS, code)


def actor(pseudonym: str, name: str) -> str:
    """A node or person by name, else the beginning of the pseudonym."""
    nodes = {
        "node:a": QCoreApplication.translate("Audit", "Server A"),
        "node:b": QCoreApplication.translate("Audit", "Server B"),
        "node:log": QCoreApplication.translate("Audit", "Log node"),
    }
    return nodes.get(pseudonym) or name or pseudonym[:13]


def point(code: str, standing: str, details: Mapping[str, Any]) -> str:
    """What was looked at, and why it could not be if so."""
    text = _shown(_POINTS, code)
    if standing == "missing":
        reason = _MISSING.get(str(details.get("reason")))
        rest = QCoreApplication.translate("Audit", reason) if reason else ""
        if "unlogged" in details:
            unlogged = details["unlogged"]
            count = len(unlogged) if isinstance(unlogged, (list, dict)) else unlogged
            rest = QCoreApplication.translate("Audit", "%1 not recorded yet.").replace("%1", str(count))
        return f"{text} {rest}".strip()
    counts = [details[name] for name in ("rows", "events", "size") if isinstance(details.get(name), int)]
    shown = QCoreApplication.translate("Audit", "%1 entries").replace("%1", number(counts[0])) if counts else ""
    return f"{text} ({shown})" if shown else text


def _shown(table: Mapping[str, Any], code: str) -> str:
    return QCoreApplication.translate("Audit", table[code]) if code in table else code
