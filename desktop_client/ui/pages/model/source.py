"""Where images of a test come from: dropped here, or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame

from desktop_client.ui.widgets.basics import button, column, label, restyle, row
from desktop_client.ui.widgets.picture import Picture


class SourceArea(QFrame):
    """``given(path)`` when a picture, a folder or a table is let go here; the other signals ask for a dialog."""

    given = Signal(object)
    image_wanted = Signal()
    folder_wanted = Signal()
    table_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        heading = label(self.tr("Drop a picture, or a folder with one folder per class"), "heading")
        hint = label(self.tr("PNG, JPEG, BMP, TIFF, WebP and DICOM, or a CSV table of file and class."), "muted")
        for one in (heading, hint):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.image = button(self.tr("Choose a picture"), self.image_wanted.emit, "", "image")
        self.folder = button(self.tr("Choose a folder"), self.folder_wanted.emit, "", "folder-open")
        self.table = button(self.tr("Choose a table"), self.table_wanted.emit, "flat", "list")
        choices = row(None, self.image, self.folder, self.table, None)
        self.setLayout(column(Picture("images", 36), heading, hint, choices, spacing=8, margins=20))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _first(event.mimeData()) is not None:
            event.acceptProposedAction()
            restyle(self, active=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self, active=False)

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self, active=False)
        path = _first(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.given.emit(path)


def _first(data: QMimeData) -> Path | None:
    """The one thing that is dragged; more than one cannot be tested at once."""
    places = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return Path(places[0]) if len(places) == 1 and places[0] else None
