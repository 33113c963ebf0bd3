"""Describe: name, words, who may use it, and the classes that all owners of a project share."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit

from common.errors import AppError
from desktop_client.jobs import datasets
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.data.chips import ChipsField
from desktop_client.ui.pages.data.dialogs import MAX_DESCRIPTION, MAX_TAGS, AudienceField
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, restyle, row

_MAX_NAME = 100
_MAX_CLASSES = 4096


class DescribeStep(Step):
    """Everything said here can be changed later, but the name and the classes."""

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        left, right = self._about(), self._audience()
        cards = row(left, boxed(column(right, self._classes(), None, spacing=16)), spacing=16)
        cards.setStretch(0, 1)
        cards.setStretch(1, 1)
        self.setLayout(column(scrolled(boxed(column(cards, None, spacing=16)))))

    @property
    def problem(self) -> str:
        if not self.name.text().strip():
            return self.tr("Give the data set a name.")
        if self.audience.choices["shared"].isChecked() and not self.audience.people.values:
            return self.tr("Name at least one person, or choose who else may use it.")
        if len(self._description()) > MAX_DESCRIPTION:
            return self.tr("The description is too long.")
        missing = self._left_behind()
        if missing:
            names = ", ".join(missing[:5])
            return self.tr("These classes have images but are not in the list of classes: %1").replace("%1", names)
        return ""

    def enter(self) -> None:
        about = self.draft.about
        self.name.setText(about.name)
        self.description.setPlainText(about.description)
        self.tags.set_values(about.tags)
        self.audience.set_value(about.visibility, about.shared_with)
        self.classes.set_values(self.draft.selection.classes or self.draft.pictures.labels.classes)
        self.name.setFocus()
        self.desk.run(lambda: datasets.list_people(self.desk.office), self.audience.people.suggest, self._no_people)

    def leave(self) -> None:
        visibility, people = self.audience.value()
        self.draft.set_about(
            name=self.name.text().strip(), description=self._description(), tags=self.tags.values,
            visibility=visibility, shared_with=people,
        )  # fmt: skip
        found, wanted = tuple(self.draft.pictures.labels.classes), self.classes.values
        self.draft.set_classes(None if wanted == found else wanted)

    def _about(self) -> Card:
        card, form = Card(self.tr("About the data set")), QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.name = QLineEdit(maxLength=_MAX_NAME)
        self.name.textChanged.connect(self._check)
        self.description = QPlainTextEdit()
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(120)
        self.description.textChanged.connect(self._check)
        self.tags = ChipsField(self.tr("Tags"), self.tr("Type a tag, then Enter"), MAX_TAGS)
        form.addRow(self.tr("Name"), self.name)
        form.addRow(self.tr("Description"), self.description)
        form.addRow(self.tr("Tags"), self.tags)
        card.body.addLayout(form)
        note = self.tr("Both servers and everybody who may use it can read this: no names of patients or customers.")
        card.add(label(note, "small", True))
        card.body.addStretch(1)
        return card

    def _audience(self) -> Card:
        card = Card(self.tr("Who may use it"))
        self.audience = AudienceField()
        self.audience.people.changed.connect(self._check)
        for choice in self.audience.choices.values():
            choice.toggled.connect(self._check)
        return card.add(self.audience)

    def _classes(self) -> Card:
        card = Card(self.tr("Classes, in order"))
        self.classes = ChipsField(self.tr("Classes, in order"), self.tr("Another class, then Enter"), _MAX_CLASSES)
        self.classes.changed.connect(self._check)
        again = button(self.tr("As found"), self._as_found, "flat", "rotate-ccw")
        note = self.tr(
            "All owners of a project need the same classes in the same order. Add those you have no image of."
        )
        return card.add(label(note, "small", True), self.classes, row(again, None))

    def _as_found(self) -> None:
        self.classes.set_values(self.draft.pictures.labels.classes)
        self._check()

    def _description(self) -> str:
        return self.description.toPlainText().strip()

    def _left_behind(self) -> list[str]:
        wanted = set(self.classes.values)
        return [name for name in self.draft.pictures.labels.classes if name not in wanted]

    def _check(self) -> None:
        restyle(self.name, state="" if self.name.text().strip() else "bad")
        self.changed.emit()

    def _no_people(self, error: AppError) -> None:
        """Names can still be typed; servers check them."""
