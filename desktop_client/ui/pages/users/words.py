"""Roles, states and standings of accounts, as people call them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_client.jobs.people import Part, PersonRow
from desktop_client.upload.identity.rows import InvitationRow

_ACTIVE, _DISABLED, _REQUESTED = "active", "disabled", "requested"


def role(value: str) -> str:
    """Of an account in the deployment."""
    return {
        "administrator": QCoreApplication.translate("Users", "Administrator"),
        "user": QCoreApplication.translate("Users", "User"),
    }.get(value, value)


def state(row: PersonRow) -> tuple[str, str]:
    """The state of an account and its tone; whoever waits is told first."""
    if row.is_waiting:
        if row.state == _REQUESTED:
            return QCoreApplication.translate("Users", "waits for approval"), "warn"
        return QCoreApplication.translate("Users", "new keys wait for approval"), "warn"
    return {
        _ACTIVE: (QCoreApplication.translate("Users", "active"), "good"),
        _DISABLED: (QCoreApplication.translate("Users", "disabled"), "bad"),
        _REQUESTED: (QCoreApplication.translate("Users", "waits for approval"), "warn"),
    }[row.state]


def standing(row: PersonRow) -> tuple[str, str]:
    """Whether the nodes say the same about the account, and its tone."""
    where = nodes(row.where)
    return {
        "in-step": (QCoreApplication.translate("Users", "in step"), "neutral"),
        "behind": (QCoreApplication.translate("Users", "behind: %1").replace("%1", where), "warn"),
        "unknown": (QCoreApplication.translate("Users", "not known: %1").replace("%1", where), "warn"),
        "contradiction": (QCoreApplication.translate("Users", "nodes contradict each other"), "bad"),
    }[row.standing]


def nodes(roles: tuple[str, ...]) -> str:
    """Nodes in a few letters."""
    names = {"a": "A", "b": "B", "log": QCoreApplication.translate("Users", "log")}
    return ", ".join(names[role] for role in roles)


def invitation(row: InvitationRow) -> tuple[str, str]:
    """What became of an invitation, and its tone."""
    return {
        "open": (QCoreApplication.translate("Users", "open"), "info"),
        "used": (QCoreApplication.translate("Users", "used"), "good"),
        "withdrawn": (QCoreApplication.translate("Users", "withdrawn"), "neutral"),
        "expired": (QCoreApplication.translate("Users", "expired"), "neutral"),
        "partly": (QCoreApplication.translate("Users", "differs between nodes"), "warn"),
    }[row.status]


def part(row: Part) -> str:
    """What somebody is in a project."""
    named = {
        "owner": QCoreApplication.translate("Users", "owner"),
        "editor": QCoreApplication.translate("Users", "editor"),
        "viewer": QCoreApplication.translate("Users", "viewer"),
        "": QCoreApplication.translate("Users", "data owner"),
    }
    return named.get(row.role, row.role)


def project_state(value: str) -> tuple[str, str]:
    """Where a project stands, and its tone."""
    return {
        "awaiting-consent": (QCoreApplication.translate("Users", "waits for consents"), "warn"),
        "ready": (QCoreApplication.translate("Users", "ready"), "good"),
        "archived": (QCoreApplication.translate("Users", "archived"), "neutral"),
    }.get(value, (value, "neutral"))


def done(what: str, name: str) -> str:
    """What was done, in passing."""
    return {
        "approved": QCoreApplication.translate("Users", "%1 is approved at all nodes."),
        "rejected": QCoreApplication.translate("Users", "The request of %1 is turned down."),
        "role": QCoreApplication.translate("Users", "%1 has another role now."),
        "disabled": QCoreApplication.translate("Users", "%1 is disabled; every login has ended."),
        "enabled": QCoreApplication.translate("Users", "%1 may log in again."),
        "withdrawn": QCoreApplication.translate("Users", "The invitation of %1 works no more."),
    }[what].replace("%1", name)
