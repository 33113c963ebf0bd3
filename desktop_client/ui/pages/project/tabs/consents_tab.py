"""Who has consented, who is missing and until when; and the person's own decision."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop_client.jobs.approvals import Shown
from desktop_client.jobs.trainings.standing import ConsentRow, ProjectView
from desktop_client.state.preferences import Preferences
from desktop_client.state.project.control import ProjectControl
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.project.signing import ask_to_sign
from desktop_client.ui.pages.project.words import consent_state
from desktop_client.ui.widgets.basics import Badge, Card, Empty, button, column, label, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import fill, moment, short_id


class ConsentsTab(QWidget):
    """Everything is decided for the newest revision only."""

    def __init__(self, control: ProjectControl, preferences: Preferences) -> None:
        super().__init__()
        self._control = control
        self._names: dict[str, str] = {}
        self.model: RowTable[ConsentRow] = RowTable(self._columns(), self)
        nothing = Empty("clipboard-check", self.tr("No data sets"))
        self.table = DataTable(self.model, nothing, "project-consents", preferences)
        self.remind = button(self.tr("Remind the missing"), control.remind, icon="bell")
        self.table.tools.addWidget(self.remind)
        self.state = Badge()
        self.sentence = label("", "", True)
        self.give = button(self.tr("Look and consent"), lambda: control.ask(self._show_consent), icon="check")
        self.decline = button(self.tr("Look and decline"), lambda: control.ask(self._show_refusal), icon="x")
        self.withdraw = button(self.tr("Withdraw"), self._ask_withdrawal, "danger", "undo-2")
        self.own = Card(self.tr("Your decision"))
        self.own.head.addWidget(self.state)
        self.own.add(self.sentence, row(self.give, self.decline, self.withdraw, None))
        self.setLayout(column(self.own, self.table, spacing=16))
        self.dialog: Question | None = None
        control.busy_changed.connect(self._show_busy)

    def show_view(self, view: ProjectView) -> None:
        """The decisions about the newest revision."""
        self._names = {one.id: one.name for one in view.datasets}
        if tuple(self.model.rows) != view.consents:
            self.model.replace(view.consents)
        self._show_reminder(view)
        self.own.setVisible(bool(view.own))
        if view.own:
            self._show_own(view)

    def _show_reminder(self, view: ProjectView) -> None:
        is_silent = any(row.decision == "missing" for row in view.consents)
        may = view.role in ("owner", "editor")
        self.remind.setEnabled(may and is_silent and not view.is_archived)
        why = self.tr("Each owner is reminded at most once a day.")
        if not is_silent:
            why = self.tr("Nobody has to be reminded: everybody has decided.")
        elif not may:
            why = self.tr("Only owners and editors of the project may do this.")
        self.remind.setToolTip(why)

    def _show_own(self, view: ProjectView) -> None:
        worst = next((one for one in view.own if not one.counts), view.own[0])
        self.state.show_state(*consent_state(worst))
        is_given = worst.counts
        names = ", ".join(self._name(one) for one in view.own)
        if is_given:
            text = fill(self.tr("You allow this revision to use %1 until %2."), names, moment(worst.expires))
        else:
            text = fill(self.tr("This revision may use %1 only if you consent."), names)
        self.sentence.setText(text)
        self.give.setText(self.tr("Look and renew") if is_given else self.tr("Look and consent"))
        is_granted = any(one.decision == "granted" for one in view.own)
        self.give.setVisible(not view.is_archived)
        self.decline.setVisible(not is_granted and not view.is_archived)
        self.withdraw.setVisible(is_granted)

    def _show_consent(self, shown: Shown) -> None:
        days = self._control.usual_days()
        self.dialog = ask_to_sign(self, shown, days, lambda days, why: self._control.give(shown.asked, days, why))

    def _show_refusal(self, shown: Shown) -> None:
        self.dialog = ask_to_sign(self, shown, 0, lambda days, why: self._control.decline(shown.asked, why))

    def _ask_withdrawal(self) -> None:
        text = self.tr(
            "No new training of this project starts. One that runs goes on, and a model that was trained stays. "
            "You can consent again later."
        )
        reason = QLineEdit()
        reason.setPlaceholderText(self.tr("Reason (may be empty)"))
        reason.setAccessibleName(self.tr("Reason (may be empty)"))
        heading = self.tr("Take your consent back?")
        made = confirm(
            self, heading, text, self.tr("Withdraw"), lambda: self._control.withdraw(reason.text()), is_danger=True
        )
        made.body.addWidget(reason)
        self.dialog = made

    def _show_busy(self, is_busy: bool) -> None:
        for one in (self.give, self.decline, self.withdraw):
            one.setEnabled(not is_busy)

    def _name(self, one: ConsentRow) -> str:
        return self._names.get(one.dataset) or short_id(one.dataset)

    def _columns(self) -> tuple[Column[ConsentRow], ...]:
        return (
            Column(self.tr("Data set"), self._name, tip=lambda one: one.dataset),
            Column(self.tr("Owner"), lambda one: one.owner),
            Column(
                self.tr("Consent"),
                lambda one: consent_state(one)[0],
                extra=lambda role, one: consent_state(one)[1] if role == ToneRole else None,
            ),
            Column(self.tr("Decided"), lambda one: moment(one.time) if one.time else "–", lambda one: one.time),
            Column(
                self.tr("Valid until"), lambda one: moment(one.expires) if one.expires else "–", lambda o: o.expires
            ),
            Column(self.tr("Reason"), lambda one: one.reason),
        )
