"""One project to decide about: what it does with the data, what changed, the exact text, and the decision."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from common.errors import AppError
from desktop_client.jobs.approvals import ENDING, Shown, Waiting
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.approvals import words
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Badge, Card, boxed, button, column, copy_text, empty, label, row
from desktop_client.ui.words import moment

_MAX_DAYS = 3650
_MAX_REASON = 1000
_TEXT_LINES = 14


class ConsentPanel(QWidget):
    """``given(days, reason)``, ``declined(reason)`` and ``withdrawn(reason)`` say what was pressed."""

    given = Signal(int, str)
    declined = Signal(str)
    withdrawn = Signal(str)

    def __init__(self, days: int) -> None:
        super().__init__()
        self.heading, self.revision, self.where = label("", "heading", True), Badge(), Badge("", "warn")
        self.doing = label(self.tr("Fetching what you would sign, and checking its signatures…"), "muted", True)
        self.banner = Banner(is_narrow=True)
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(18)
        self._changes = column(spacing=6)
        self._changed = Card(self.tr("What changed")).add(self._changes)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setProperty("role", "mono")
        self.text.setAccessibleName(self.tr("The specification as it is signed"))
        self.text.setMinimumHeight(self.text.fontMetrics().lineSpacing() * _TEXT_LINES)
        self.text.hide()
        self._more = button(self.tr("Show the exact text"), self._toggle, "flat", "file-text")
        self._copy = button(self.tr("Copy"), lambda: copy_text(self.text.toPlainText()), "flat", "copy")
        about = Card(self.tr("What you sign")).add(self._facts, row(self._more, self._copy, None), self.text)
        self.days = QSpinBox(minimum=1, maximum=_MAX_DAYS, value=days)
        self.days.setAccessibleName(self.tr("Valid for days"))
        self.reason = QLineEdit(maxLength=_MAX_REASON)
        self.reason.setPlaceholderText(self.tr("Members of the project can read it; the log never holds it"))
        self.give = button(self.tr("Sign consent"), self._give, "primary", "check")
        self.decline = button(self.tr("Decline"), lambda: self.declined.emit(self.reason.text()), "", "x")
        self.withdraw = button(
            self.tr("Take consent back"), lambda: self.withdrawn.emit(self.reason.text()), "danger", "undo-2"
        )
        fields = QFormLayout()
        fields.addRow(self.tr("Valid for days"), row(self.days, None))
        fields.addRow(self.tr("Reason"), self.reason)
        self._decide = Card().add(fields, row(self.withdraw, None, self.decline, self.give))
        self._inner = boxed(column(self._changed, about, None, spacing=12))
        head = row(self.heading, self.revision, self.where)
        head.setStretch(0, 1)
        body = boxed(column(head, self.doing, self.banner, self._inner, None, spacing=12))
        whole = column(scrolled(body), self._decide, spacing=12)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def begin(self, waiting: Waiting) -> None:
        """What waits is known; what would be signed is being fetched."""
        self.heading.setText(waiting.title)
        self.revision.show_state(self.tr("revision %1").replace("%1", str(waiting.revision)), "neutral")
        names = ", ".join(one.upper() for one in waiting.servers)
        self.where.setText(self.tr("only at server %1").replace("%1", names))
        self.where.setVisible(len(waiting.servers) == 1)
        self.withdraw.setVisible(waiting.kind == ENDING)
        self.decline.setVisible(waiting.kind != ENDING)
        ends = self.tr("Your consent ends on %1. Sign again to extend it.").replace("%1", moment(waiting.when))
        self.banner.hide()
        if waiting.kind == ENDING:
            self.banner.say(ends, "warn")
        self.reason.clear()
        self.text.hide()
        self.doing.show()
        self._inner.hide()
        self._decide.hide()

    def show_asked(self, shown: Shown) -> None:
        """Fetched and verified: now it can be decided."""
        # Name and number of what is signed, not those that a server gave with its request.
        asked = shown.asked.specification
        self.heading.setText(str(asked.body["name"]))
        self.revision.show_state(self.tr("revision %1").replace("%1", str(asked.revision)), "neutral")
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for name, value in words.facts(shown.facts):
            self._facts.addRow(label(name, "muted"), label(value, "", True))
        mine = self.tr("%n of yours", "", len(shown.asked.datasets))
        self._facts.addRow(label(self.tr("Your data sets"), "muted"), label(mine, "strong"))
        self.text.setPlainText(shown.text)
        self._show_changes(shown)
        self.doing.hide()
        self._inner.show()
        self._decide.show()

    def show_error(self, error: AppError) -> None:
        """It cannot be shown, or not be signed."""
        self.doing.hide()
        self.banner.show_error(error)

    def set_busy(self, is_busy: bool) -> None:
        self._decide.setEnabled(not is_busy)

    def _show_changes(self, shown: Shown) -> None:
        empty(self._changes)
        self._changed.setVisible(shown.compared_with > 0)
        known = (
            self.tr("Since revision %1, to which you consented:")
            if shown.is_agreed
            else self.tr("Since revision %1, to which you did not consent:")
        )
        self._changes.addWidget(label(known.replace("%1", str(shown.compared_with)), "muted", True))
        for sentence in shown.changed or (self.tr("Nothing."),):
            line = row(label("•"), label(words.change(sentence), "", True), spacing=8)
            line.setStretch(1, 1)
            line.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._changes.addLayout(line)

    def _toggle(self) -> None:
        is_shown = self.text.isHidden()
        self.text.setVisible(is_shown)
        self._more.setText(self.tr("Hide the exact text") if is_shown else self.tr("Show the exact text"))

    def _give(self) -> None:
        self.given.emit(self.days.value(), self.reason.text())
