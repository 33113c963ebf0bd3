"""The columns and filters of people, invitations and parts in projects."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_client.jobs.people import Part, PersonRow
from desktop_client.state.desk import Desk
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.users import words
from desktop_client.ui.widgets.basics import Empty
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import moment
from desktop_client.upload.identity.rows import InvitationRow


def people_table(desk: Desk) -> tuple[RowTable[PersonRow], DataTable]:
    """Everybody, with filters by role and state."""

    def state_tone(role: int, row: PersonRow) -> str | None:
        return words.state(row)[1] if role == ToneRole else None

    def standing_tone(role: int, row: PersonRow) -> str | None:
        return words.standing(row)[1] if role == ToneRole else None

    columns: tuple[Column[PersonRow], ...] = (
        Column(QCoreApplication.translate("Users", "Name"), lambda row: row.name),
        Column(QCoreApplication.translate("Users", "Organisation"), lambda row: row.organisation),
        Column(QCoreApplication.translate("Users", "Role"), lambda row: words.role(row.role)),
        Column(QCoreApplication.translate("Users", "State"), lambda row: words.state(row)[0], extra=state_tone),
        Column(
            QCoreApplication.translate("Users", "Last login"),
            lambda row: moment(row.last_login) if row.last_login else "–",
            lambda row: row.last_login,
        ),
        Column(QCoreApplication.translate("Users", "Nodes"), lambda row: words.standing(row)[0], extra=standing_tone),
    )
    model: RowTable[PersonRow] = RowTable(columns)
    nothing = Empty("users", QCoreApplication.translate("Users", "Nobody is listed yet"))
    table = DataTable(model, nothing, "users", desk.preferences)
    roles = (("administrator", words.role("administrator")), ("user", words.role("user")))
    states = (
        ("waiting", QCoreApplication.translate("Users", "waits for approval")),
        ("active", QCoreApplication.translate("Users", "active")),
        ("disabled", QCoreApplication.translate("Users", "disabled")),
    )
    table.add_filter(QCoreApplication.translate("Users", "All roles"), roles, lambda row, value: row.role == value)
    table.add_filter(QCoreApplication.translate("Users", "All states"), states, _has_state)
    table.set_widths((150, 190, 120, 200, 150, 120))
    return model, table


def invitations_table(desk: Desk) -> tuple[RowTable[InvitationRow], DataTable]:
    """Open ones and what became of the others."""

    def tone(role: int, row: InvitationRow) -> str | None:
        return words.invitation(row)[1] if role == ToneRole else None

    columns: tuple[Column[InvitationRow], ...] = (
        Column(QCoreApplication.translate("Users", "Name"), lambda row: row.user),
        Column(QCoreApplication.translate("Users", "Organisation"), lambda row: row.organisation),
        Column(QCoreApplication.translate("Users", "Role"), lambda row: words.role(row.role)),
        Column(QCoreApplication.translate("Users", "State"), lambda row: words.invitation(row)[0], extra=tone),
        Column(
            QCoreApplication.translate("Users", "Invited"), lambda row: moment(row.created), lambda row: row.created
        ),
        Column(
            QCoreApplication.translate("Users", "Works until"), lambda row: moment(row.expires), lambda row: row.expires
        ),
    )
    model: RowTable[InvitationRow] = RowTable(columns)
    nothing = Empty(
        "mail",
        QCoreApplication.translate("Users", "No invitations yet"),
        QCoreApplication.translate("Users", "Whoever shall take part needs the code of an invitation."),
    )
    table = DataTable(model, nothing, "invitations", desk.preferences)
    table.set_widths((150, 190, 120, 150, 150, 150))
    return model, table


def parts_table(desk: Desk) -> tuple[RowTable[Part], DataTable]:
    """Who is what in which project."""

    def tone(role: int, row: Part) -> str | None:
        return words.project_state(row.state)[1] if role == ToneRole else None

    columns: tuple[Column[Part], ...] = (
        Column(QCoreApplication.translate("Users", "Project"), lambda row: row.title),
        Column(QCoreApplication.translate("Users", "State"), lambda row: words.project_state(row.state)[0], extra=tone),
        Column(QCoreApplication.translate("Users", "Name"), lambda row: row.user),
        Column(QCoreApplication.translate("Users", "Role"), words.part),
        Column(
            QCoreApplication.translate("Users", "Own data sets"),
            lambda row: str(row.datasets),
            lambda row: row.datasets,
            True,
        ),
    )
    model: RowTable[Part] = RowTable(columns)
    nothing = Empty(
        "folder-kanban",
        QCoreApplication.translate("Users", "No projects that you may see"),
        QCoreApplication.translate("Users", "Members of a project see it; an administrator is no member by itself."),
    )
    table = DataTable(model, nothing, "parts", desk.preferences)
    table.set_widths((260, 180, 180, 150, 120))
    return model, table


def _has_state(row: PersonRow, value: str) -> bool:
    return row.is_waiting if value == "waiting" else row.state == value and not row.is_waiting
