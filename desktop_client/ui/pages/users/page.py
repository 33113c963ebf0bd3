"""Users: who is in the deployment; administrators invite, compare and approve, change roles, disable, and repair."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from common.accounts.model import Role, State
from common.errors import AppError
from desktop_client.jobs.people import Guest, Mended, PersonRow, is_open
from desktop_client.state.desk import Desk
from desktop_client.state.identity.users import Users
from desktop_client.ui.page import Page
from desktop_client.ui.pages.users import words
from desktop_client.ui.pages.users.dialogs import ApproveDialog, InviteDialog, ReasonDialog
from desktop_client.ui.pages.users.tables import invitations_table, parts_table, people_table
from desktop_client.ui.widgets.basics import Card, boxed, button, column, copy_text, label, row, selectable
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.words import moment
from desktop_client.upload.identity.rows import InvitationRow
from desktop_client.upload.identity.users import Pending


class UsersPage(Page):
    """People, invitations, and who takes part in what."""

    def __init__(self, desk: Desk) -> None:
        text = self.tr("Every account as all three nodes show it. What you change here is signed with your keys.")
        super().__init__(desk, self.tr("Users"), text, is_scrolled=False)
        self.users = Users(desk, self)
        self._wanted = ""
        self._inviting: InviteDialog | None = None
        self.invite = self.add_action(button(self.tr("Invite…"), self._invite, "primary", "user-plus"))
        self.people, self.list = people_table(desk)
        self.invitations, self.invited = invitations_table(desk)
        self.parts, self.by_project = parts_table(desk)
        for table in (self.list, self.invited, self.by_project):
            table.nothing.wait(self.tr("Asking the nodes…"))
        self.tabs = QTabWidget()
        people = column(self.list, self._about_card(), spacing=12)
        people.setStretch(0, 1)
        self.tabs.addTab(boxed(people), self.tr("People"))
        self.tabs.addTab(self._invitations_tab(), self.tr("Invitations"))
        self.tabs.addTab(self.by_project, self.tr("By project"))
        self.tabs.currentChanged.connect(lambda: self.refresh())
        self.add(self.tabs, stretch=1)
        self._connect()
        self._show_about(None)

    def open(self, subject: str) -> None:
        """``subject`` may be the name of somebody whose request is to be decided."""
        self._wanted = subject
        if subject:
            self.tabs.setCurrentIndex(0)
        self.refresh()

    def refresh(self) -> None:
        if self.tabs.currentIndex() == 2:
            self.users.refresh_parts()
        else:
            self.users.refresh()

    def _connect(self) -> None:
        self.list.selected.connect(self._show_about)
        self.list.chosen.connect(lambda found: self._approve() if found and found.is_waiting else None)
        self.by_project.chosen.connect(lambda found: self.desk.go("project", found.project) if found else None)
        self.invited.selected.connect(lambda found: self.withdraw.setEnabled(bool(found and is_open(found))))
        self.banner.action.clicked.connect(self.users.repair)
        users = self.users
        users.changed.connect(self._show)
        users.parts_changed.connect(self._show_parts)
        users.request_seen.connect(self._compare)
        users.invited.connect(self._show_code)
        users.done.connect(lambda what, name: self.desk.say(words.done(what, name)))
        users.mended.connect(self._show_mended)
        users.failed.connect(self._failed)
        users.busy_changed.connect(lambda is_busy: self._buttons.setEnabled(not is_busy))

    def _show(self) -> None:
        found = self.users.people
        if found is None:
            return
        kept = self._wanted or (self.list.current.name if self.list.current else "")
        for table in (self.list, self.invited):
            table.nothing.ready()
        self.people.replace(found.rows)
        self.invitations.replace(found.invitations)
        self.withdraw.setEnabled(False)
        place = next((n for n, one in enumerate(self.people.shown) if one.name == kept), None)
        if place is None:
            self._show_about(None)
        else:
            self.list.view.selectRow(place)
            if self._wanted and self.people.shown[place].is_waiting:
                self._approve()
        self._wanted = ""
        self._tell_standing(tuple(found.away), [one for one in found.rows if one.standing != "in-step"])

    def _show_parts(self) -> None:
        self.by_project.nothing.ready()
        self.parts.replace(self.users.parts or ())

    def _tell_standing(self, away: tuple[str, ...], unsettled: list[PersonRow]) -> None:
        self.banner.hide()
        self.banner.action.hide()
        if away:
            text = self.tr("No answer from: %1. What is shown comes from the other nodes.")
            self.banner.say(text.replace("%1", words.nodes(away)), "warn")
        elif any(one.standing == "contradiction" for one in unsettled):
            self.banner.say(self.tr("Nodes contradict each other about an account. Tell all operators."), "bad")
        elif unsettled:
            names = ", ".join(one.name for one in unsettled[:5])
            text = self.tr("The nodes are not in step about: %1. Repairing carries over what is missing.")
            self.banner.say(text.replace("%1", names), "warn")
            self.banner.action.setText(self.tr("Repair"))
            self.banner.action.show()

    def _about_card(self) -> Card:
        self.name, self.since = label("", "heading"), label("", "muted")
        self.mark = selectable("")
        self.mark.setWordWrap(False)
        self.mark.setAccessibleName(self.tr("Fingerprint"))
        self._copy = button("", lambda: copy_text(self.mark.text()), "flat", "copy")
        self._copy.setAccessibleName(self.tr("Copy the fingerprint"))
        self.approve = button(self.tr("Compare and approve…"), self._approve, "", "fingerprint")
        self.reject = button(self.tr("Turn down…"), self._reject, "danger", "user-x")
        self.promote = button("", self._change_role, "", "shield")
        self.disable = button(self.tr("Disable…"), self._disable, "danger", "ban")
        self.enable = button(self.tr("Enable…"), self._enable, "", "user-check")
        buttons = (self.approve, self.reject, self.promote, self.disable, self.enable)
        self._buttons = boxed(row(*buttons, None))
        self._about = Card().add(row(self.name, self.since, None, self.mark, self._copy), self._buttons)
        return self._about

    def _show_about(self, found: PersonRow | None) -> None:
        self._about.setVisible(found is not None)
        if found is None:
            return
        self.name.setText(found.name)
        self.since.setText(self.tr("since %1").replace("%1", moment(found.created)))
        self.mark.setText(found.fingerprint)
        is_new = found.state == State.REQUESTED
        is_me = self.desk.person is not None and self.desk.person.name == found.name
        # Whoever approves has to hear the numbers, not read them here.
        self.mark.setVisible(not is_new)
        self._copy.setVisible(not is_new)
        self.approve.setVisible(found.is_waiting)
        self.reject.setVisible(is_new)
        self.promote.setVisible(not is_new)
        self.disable.setVisible(found.state == State.ACTIVE and not is_me)
        self.enable.setVisible(found.state == State.DISABLED)
        is_high = found.role == Role.ADMINISTRATOR
        self.promote.setText(self.tr("Make an ordinary user…") if is_high else self.tr("Make an administrator…"))

    def _approve(self) -> None:
        found = self.list.current
        if found is not None:
            self.users.look(found.name)

    def _compare(self, found: Pending) -> None:
        ApproveDialog(self, found, lambda typed: self.users.approve(found, typed)).open()

    def _reject(self) -> None:
        self._ask(
            self.tr("Turn down the request of %1?"),
            self.tr("The code of the invitation is used up; a new one can be sent any time."),
            self.tr("Turn down"), "rejected", State.DISABLED,
        )  # fmt: skip

    def _disable(self) -> None:
        self._ask(
            self.tr("Disable %1?"),
            self.tr("Every login of this person ends at once. Data sets and consents stay as they are."),
            self.tr("Disable"), "disabled", State.DISABLED,
        )  # fmt: skip

    def _enable(self) -> None:
        self._ask(
            self.tr("Enable %1 again?"), self.tr("This person may log in with the same keys as before."),
            self.tr("Enable"), "enabled", State.ACTIVE,
        )  # fmt: skip

    def _ask(self, heading: str, text: str, yes: str, what: str, state: State) -> None:
        name = self.list.current.name
        texts = heading.replace("%1", name), text, yes
        is_danger = state is State.DISABLED
        ReasonDialog(
            self, texts, lambda reason: self.users.change(name, what, reason, state=str(state)), is_danger
        ).open()

    def _change_role(self) -> None:
        found: PersonRow = self.list.current
        is_high = found.role == Role.ADMINISTRATOR
        to = str(Role.USER if is_high else Role.ADMINISTRATOR)
        heading = self.tr("Make %1 an ordinary user?") if is_high else self.tr("Make %1 an administrator?")
        text = (
            self.tr("This person can no longer invite, approve or change accounts.")
            if is_high
            else self.tr(
                "Administrators invite and approve people and change accounts. They do not see anybody's images."
            )
        )
        texts = heading.replace("%1", found.name), text, self.tr("Change role")
        ReasonDialog(self, texts, lambda reason: self.users.change(found.name, "role", reason, role=to)).open()

    def _invite(self) -> None:
        known = sorted({one.organisation for one in self.people.rows})
        self._inviting = InviteDialog(self, known, self.users.invite)
        self._inviting.finished.connect(self._not_inviting)
        self._inviting.open()

    def _not_inviting(self) -> None:
        self._inviting = None

    def _show_code(self, guest: Guest) -> None:
        if self._inviting is not None:
            self._inviting.show_code(guest)

    def _invitations_tab(self) -> QWidget:
        self.withdraw = button(self.tr("Withdraw…"), self._withdraw, "danger", "x")
        self.withdraw.setEnabled(False)
        self.invited.tools.addWidget(self.withdraw)
        return self.invited

    def _withdraw(self) -> None:
        found: InvitationRow | None = self.invited.current
        if found is not None:
            heading = self.tr("Withdraw the invitation of %1?").replace("%1", found.user)
            text = self.tr("Its code becomes useless at all nodes.")
            confirm(self, heading, text, self.tr("Withdraw"), lambda: self.users.withdraw(found.user), is_danger=True)

    def _show_mended(self, report: Mended) -> None:
        if report.stuck:
            self.banner.say(" ".join(report.stuck), "warn", self.tr("Not everything could be repaired"))
        else:
            self.desk.say(self.tr("%n document(s) carried over; all nodes are in step.", "", report.carried))

    def _failed(self, error: AppError) -> None:
        if self._inviting is not None:
            self._inviting.refuse(error)
        else:
            self.banner.action.hide()
            self.show_error(error)
