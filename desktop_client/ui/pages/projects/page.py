"""The list of projects and drafts."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QLineEdit

from common.errors import AppError
from common.pipeline import JobState
from desktop_client.jobs.projects.rows import ARCHIVED, AWAITING, DRAFT, Listing, ProjectRow
from desktop_client.state.desk import Desk
from desktop_client.state.projects.listing import ProjectList
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.page import Page
from desktop_client.ui.widgets.basics import Empty, button, label, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.ui.widgets.table import DataTable, ShareRole, ToneRole
from desktop_client.ui.words import ago, moment, number

_MINE, _OTHERS = "mine", "others"


class ProjectsPage(Page):
    """Projects the person is a member of or whose data they own, and drafts that name them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Projects"), self.tr("What is trained, on whose images."), is_scrolled=False)
        self.list = ProjectList(desk, self)
        self.model: RowTable[ProjectRow] = RowTable(self._columns())
        nothing = Empty(
            "folder-kanban",
            self.tr("There is no project yet"),
            self.tr("A project says what is trained on which data sets; every owner of data signs before it starts."),
            button(self.tr("New project"), lambda: desk.go("wizard"), "", "plus"),
        )
        self.table = DataTable(self.model, nothing, "projects", desk.preferences)
        self.table.search_in(lambda found: f"{found.name} {found.owner} {found.id}")
        self._add_filters()
        for place, width in enumerate((230, 140, 100, 80, 120, 150)):
            if desk.preferences.layout("table-projects").isEmpty():
                self.table.view.setColumnWidth(place, width)
        self.new = self.add_action(button(self.tr("New project"), lambda: desk.go("wizard"), "primary", "plus"))
        self.enter = button(self.tr("Open"), lambda: self._open(self.table.current), "", "arrow-right")
        self.copy = button(self.tr("New one like it"), self._copy, "flat", "copy")
        self.revise = button(self.tr("New revision"), self._revise, "flat", "pencil")
        self.remind = button(self.tr("Remind owners"), self._remind, "flat", "bell")
        self.archive = button(self.tr("Archive"), self._archive, "flat", "archive")
        self.remove = button(self.tr("Delete draft"), self._remove, "flat", "trash-2")
        self.about = label("", "muted")
        actions = row(self.enter, self.revise, self.copy, self.remind, self.archive, self.remove, None, self.about)
        self._question: Question | None = None
        self.add(self.table, stretch=1)
        self.add(actions)
        self.table.chosen.connect(self._open)
        self.table.selected.connect(lambda found: self._show_actions())
        self.list.changed.connect(self._changed)
        self.list.detailed.connect(self._detailed)
        self.list.failed.connect(self._failed)
        self.list.done.connect(self._done)
        self._show_actions()

    def refresh(self) -> None:
        self.list.refresh()

    def _changed(self, listing: Listing) -> None:
        chosen = self.table.current
        if tuple(self.model.rows) != listing.rows:
            self.model.replace(listing.rows)
            self._select(chosen)
        for role, error in listing.away.items():
            self.banner.say(
                self.tr("Server %1 does not answer; what the other one says is shown.").replace("%1", role.upper()),
                "warn", details=str(error),
            )  # fmt: skip
        if not listing.away and self.banner.property("tone") == "warn":
            self.banner.hide()
        self._show_actions()

    def _detailed(self, found: ProjectRow) -> None:
        for place, known in enumerate(self.model.rows):
            if known.id == found.id and known.is_draft == found.is_draft:
                self.model.change(place, found)
        self._show_actions()

    def _failed(self, error: AppError) -> None:
        self.show_error(error)
        self._show_actions()

    def _select(self, wanted: ProjectRow | None) -> None:
        if wanted is None:
            return
        for place, found in enumerate(self.model.shown):
            if found.id == wanted.id and found.is_draft == wanted.is_draft:
                self.table.view.setCurrentIndex(self.model.index(place, 0))

    def _show_actions(self) -> None:
        found: ProjectRow | None = self.table.current
        is_project = found is not None and not found.is_draft
        is_owner = found is not None and found.known_role == "owner"
        is_archived = found is not None and found.state == ARCHIVED
        waits = found is not None and found.detail is not None and bool(found.detail.missing)
        self.enter.setText(self.tr("Continue") if found is not None and found.is_draft else self.tr("Open"))
        self.enter.setEnabled(found is not None)
        self.copy.setVisible(is_project)
        self.revise.setVisible(is_project and is_owner and not is_archived)
        self.archive.setVisible(is_project and is_owner)
        self.archive.setText(self.tr("Restore") if is_archived else self.tr("Archive"))
        self.remind.setVisible(is_project and waits and found.known_role in ("owner", "editor") if found else False)
        self.remove.setVisible(found is not None and found.is_draft and is_owner)
        told = ""
        if found is not None and found.detail is not None and found.detail.missing:
            told = self.tr("Missing consent: %1").replace("%1", ", ".join(found.detail.missing))
        self.about.setText(told)

    def _open(self, found: ProjectRow | None) -> None:
        if found is not None:
            self.desk.go("wizard" if found.is_draft else "project", found.id)

    def _copy(self) -> None:
        if self.table.current is not None:
            self.desk.go("wizard", f"copy:{self.table.current.id}")

    def _revise(self) -> None:
        if self.table.current is not None:
            self.desk.go("wizard", self.table.current.id)

    def _remind(self) -> None:
        if self.table.current is not None:
            self.list.remind(self.table.current)

    def _archive(self) -> None:
        found: ProjectRow | None = self.table.current
        if found is None:
            return
        if found.state == ARCHIVED:
            self.list.archive(found, False)
            return
        reason = QLineEdit(maxLength=500)
        reason.setPlaceholderText(self.tr("Why; every member can read it"))
        reason.setAccessibleName(self.tr("Reason"))
        text = self.tr("No training starts and no consent counts until it is restored. What runs already goes on.")
        self._question = confirm(
            self, self.tr("Archive %1?").replace("%1", found.name), text, self.tr("Archive"),
            lambda: self.list.archive(found, True, reason.text()), is_danger=True,
        )  # fmt: skip
        self._question.body.addWidget(reason)

    def _remove(self) -> None:
        found: ProjectRow | None = self.table.current
        if found is None:
            return
        text = self.tr("It is thrown away at both servers, for everybody who writes it. Nothing can bring it back.")
        self._question = confirm(
            self, self.tr("Delete the draft %1?").replace("%1", found.name), text, self.tr("Delete draft"),
            lambda: self.list.remove(found), is_danger=True,
        )  # fmt: skip

    def _done(self, what: str, found: ProjectRow, result: object) -> None:
        words = {
            "archive": self.tr("%1 is archived."),
            "restore": self.tr("%1 is taken out of the archive."),
            "remove": self.tr("The draft %1 is deleted."),
        }
        if what == "remind":
            reminded, spared = result if isinstance(result, tuple) else ([], [])
            text = self.tr("Reminded: %1.").replace("%1", ", ".join(reminded) or self.tr("nobody"))
            if spared:
                text += " " + self.tr("Reminded less than a day ago: %1.").replace("%1", ", ".join(spared))
            self.desk.say(text)
        else:
            self.desk.say(words[what].replace("%1", found.name))

    def _add_filters(self) -> None:
        states = [(state, self._state_word(state)[0]) for state in ("ready", AWAITING, "running", DRAFT, ARCHIVED)]
        self.table.add_filter(self.tr("Every state"), states, lambda found, wanted: self._state(found) == wanted)
        roles = [(role, self._role(role)) for role in ("owner", "editor", "viewer", "data-owner")]
        self.table.add_filter(self.tr("Every role"), roles, lambda found, wanted: found.known_role == wanted)
        self.table.add_filter(
            self.tr("Everybody's"),
            [(_MINE, self.tr("Mine")), (_OTHERS, self.tr("Of others"))],
            lambda found, wanted: self._is_mine(found) == (wanted == _MINE),
        )

    def _is_mine(self, found: ProjectRow) -> bool:
        return self.desk.person is not None and found.owner == self.desk.person.name

    def _columns(self) -> list[Column[ProjectRow]]:
        return [
            Column(self.tr("Name"), lambda found: found.name, tip=self._tip),
            Column(self.tr("State"), lambda found: self._state_word(self._state(found))[0], extra=self._tone),
            Column(self.tr("Your role"), lambda found: self._role(found.known_role)),
            Column(self.tr("Members"), self._members, lambda found: found.detail.members if found.detail else 0,
                   is_number=True),
            Column(self.tr("Training"), self._training, self._share, extra=self._bar),
            Column(self.tr("Missing consents"), self._missing, lambda found: len(found.detail.missing)
                   if found.detail else 0, tip=lambda found: ", ".join(found.detail.missing) if found.detail else ""),
            Column(self.tr("Last activity"), lambda found: _since(found.changed), lambda found: found.changed,
                   tip=lambda found: moment(found.changed)),
        ]  # fmt: skip

    def _state(self, found: ProjectRow) -> str:
        is_running = found.training is not None and not found.training.state.is_final
        return "running" if is_running else "differs" if found.differs else found.state

    def _state_word(self, state: str) -> tuple[str, str]:
        words = {
            "ready": (self.tr("ready"), "good"),
            AWAITING: (self.tr("waits for consent"), "warn"),
            "running": (self.tr("training"), "info"),
            DRAFT: (self.tr("draft"), "neutral"),
            ARCHIVED: (self.tr("archived"), "neutral"),
            "differs": (self.tr("servers differ"), "bad"),
        }
        return words.get(state, (state, "neutral"))

    def _tone(self, role: int, found: ProjectRow) -> object:
        return self._state_word(self._state(found))[1] if role == ToneRole else None

    def _role(self, role: str) -> str:
        words = {
            "owner": self.tr("owner"),
            "editor": self.tr("editor"),
            "viewer": self.tr("viewer"),
            "data-owner": self.tr("data owner"),
        }
        return words.get(role, "…")

    def _members(self, found: ProjectRow) -> str:
        return number(found.detail.members) if found.detail else ""

    def _missing(self, found: ProjectRow) -> str:
        if found.is_draft or found.detail is None:
            return ""
        return ", ".join(found.detail.missing) or self.tr("none")

    def _share(self, found: ProjectRow) -> float:
        return found.training.share if found.training is not None else -1.0

    def _training(self, found: ProjectRow) -> str:
        if found.training is None:
            return ""
        if not found.training.state.is_final:
            return f"{found.training.share * 100:.0f} %"
        words = {
            JobState.FINISHED: self.tr("finished"),
            JobState.FAILED: self.tr("failed"),
            JobState.CANCELLED: self.tr("stopped"),
        }
        return words[found.training.state]

    def _bar(self, role: int, found: ProjectRow) -> object:
        is_running = found.training is not None and not found.training.state.is_final
        return self._share(found) if role == ShareRole and is_running else None

    def _tip(self, found: ProjectRow) -> str:
        kind = self.tr("draft, version %1") if found.is_draft else self.tr("revision %1")
        return f"{found.name}\n{kind.replace('%1', str(found.revision))} · {found.owner}\n{found.id}"


def _since(time: str) -> str:
    try:
        then = datetime.fromisoformat(time)
    except ValueError:
        return time
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return ago((datetime.now(UTC) - aware).total_seconds())
