"""Where images of a test come from: dropped here, or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal

from desktop_client.ui.widgets.basics import button, column, label, row
from desktop_client.ui.widgets.drop import DropArea
from desktop_client.ui.widgets.picture import Picture


class SourceArea(DropArea):
    """``given(path)`` when a picture, a folder or a table is let go here; the other signals ask for a dialog."""

    given = Signal(object)
    image_wanted = Signal()
    folder_wanted = Signal()
    table_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(takes_one=True)
        self.dropped.connect(lambda paths: self.given.emit(Path(paths[0])))
        heading = label(self.tr("Drop a picture, or a folder with one folder per class"), "heading")
        hint = label(self.tr("PNG, JPEG, BMP, TIFF, WebP and DICOM, or a CSV table of file and class."), "muted")
        for one in (heading, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.image = button(self.tr("Choose a picture"), self.image_wanted.emit, "", "image")
        self.folder = button(self.tr("Choose a folder"), self.folder_wanted.emit, "", "folder-open")
        self.table = button(self.tr("Choose a table"), self.table_wanted.emit, "flat", "list")
        choices = row(None, self.image, self.folder, self.table, None)
        self.setLayout(column(Picture("images", 36), heading, hint, choices, spacing=8, margins=20))
