"""Choose: files and folders by drop or button, a table, or bundles that were split elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui import icons
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.widgets.basics import Card, button, column, label, row
from desktop_client.ui.widgets.drop import DropArea

_LAST_FOLDER = "import-folder"
_HEIGHT = 230


class ChooseStep(Step):
    """``brought(paths)`` for images, ``bundles(folder)`` for what was split elsewhere."""

    brought = Signal(object)
    bundles = Signal(object)

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(icons.pixmap("image-plus", 48, "accent", self.devicePixelRatioF()))
        heading = label(self.tr("Drop a folder or images here"), "heading")
        hint = label(self.tr("PNG, JPEG, BMP, TIFF, WebP and DICOM. Nothing leaves this machine yet."), "muted", True)
        for one in (heading, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.folder = button(self.tr("Choose a folder"), self._choose_folder, "primary", "folder-open")
        self.files = button(self.tr("Choose files"), self._choose_files, icon="images")
        self.table = button(self.tr("Choose a CSV table"), self._choose_table, icon="file-text")
        self.area = DropArea()
        self.area.setMinimumHeight(_HEIGHT)
        buttons = row(None, self.folder, self.files, self.table, None)
        self.area.setLayout(column(None, picture, heading, hint, 8, buttons, None, spacing=8, margins=24))
        self.area.dropped.connect(self.brought)
        self.setLayout(column(self.area, self._hints(), None, spacing=16))

    def _hints(self) -> QWidget:
        how = Card(self.tr("How classes are found"))
        for text in (
            self.tr("A folder in the folder is a class: everything in “healthy” is healthy."),
            self.tr("A CSV table has the columns file and label; files are looked for beside it."),
            self.tr("Single files come without a class; you give them one in the next step."),
        ):
            how.add(label(f"•  {text}", "", True))
        other = Card(self.tr("Split on another machine?"))
        text = self.tr(
            "A folder with manifest.json and two bundles that were made without network can be sent from here."
        )
        other.add(label(text, "", True))
        self.elsewhere = button(self.tr("Upload a split"), self._choose_bundles, icon="upload")
        other.add(row(self.elsewhere, None))
        other.body.addStretch(1)
        made, both = QWidget(), row(how, other, spacing=16)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        made.setLayout(both)
        return made

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder"), self._last())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open(dialog, self.brought.emit)

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose files"), self._last())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog, self.brought.emit)

    def _choose_table(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a CSV table"), self._last(), "CSV (*.csv)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog, self.brought.emit)

    def _choose_bundles(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder with manifest.json and two bundles"), self._last())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open(dialog, lambda paths: self.bundles.emit(paths[0]))

    def _open(self, dialog: QFileDialog, done: object) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen(paths: Sequence[str]) -> None:
            self.desk.preferences.set_text(_LAST_FOLDER, str(Path(paths[0]).parent))
            if callable(done):
                done(list(paths))

        dialog.filesSelected.connect(chosen)
        dialog.open()

    def _last(self) -> str:
        return self.desk.preferences.text(_LAST_FOLDER, str(Path.home()))
