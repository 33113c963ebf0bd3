"""The files that were found as a Qt list: only those of a class, or those whose names are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop_client.state.importing.labels import Labels
from desktop_client.state.importing.viewing import Thumbnails
from desktop_client.state.table import cell_text, tip_text

Index = QModelIndex | QPersistentModelIndex
_NOTHING = QModelIndex()
_LATER_MS = 120


class PictureList(QAbstractListModel):
    """``LabelRole`` gives the class or None, ``FileRole`` the number of the file, ``PictureRole`` its small picture.

    ``edited`` comes after each change of a class. A filter is looked through anew a moment after a change.
    """

    FileRole = int(Qt.ItemDataRole.UserRole)
    LabelRole = FileRole + 1
    PictureRole = FileRole + 2
    BrokenRole = FileRole + 3
    edited = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.labels = Labels()
        self._thumbnails = thumbnails
        self._shown: Sequence[int] = range(0)
        self._places: dict[str, int] = {}
        self._filter: tuple[str | None, str] = ("", "")
        self._timer = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._timer.timeout.connect(self.look_again)
        thumbnails.came.connect(self._came)

    @property
    def shown(self) -> Sequence[int]:
        """Numbers of the files that pass the filter."""
        return self._shown

    def start(self, labels: Labels) -> None:
        """Other files, to be added with :meth:`add`."""
        self.beginResetModel()
        self.labels, self._shown, self._filter = labels, range(0), ("", "")
        self._places.clear()
        self.endResetModel()

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """More files at the end; while they come all of them are shown."""
        before = len(self.labels)
        after = before + len(rows)
        if not rows:
            return
        self.beginInsertRows(_NOTHING, before, after - 1)
        self.labels.add(rows)
        self._shown = range(after)
        self.endInsertRows()

    def filter(self, label: str | None, words: str = "") -> None:
        """Show one class (None: what is left out; empty: all), and of it files whose names hold ``words``."""
        if (label, words) != self._filter:
            self._filter = (label, words)
            self.look_again()

    def look_again(self) -> None:
        """Apply the filter to the classes as they are now."""
        label, words = self._filter
        shown: Sequence[int] = self.labels.where(label, words) if label != "" or words else range(len(self.labels))
        if list(shown) == list(self._shown):
            return
        self.beginResetModel()
        self._shown = shown
        self._places.clear()
        self.endResetModel()

    def assign(self, files: Sequence[int], label: str) -> None:
        """Put files into a class."""
        self._changed(self.labels.assign(files, label))

    def leave_out(self, files: Sequence[int]) -> None:
        self._changed(self.labels.leave_out(files))

    def restore(self, files: Sequence[int]) -> None:
        """Give files back the class they were found in."""
        self._changed(self.labels.restore(files))

    def rename(self, label: str, name: str) -> None:
        """Rename a class, or merge it into the one that has this name."""
        self._changed(self.labels.rename(label, name))

    def undo(self) -> None:
        self._changed(self.labels.undo())

    def redo(self) -> None:
        self._changed(self.labels.redo())

    def rowCount(self, parent: Index = _NOTHING) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        file = self._shown[index.row()]
        if role == self.FileRole:
            return file
        if role == self.LabelRole:
            return self.labels.label(file)
        name = self.labels.files[file]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell_text(name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip_text(name)
        if role == self.PictureRole:
            self._places[name] = index.row()
            if len(self._places) > 5000:
                self._places = {name: index.row()}
            return self._thumbnails.get(name)
        if role == self.BrokenRole:
            return self._thumbnails.is_broken(name)
        return None

    def _came(self, names: Sequence[str]) -> None:
        rows = [self._places[name] for name in names if name in self._places]
        if rows:
            last = len(self._shown) - 1
            self.dataChanged.emit(
                self.index(min(min(rows), last)), self.index(min(max(rows), last)), [self.PictureRole]
            )

    def _changed(self, is_changed: bool) -> None:
        if not is_changed:
            return
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), [self.LabelRole])
        if self._filter[0] != "":
            self._timer.start()
        self.edited.emit()
