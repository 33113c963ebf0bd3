"""Images that were taken for another class: a grid of what the model saw, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QListView

from desktop_client.jobs.models.kept import Thumbnail
from desktop_client.reveal.evaluation.result import Misclassified
from desktop_client.state.table import tip_text
from desktop_client.ui import icons
from desktop_client.ui.widgets.basics import Card, boxed, button, label, row
from desktop_client.ui.words import fill, number, percent

_PAGE: Final = 48
_SIDE: Final = 96
_TILE: Final = QSize(150, 160)


class MistakesCard(Card):
    """``pictures_wanted(files)`` whenever other images are shown; :meth:`show_picture` takes them as they come."""

    pictures_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__(self.tr("Misclassified images"))
        self.remark = label("", "muted", True)
        self.model = QStandardItemModel()
        self.view = QListView()
        self.view.setObjectName("grid")
        self.view.setModel(self.model)
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setIconSize(QSize(_SIDE, _SIDE))
        self.view.setGridSize(_TILE)
        self.view.setWordWrap(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setMinimumHeight(2 * _TILE.height() + 16)
        self.view.setAccessibleName(self.tr("Misclassified images"))
        self.all = button(self.tr("Show all"), self._show_all, "flat")
        self.back = button(self.tr("Previous"), lambda: self._turn(-1), "", "chevron-left")
        self.on = button(self.tr("Next"), lambda: self._turn(1), "", "chevron-right")
        self.pages = boxed(row(self.back, self.on, None))
        self.add(row(self.remark, self.all), self.view, self.pages)
        self._classes: tuple[str, ...] = ()
        self._every: Sequence[Misclassified] = ()
        self._shown: Sequence[Misclassified] = ()
        self._first = 0

    def show_mistakes(self, classes: Sequence[str], found: Sequence[Misclassified]) -> None:
        """Those of another result; the surest first."""
        self._classes, self._every = tuple(classes), found
        self._show_all()

    def narrow(self, truth: int, said: int) -> None:
        """Only those of one class that were taken for another one."""
        if truth != said:
            self._show([one for one in self._every if (one.truth, one.said) == (truth, said)])
            self.all.show()

    def show_picture(self, found: Thumbnail) -> None:
        """A picture has come; where it cannot be read any more, the sign for none stays."""
        picture = QPixmap()
        if not found.png or not picture.loadFromData(found.png):
            return
        for line in range(self.model.rowCount()):
            item = self.model.item(line)
            if item.data() == found.file:
                item.setIcon(QIcon(picture))

    def _show_all(self) -> None:
        self._show(self._every)
        self.all.hide()

    def _show(self, found: Sequence[Misclassified]) -> None:
        self._shown, self._first = found, 0
        self._fill()

    def _turn(self, by: int) -> None:
        self._first = max(self._first + by * _PAGE, 0)
        self._fill()

    def _fill(self) -> None:
        page = self._shown[self._first : self._first + _PAGE]
        self.model.clear()
        for one in page:
            self.model.appendRow(self._item(one))
        last, total = self._first + len(page), len(self._shown)
        if not total:
            self.remark.setText(self.tr("There are none."))
        else:
            text = self.tr("%1 to %2 of %3, those the model was surest of first")
            self.remark.setText(fill(text, self._first + 1, last, number(total)))
        self.view.setVisible(bool(page))
        self.pages.setVisible(total > _PAGE)
        self.back.setEnabled(self._first > 0)
        self.on.setEnabled(last < total)
        self.pictures_wanted.emit([one.file for one in page if one.file])

    def _item(self, one: Misclassified) -> QStandardItem:
        truth, said = self._classes[one.truth], self._classes[one.said]
        made = QStandardItem(
            icons.icon("image", "muted"), f"{_short(truth)} → {_short(said)}\n{percent(one.probability)}"
        )
        made.setData(one.file)
        text = fill(self.tr("%1 was taken for %2 with %3"), truth, said, percent(one.probability))
        name: Any = one.file or fill(self.tr("image %1"), one.number + 1)
        made.setToolTip(tip_text(f"{name}\n{text}"))
        made.setData(f"{name}: {text}", Qt.ItemDataRole.AccessibleTextRole)
        return made


def _short(name: str) -> str:
    return name if len(name) <= 9 else f"{name[:8]}…"
