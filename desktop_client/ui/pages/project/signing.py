"""Deciding about the own data sets: everything that is signed is shown first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from common.agreement.changes import changes
from common.agreement.reason import MAX_REASON
from desktop_client.jobs.approvals import Shown
from desktop_client.ui.pages.project.changes import sentence
from desktop_client.ui.pages.project.words import preparation
from desktop_client.ui.widgets.basics import column, label, selectable
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.ui.words import fill

_WIDTH, _TEXT_HEIGHT = 680, 230
_MOST_DAYS = 3650


class SigningDialog(Question):
    """The specification as it is signed, what changed, and a reason; :attr:`days` only where a consent is given."""

    def __init__(self, parent: QWidget | None, shown: Shown, days: int) -> None:
        super().__init__(parent, "", "", "", is_danger=not days)
        spec = shown.asked.specification
        self.setMinimumWidth(_WIDTH)
        heading = self.tr("Consent to revision %1 of %2") if days else self.tr("Decline revision %1 of %2")
        self.heading.setText(fill(heading, spec.revision, spec.body["name"]))
        self.setWindowTitle(self.heading.text())
        count = len(shown.asked.datasets)
        self.text.setText(
            self.tr("You sign that %n of your data sets may be used as written here, and for nothing else.", "", count)
            if days
            else self.tr("You sign that %n of your data sets may not be used; no training starts.", "", count)
        )
        self.text.show()
        self.yes.setText(self.tr("Sign consent") if days else self.tr("Sign refusal"))
        self.exact = QPlainTextEdit(shown.text)
        self.exact.setReadOnly(True)
        self.exact.setFixedHeight(_TEXT_HEIGHT)
        self.exact.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.exact.setProperty("role", "mono")
        self.exact.setAccessibleName(self.tr("What is signed"))
        self.body.addLayout(self._changed(shown))
        name, trust = preparation(spec.preparation)
        self.body.addWidget(label(fill(self.tr("Preparation: %1. %2"), name, trust), "", True))
        self.body.addWidget(self.exact)
        self.body.addWidget(selectable(fill(self.tr("Hash: %1"), spec.hash), "small"))
        self.days = QSpinBox(minimum=1, maximum=_MOST_DAYS, value=max(days, 1))
        self.days.setSuffix(" " + self.tr("days"))
        self.reason = QLineEdit(maxLength=MAX_REASON)
        self.reason.setPlaceholderText(self.tr("Members can read it; the log never holds it."))
        form = QFormLayout()
        if days:
            form.addRow(self.tr("Valid for"), self.days)
        form.addRow(self.tr("Reason (may be empty)"), self.reason)
        self.body.addLayout(form)

    def _changed(self, shown: Shown) -> QFormLayout:
        lines = QFormLayout()
        before = shown.asked.before
        if before is None:
            return lines
        known = (
            self.tr("Changed since revision %1, to which you consented:")
            if shown.is_agreed
            else self.tr("Changed since revision %1, to which you did not consent:")
        )
        found = [sentence(one) for one in changes(before.body, shown.asked.specification.body)]
        text = "\n".join(f"• {one}" for one in found) or self.tr("nothing")
        lines.addRow(column(label(fill(known, before.revision), "strong", True), label(text, "", True), spacing=4))
        return lines


def ask_to_sign(parent: QWidget, shown: Shown, days: int, done: Callable[[int, str], object]) -> SigningDialog:
    """Open the dialog; ``done(days, reason)`` if the person signs. No days: decline."""
    made = SigningDialog(parent, shown, days)
    made.accepted.connect(lambda: done(made.days.value() if days else 0, made.reason.text()))
    made.open()
    return made
