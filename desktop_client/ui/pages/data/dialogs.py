"""What the owner of a data set can change: what is said about it, who may use it, and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QPlainTextEdit, QRadioButton, QWidget

from desktop_client.jobs.datasets import DatasetDetails
from desktop_client.ui.pages.data import words
from desktop_client.ui.pages.data.chips import ChipsField
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import column, label
from desktop_client.ui.widgets.dialogs import Question, confirm_by_typing
from desktop_client.upload.datasets.deletion import DELETE, Uses

MAX_DESCRIPTION = 4000
MAX_TAGS = 32
_SHOWN_USES = 8


class EditDialog(Question):
    """Description and tags; ``values()`` are the settings that are wanted."""

    def __init__(self, parent: QWidget, details: DatasetDetails) -> None:
        super().__init__(parent, "", "", "")
        self._head(self.tr("Edit %1").replace("%1", details.row.name))
        self.yes.setText(self.tr("Sign and save"))
        self.description = QPlainTextEdit(details.description)
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(110)
        self.description.setAccessibleName(self.tr("Description"))
        self.tags = ChipsField(self.tr("Tags"), self.tr("Type a tag, then Enter"), MAX_TAGS)
        self.tags.set_values(details.row.tags)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(self.tr("Description"), self.description)
        form.addRow(self.tr("Tags"), self.tags)
        self.body.addLayout(form)
        self.body.addWidget(label(self.tr("Both servers and everybody who may use it can read this."), "small", True))

    def _head(self, text: str) -> None:
        self.heading.setText(text)
        self.setWindowTitle(text)

    def values(self) -> dict[str, Any]:
        text = self.description.toPlainText().strip()[:MAX_DESCRIPTION]
        return {"description": text, "tags": self.tags.values}


class AudienceField(QWidget):
    """Private, named people, or everybody of the deployment with a warning."""

    def __init__(self) -> None:
        super().__init__()
        self.choices = {
            "private": QRadioButton(self.tr("Only me")),
            "shared": QRadioButton(self.tr("Named people")),
            "public": QRadioButton(self.tr("Everybody of this deployment")),
        }
        hint = self.tr("Type a name, then Enter")
        self.people = ChipsField(self.tr("People it is shared with"), hint, is_strict=True)
        self.warning = Banner(self)
        self.warning.say(
            self.tr(
                "Everybody with an account here will see its name, description, classes and size, and may ask to use "
                "it in a project. Nobody sees an image, and every project still needs your consent."
            ),
            "warn",
        )
        for choice in self.choices.values():
            choice.toggled.connect(self._show)
        note = label(
            self.tr("Whoever may use it can put it into a project; nothing is computed without your signed consent."),
            "small", True,
        )  # fmt: skip
        private, shared, public = self.choices.values()
        self.setLayout(column(private, shared, self.people, public, self.warning, note, spacing=6))
        self.set_value("private", ())

    def set_value(self, visibility: str, shared_with: Sequence[str]) -> None:
        self.people.set_values(shared_with)
        self.choices.get(visibility, self.choices["private"]).setChecked(True)
        self._show()

    def value(self) -> tuple[str, tuple[str, ...]]:
        """Visibility and names; named people without any name are nobody."""
        chosen = next((name for name, choice in self.choices.items() if choice.isChecked()), "private")
        people = self.people.values if chosen == "shared" else ()
        return ("private" if chosen == "shared" and not people else chosen), people

    def _show(self) -> None:
        self.people.setVisible(self.choices["shared"].isChecked())
        self.warning.setVisible(self.choices["public"].isChecked())


class ShareDialog(Question):
    """Who may use it in a project."""

    def __init__(self, parent: QWidget, details: DatasetDetails) -> None:
        super().__init__(parent, "", "", "")
        heading = self.tr("Who may use %1").replace("%1", details.row.name)
        self.heading.setText(heading)
        self.setWindowTitle(heading)
        self.yes.setText(self.tr("Sign and save"))
        self.audience = AudienceField()
        self.audience.set_value(details.row.visibility, details.row.shared_with)
        self.body.addWidget(self.audience)

    def values(self) -> dict[str, Any]:
        visibility, people = self.audience.value()
        return {"visibility": visibility, "shared_with": people}


def uses_lines(uses: Uses, action: str) -> list[str]:
    """What deleting or switching off does to projects and jobs, one line each."""
    lines = []
    for project in uses.projects:
        text = QCoreApplication.translate("Uses", "Project %1 of %2: no new training can start with this data set.")
        lines.append(text.replace("%1", str(project.get("name"))).replace("%2", str(project.get("owner"))))
    for job in uses.jobs:
        effect = words.effect_text(str(job.get(action)))[0]
        text = QCoreApplication.translate("Uses", "Training of %1, started by %2: %3.")
        names = text.replace("%1", str(job.get("name"))).replace("%2", str(job.get("starter")))
        lines.append(names.replace("%3", effect))
    if len(lines) > _SHOWN_USES:
        rest = len(lines) - _SHOWN_USES
        lines = [*lines[:_SHOWN_USES], QCoreApplication.translate("Uses", "and %1 more").replace("%1", str(rest))]
    return lines or [QCoreApplication.translate("Uses", "No project and no training uses it.")]


def ask_delete(parent: QWidget, name: str, uses: Uses, done: Callable[[bool, str], object]) -> Question:
    """Say what a deletion does, have the name typed, and call ``done(stop_jobs, reason)``."""

    heading = QCoreApplication.translate("DeleteDialog", "Delete %1 for good?").replace("%1", name)
    text = QCoreApplication.translate(
        "DeleteDialog",
        "Both servers destroy the key of their share and sign a receipt, which is kept here. Nobody can bring it back; "
        "your images on this machine stay as they are.",
    )
    yes = QCoreApplication.translate("DeleteDialog", "Delete for good")
    reason, stops = QLineEdit(maxLength=200), QCheckBox()
    asked = confirm_by_typing(parent, heading, text, name, yes, lambda: done(stops.isChecked(), reason.text().strip()))
    for place, line in enumerate(uses_lines(uses, DELETE)):
        asked.body.insertWidget(place, label(f"•  {line}", "", True))
    reason.setPlaceholderText(QCoreApplication.translate("DeleteDialog", "Reason (kept in its history)"))
    reason.setAccessibleName(reason.placeholderText())
    asked.body.addWidget(reason)
    if uses.stopped:
        stops.setText(
            QCoreApplication.translate("DeleteDialog", "Stop %n unfinished training(s)", "", len(uses.stopped))
        )
        asked.body.addWidget(stops)
        typed = asked.findChildren(QLineEdit)[0]

        def check() -> None:
            asked.yes.setEnabled(stops.isChecked() and typed.text().strip() == name)

        stops.toggled.connect(check)
        typed.textChanged.connect(check)
    return asked
