"""One data set: what it is, who may use it, where it stands at each server, what happened to it, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QMenu, QToolButton

from desktop_client.jobs.datasets import DatasetDetails
from desktop_client.state.datasets import DatasetControl
from desktop_client.state.desk import Desk
from desktop_client.ui import icons
from desktop_client.ui.page import Page
from desktop_client.ui.pages.data import words
from desktop_client.ui.pages.data.dataset_cards import ClassesCard, FactsCard, HistoryCard, PermissionsCard, ServersCard
from desktop_client.ui.pages.data.dialogs import EditDialog, ShareDialog, ask_delete, uses_lines
from desktop_client.ui.widgets.basics import Badge, Empty, boxed, button, column, copy_text, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.upload.datasets.deletion import DISABLE, Deleted, Uses
from desktop_client.upload.datasets.settings import Outcome


class DatasetPage(Page):
    """Opened with the id of a data set."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Data set"))
        self.control = DatasetControl(desk, self)
        self.state = self.add_action(Badge())
        self.share = self.add_action(button(self.tr("Share"), self._share, icon="share-2"))
        self.edit = self.add_action(button(self.tr("Edit"), self._edit, icon="pencil"))
        self.more = self.add_action(QToolButton())
        self.more.setToolTip(self.tr("More"))
        self.more.setIcon(icons.icon("ellipsis"))
        self.more.setAccessibleName(self.tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.switch = self.menu.addAction(icons.icon("ban"), "", self._switch)
        self.mend = self.menu.addAction(
            icons.icon("refresh-cw"), self.tr("Bring servers into step"), self.control.repair
        )
        self.menu.addAction(icons.icon("copy"), self.tr("Copy the id"), self._copy_id)
        self.menu.addSeparator()
        self.remove = self.menu.addAction(
            icons.icon("trash-2", "bad"), self.tr("Delete for good …"), self.control.ask_uses
        )
        self.more.setMenu(self.menu)
        self.facts, self.classes, self.servers = FactsCard(), ClassesCard(), ServersCard()
        self.permissions, self.history = PermissionsCard(desk), HistoryCard()
        left, right = (
            boxed(column(self.facts, self.classes, None, spacing=16)),
            boxed(column(self.servers, self.permissions, None, spacing=16)),
        )
        cards = row(left, right, spacing=16)
        cards.setStretch(0, 1)
        cards.setStretch(1, 1)
        self.inner = boxed(column(cards, self.history, None, spacing=16))
        back = button(self.tr("To all data sets"), lambda: desk.go("data"))
        self.nothing = Empty(
            "database", self.tr("This data set is not there"), self.tr("It was deleted, or it is not for you."), back
        )
        self.nothing.hide()
        self.inner.hide()
        self.add(self.inner, self.nothing)
        self._connect()
        self._show_actions(None)

    def open(self, subject: str) -> None:
        if subject != self.control.dataset:
            self.banner.hide()
            self.inner.hide()
            self.nothing.hide()
            self.title.setText(self.tr("Data set"))
            self._show_actions(None)
        self.control.open(subject)

    def refresh(self) -> None:
        if self.control.dataset:
            self.control.refresh()

    def _connect(self) -> None:
        control = self.control
        control.shown.connect(self._show)
        control.gone.connect(self._gone)
        control.failed.connect(self.show_error)
        control.saved.connect(self._saved)
        control.deleted.connect(self._deleted)
        control.uses.connect(self._ask_delete)
        control.busy_changed.connect(lambda is_busy: self._show_actions(None if is_busy else control.details))

    def _show(self, details: DatasetDetails) -> None:
        self.inner.show()
        self.nothing.hide()
        self.title.setText(details.row.name)
        self.subtitle.setText(details.description)
        self.subtitle.setVisible(bool(details.description))
        self.state.show_state(*words.state_of(details.row))
        for card in (self.facts, self.classes, self.servers, self.permissions, self.history):
            card.show_details(details)
        self._show_actions(details)
        self._tell_trouble(details)

    def _tell_trouble(self, details: DatasetDetails) -> None:
        for role, error in details.away.items():
            text = self.tr("Server %1 does not show this data set.").replace("%1", role.upper())
            self.banner.say(text, "warn", details=f"{error.code}: {error}")
            return
        if not details.is_in_step and details.row.is_mine:
            self.banner.say(
                self.tr("The servers have different settings. Bring them into step from the menu …"), "warn"
            )
        elif details.row.state == "mismatched":
            self.banner.say(
                self.tr("The servers hold different data sets under this id. Delete it and bring the images in again."),
                "bad",
            )

    def _show_actions(self, details: DatasetDetails | None) -> None:
        is_mine = details is not None and details.row.is_mine and not self.control.is_busy
        for part in (self.share, self.edit, self.more):
            part.setVisible(details is None or details.row.is_mine)
            part.setEnabled(is_mine)
        self.state.setVisible(details is not None)
        if details is None:
            return
        is_on = details.row.enabled
        self.switch.setText(self.tr("Switch off …") if is_on else self.tr("Switch on"))
        self.switch.setIcon(icons.icon("ban" if is_on else "circle-check"))
        self.mend.setVisible(not details.is_in_step)

    def _edit(self) -> None:
        if self.control.details is not None:
            dialog = EditDialog(self, self.control.details)
            self._open(dialog, dialog.values)

    def _share(self) -> None:
        if self.control.details is not None:
            dialog = ShareDialog(self, self.control.details)
            people = dialog.audience.people
            self.control.people.connect(people.suggest)
            self.control.ask_people()
            self._open(dialog, dialog.values)

    def _open(self, dialog: Question, values: Any) -> None:
        dialog.accepted.connect(lambda: self._change(values()))
        dialog.open()

    def _switch(self) -> None:
        details = self.control.details
        if details is None:
            return
        if not details.row.enabled:
            self._change({"enabled": True})
            return
        lines = uses_lines(details.uses or Uses((), ()), DISABLE)
        text = self.tr("No new training may use it until you switch it on again. Nothing is deleted.")
        whole = "\n".join([text, "", *(f"•  {line}" for line in lines)])
        heading = self.tr("Switch %1 off?").replace("%1", details.row.name)
        confirm(self, heading, whole, self.tr("Sign and switch off"), lambda: self._change({"enabled": False}))

    def _change(self, changes: Mapping[str, Any]) -> None:
        details = self.control.details
        if details is None or details.held.is_own:
            self.control.change(changes)
            return
        # Keys that are not known here signed what is in force: a person looks at all of it before signing it anew.
        after = {**details.held.settings.shown(), **changes}
        lines = [f"•  {words.change_text({'field': name, 'after': value})}" for name, value in after.items()]
        text = self.tr("These settings were signed with other keys than your present ones. You sign all of them now:")
        heading = self.tr("Are these the settings you want?")
        confirm(self, heading, "\n".join([text, "", *lines]), self.tr("Sign all"), lambda: self.control.change(changes))

    def _ask_delete(self, uses: Uses) -> None:
        if self.control.details is not None:
            ask_delete(self, self.control.details.row.name, uses, self.control.delete)

    def _saved(self, outcome: Outcome) -> None:
        if outcome.failure is None:
            self.desk.say(self.tr("In force at both servers"))
        else:
            self.show_error(outcome.failure)

    def _deleted(self, found: Deleted) -> None:
        count = sum(receipt is not None for receipt in found.receipts)
        self.desk.say(self.tr("Deleted; %n receipt(s) kept", "", count))
        self.control.dataset = ""
        self.desk.go("data")

    def _gone(self) -> None:
        self.inner.hide()
        self.nothing.show()
        self._show_actions(None)

    def _copy_id(self) -> None:
        copy_text(self.control.dataset)
        self.desk.say(self.tr("Copied"))
