"""The profile folder: where it is, what takes how much, and what may be deleted here."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QPushButton

from desktop_client.jobs.own.storage import DELETABLE, Kind, Usage
from desktop_client.state.identity.own import Own
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.widgets.basics import Card, boxed, button, empty, label, row, selectable
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import number, size


class StorageTab(Tab):
    """Sizes are measured when the tab is looked at."""

    def __init__(self, own: Own) -> None:
        super().__init__(own)
        self.place = selectable("")
        self.place.setAccessibleName(self.tr("Profile folder"))
        self.show_folder = button(self.tr("Open folder"), self._open, "", "folder-open")
        self.free = label("", "muted")
        self.bundles = label("", "muted", True)
        card = Card(self.tr("Profile folder")).add(self.place, row(self.show_folder, self.free, None), self.bundles)
        self.body.addWidget(card)
        self.buttons: dict[Kind, QPushButton] = {}
        self.rows = QGridLayout()
        self.rows.setHorizontalSpacing(16)
        self.rows.setVerticalSpacing(12)
        self.rows.setColumnStretch(0, 1)
        self.body.addWidget(Card(self.tr("What takes room")).add(boxed(self.rows)))
        self.body.addStretch(1)
        own.measured.connect(self._show)

    def refresh(self) -> None:
        root = self.desk.office.profile.root
        self.place.setText(str(root))
        text = self.tr("New bundles go to %1, a folder for each import, unless you choose another one there.")
        self.bundles.setText(text.replace("%1", str(root / "imports")))
        self.own.measure()

    def _show(self, found: Usage) -> None:
        empty(self.rows)
        self.buttons.clear()
        self.free.setText(self.tr("%1 free on this disk").replace("%1", size(found.free)))
        total = sum(part.size for part in found.parts) or 1
        for place, part in enumerate(found.parts):
            name, says = self._words(part.kind)
            bar = Bar(name)
            files = self.tr("%n file(s)", "", part.files).replace(str(part.files), number(part.files))
            bar.show_share(part.size / total, f"{size(part.size)}, {files}")
            bar.setToolTip(says)
            self.rows.addWidget(bar, place, 0)
            if part.kind in DELETABLE:
                delete = button(self.tr("Clean up…"), partial(self._ask, part.kind), "danger", "trash-2")
                delete.setAccessibleName(self.tr("Clean up: %1").replace("%1", name))
                self.rows.addWidget(delete, place, 1)
                self.buttons[part.kind] = delete

    def _ask(self, kind: Kind) -> None:
        name, says = self._words(kind)
        heading = self.tr("Clean up: %1?").replace("%1", name)
        confirm(self, heading, says, self.tr("Delete"), lambda: self.own.clean(kind), is_danger=True)

    def _words(self, kind: Kind) -> tuple[str, str]:
        return {
            Kind.KEYS: (self.tr("Keys and settings"), self.tr("Needed to log in and to open models.")),
            Kind.BUNDLES: (
                self.tr("Bundles"),
                self.tr("Bundles whose upload is complete are deleted; those still to be uploaded stay."),
            ),
            Kind.IMPORTS: (self.tr("Imports"), self.tr("Choices of imports; delete them on the page Data.")),
            Kind.MODELS: (self.tr("Models and trainings"), self.tr("Delete them on the page Models.")),
            Kind.RECEIPTS: (self.tr("Receipts"), self.tr("What servers signed for; keep them.")),
            Kind.LOG: (
                self.tr("Copy of the log"),
                self.tr("The copy is deleted; it is fetched and verified again when the audit is opened."),
            ),
            Kind.OTHER: (self.tr("Other files"), self.tr("Not made by a page of this program.")),
        }[kind]

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.office.profile.root)))
