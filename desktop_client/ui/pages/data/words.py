"""Words of the data pages: states, kinds, and why a file was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop_client.jobs.datasets import DatasetRow


def state_of(row: DatasetRow) -> tuple[str, str]:
    """What is shown of :attr:`DatasetRow.state`, and its tone."""
    words = {
        "usable": (QCoreApplication.translate("Data", "ready"), "good"),
        "off": (QCoreApplication.translate("Data", "switched off"), "neutral"),
        "uploading": (QCoreApplication.translate("Data", "uploading"), "info"),
        "received": (QCoreApplication.translate("Data", "being compared"), "info"),
        "mismatched": (QCoreApplication.translate("Data", "does not match"), "bad"),
        "apart": (QCoreApplication.translate("Data", "servers differ"), "warn"),
        "one": (QCoreApplication.translate("Data", "at one server only"), "warn"),
    }
    return words.get(row.state, (row.state, "neutral"))


def server_state(state: str | None) -> str:
    """The state at one server."""
    words = {
        "usable": QCoreApplication.translate("Data", "complete, compared with the other server"),
        "received": QCoreApplication.translate("Data", "complete, not compared yet"),
        "uploading": QCoreApplication.translate("Data", "not complete yet"),
        "mismatched": QCoreApplication.translate("Data", "differs from the other server"),
    }
    if state is None:
        return QCoreApplication.translate("Data", "not there")
    return words.get(state, state)


def visibility(value: str) -> str:
    words = {
        "private": QCoreApplication.translate("Data", "only you"),
        "shared": QCoreApplication.translate("Data", "named people"),
        "public": QCoreApplication.translate("Data", "everybody here"),
    }
    return words.get(value, value)


def kind(value: str) -> str:
    words = {
        "grey": QCoreApplication.translate("Data", "grey"),
        "colour": QCoreApplication.translate("Data", "colour"),
        "deep": QCoreApplication.translate("Data", "more than 8 bits"),
    }
    return words.get(value, value)


def shape_text(shape: tuple[int, ...], bits: int) -> str:
    """Such as ``64 × 64, grey, 8 bit``."""
    if len(shape) != 3:
        return "–"
    height, width, channels = shape
    colour = kind("colour" if channels == 3 else "grey")
    text = QCoreApplication.translate("Data", "%1 × %2, %3, %4 bit")
    return text.replace("%1", str(width)).replace("%2", str(height)).replace("%3", colour).replace("%4", str(bits))


def servers_text(servers: tuple[str, ...]) -> str:
    """At which servers something happened."""
    if set(servers) == {"a", "b"}:
        return QCoreApplication.translate("Data", "both servers")
    name = servers[0].upper() if servers else "?"
    return QCoreApplication.translate("Data", "server %1").replace("%1", name)


def event_text(event_kind: str) -> str:
    """What happened, of the history of a data set."""
    words = {
        "announced": QCoreApplication.translate("Data", "announced; the upload began"),
        "received": QCoreApplication.translate("Data", "received completely; the server signed a receipt"),
        "confirmed": QCoreApplication.translate("Data", "compared with the other server: the same data set"),
        "mismatched": QCoreApplication.translate("Data", "compared with the other server: not the same"),
        "settings": QCoreApplication.translate("Data", "settings changed"),
        "deleted": QCoreApplication.translate("Data", "deleted; the server signed a receipt"),
    }
    return words.get(event_kind, event_kind)


def change_text(change: Mapping[str, Any]) -> str:
    """One changed setting, such as ``visible to: only you → everybody here``."""
    names = {
        "visibility": QCoreApplication.translate("Data", "visible to"),
        "shared_with": QCoreApplication.translate("Data", "shared with"),
        "tags": QCoreApplication.translate("Data", "tags"),
        "description": QCoreApplication.translate("Data", "description"),
        "class_counts": QCoreApplication.translate("Data", "images of each class"),
        "enabled": QCoreApplication.translate("Data", "may be used"),
    }
    field = str(change.get("field"))
    after = _setting(field, change.get("after"))
    before = f"{_setting(field, change['before'])} → " if "before" in change else ""
    return f"{names.get(field, field)}: {before}{after}"


def _setting(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return QCoreApplication.translate("Data", "yes") if value else QCoreApplication.translate("Data", "no")
    if field == "visibility":
        return visibility(str(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value) or "–"
    return str(value) if value not in (None, "") else "–"


def effect_text(effect: str) -> tuple[str, str]:
    """What becomes of a job without the data set, and its tone."""
    words = {
        "cancelled": (QCoreApplication.translate("Data", "is stopped; its result is lost"), "bad"),
        "refused": (QCoreApplication.translate("Data", "is refused when its turn comes"), "warn"),
        "goes-on": (QCoreApplication.translate("Data", "goes on to its end"), "good"),
    }
    return words.get(effect, (effect, "neutral"))


def job_state(state: str) -> str:
    """Where an unfinished training stands."""
    words = {
        "queued": QCoreApplication.translate("Data", "waiting"),
        "preparing": QCoreApplication.translate("Data", "preparing"),
        "hiding": QCoreApplication.translate("Data", "hiding"),
        "training": QCoreApplication.translate("Data", "training"),
        "testing": QCoreApplication.translate("Data", "testing"),
        "paused": QCoreApplication.translate("Data", "paused"),
    }
    return words.get(state, state)
