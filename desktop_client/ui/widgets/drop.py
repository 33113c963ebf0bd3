"""A place where files and folders of this machine are let go."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame

from desktop_client.ui.widgets.basics import restyle


class DropArea(QFrame):
    """``dropped(paths)`` with at least one path, or with exactly one if only one thing is taken at a time."""

    dropped = Signal(object)

    def __init__(self, takes_one: bool = False) -> None:
        super().__init__()
        self._takes_one = takes_one
        self.setObjectName("drop")
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._taken(event.mimeData()):
            event.acceptProposedAction()
            restyle(self, active=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self, active=False)

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self, active=False)
        paths = self._taken(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def _taken(self, data: QMimeData) -> list[str]:
        paths = local_paths(data)
        return [] if self._takes_one and len(paths) > 1 else paths


def local_paths(data: QMimeData) -> list[str]:
    """Files and folders of this machine among what is dragged."""
    return [path for url in data.urls() if url.isLocalFile() and (path := url.toLocalFile())]
