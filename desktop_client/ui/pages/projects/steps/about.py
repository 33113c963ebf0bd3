"""Step 1: what the project is called and what it is for."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from common.specification import MAX_NAME, MAX_PURPOSE
from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card

_LINES = 130


class AboutStep(Step):
    """Name and purpose. Both servers and every member can read them; they are part of what is signed."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "about",
            self.tr("What is this project?"),
            self.tr("Nothing is computed before every owner of data has signed. Until then everything can be changed."),
        )
        self.name = QLineEdit(maxLength=MAX_NAME)
        self.name.setPlaceholderText(self.tr("For example: chest X-rays, pneumonia"))
        self.name.textEdited.connect(lambda text: wizard.set("name", text))
        self.purpose = QPlainTextEdit()
        self.purpose.setMinimumHeight(_LINES)
        self.purpose.setTabChangesFocus(True)
        self.purpose.textChanged.connect(self._write)
        card = Card()
        card.add(
            self.field("name", self.tr("Name"), self.name),
            self.field(
                "purpose",
                self.tr("Purpose"),
                self.purpose,
                self.tr("What the model is for. Owners of data read it before they decide; the servers can read it."),
            ),
        )
        self.body.addWidget(card)
        self.body.addStretch(1)

    def show_all(self) -> None:
        if self.name.text() != self.wizard.value("name"):
            self.name.setText(self.wizard.value("name"))
        if self.purpose.toPlainText() != self.wizard.value("purpose"):
            self.purpose.blockSignals(True)
            self.purpose.setPlainText(self.wizard.value("purpose"))
            self.purpose.blockSignals(False)
        self._count()

    def _write(self) -> None:
        self.wizard.set("purpose", self.purpose.toPlainText())
        self._count()

    def _count(self) -> None:
        left = MAX_PURPOSE - len(self.purpose.toPlainText())
        text = self.tr("What the model is for. Owners of data read it before they decide; the servers can read it.")
        if left < MAX_PURPOSE // 4:
            text += " " + (self.tr("%n character(s) left.", "", left) if left >= 0 else "")
        self.fields["purpose"].say(text)
