"""A table with search, filters and an order, over a :class:`RowTable`; columns remember their widths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop_client.state.preferences import Preferences
from desktop_client.state.table import RowTable
from desktop_client.ui import icons, theme
from desktop_client.ui.widgets.basics import Empty, boxed, column, label, row

_SEARCH_MS: Final = 150
_ROW: Final = 40
ToneRole: Final = int(Qt.ItemDataRole.UserRole) + 1
"""A column whose ``extra`` answers this role with a tone (neutral, info, good, warn, bad) is drawn as a badge."""
ShareRole: Final = int(Qt.ItemDataRole.UserRole) + 2
"""A column whose ``extra`` answers this role with a number from 0 to 1 is drawn as a bar with the text beside it."""


class DataTable(QWidget):
    """``chosen(row)`` when a row is opened by double click or Enter, ``selected(row)`` when another is current."""

    chosen = Signal(object)
    selected = Signal(object)

    def __init__(self, model: RowTable[Any], nothing: Empty, name: str, preferences: Preferences) -> None:
        super().__init__()
        self.model, self._name, self._preferences = model, name, preferences
        self.view = _view(model)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMaximumWidth(300)
        self.count = label("", "muted")
        self.tools = row(self.search)
        self._filters: list[tuple[QComboBox, Callable[[Any, str], bool]]] = []
        self._words: Callable[[Any], str] = lambda found: " ".join(one.text(found) for one in model._columns)
        self._nothing = nothing
        self._none_found = Empty("search", self.tr("Nothing found"), self.tr("Try other words or fewer filters."))
        self._stack = QStackedLayout()
        outer = column(row(boxed(self.tools), None, self.count), spacing=10)
        outer.addLayout(self._stack)
        self.setLayout(outer)
        # Only now: a stack without a widget around it shows its first part as a window of its own.
        for part in (self.view, nothing, self._none_found):
            self._stack.addWidget(part)
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._timer.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda: self._timer.start())
        self.view.activated.connect(lambda index: self.chosen.emit(model.row_at(index)))
        self.view.selectionModel().currentRowChanged.connect(self._current)
        self.view.horizontalHeader().sectionResized.connect(lambda *_: self._remember())
        self.view.horizontalHeader().restoreState(preferences.layout(f"table-{name}"))
        for signal in (model.arranged, model.modelReset, model.rowsInserted):
            signal.connect(self._show)
        self._show()

    def add_filter(
        self, name: str, choices: Sequence[tuple[str, str]], accepts: Callable[[Any, str], bool]
    ) -> QComboBox:
        """A drop-down of (value, text); the first choice shows all. ``accepts(row, value)`` says which rows stay."""
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItem(name, "")
        for value, text in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda: self._filter())
        self._filters.append((box, accepts))
        self.tools.addWidget(box)
        return box

    def usual_widths(self, *widths: int) -> None:
        """Widths of the first columns for as long as the person has chosen no others."""
        if self._preferences.layout(f"table-{self._name}").isEmpty():
            for place, width in enumerate(widths):
                self.view.horizontalHeader().resizeSection(place, width)

    def set_widths(self, widths: Sequence[int]) -> None:
        """Widths of the columns from the left, unless the person has chosen others."""
        if self._preferences.layout(f"table-{self._name}").isEmpty():
            for place, width in enumerate(widths):
                self.view.setColumnWidth(place, width)

    def search_in(self, words: Callable[[Any], str]) -> None:
        """What the search looks at in a row; default: all that is shown of it."""
        self._words = words

    @property
    def nothing(self) -> Empty:
        """What is shown while there are no rows."""
        return self._nothing

    @property
    def current(self) -> Any:
        """The row that is selected, or None."""
        return self.model.row_at(self.view.currentIndex())

    def _filter(self) -> None:
        wanted = self.search.text().casefold().split()
        chosen = [(accepts, box.currentData()) for box, accepts in self._filters if box.currentData()]
        if not wanted and not chosen:
            self.model.search(None)
            return

        def accepts(found: Any) -> bool:
            if not all(test(found, value) for test, value in chosen):
                return False
            text = self._words(found).casefold() if wanted else ""
            return all(word in text for word in wanted)

        self.model.search(accepts)

    def _show(self) -> None:
        total, shown = len(self.model.rows), self.model.rowCount()
        self.count.setText(
            str(total) if shown == total else self.tr("%1 of %2").replace("%1", str(shown)).replace("%2", str(total))
        )
        self._stack.setCurrentWidget(self.view if shown else self._none_found if total else self._nothing)

    def _current(self, index: QModelIndex) -> None:
        self.selected.emit(self.model.row_at(index))

    def _remember(self) -> None:
        self._preferences.set_layout(f"table-{self._name}", self.view.horizontalHeader().saveState())


class _Delegate(QStyledItemDelegate):
    """Draws badges and bars."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        tone, share = index.data(ToneRole), index.data(ShareRole)
        if tone is None and share is None:
            super().paint(painter, option, index)
            return
        text = str(index.data() or "")
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        blank.widget.style().drawControl(
            blank.widget.style().ControlElement.CE_ItemViewItem, blank, painter, blank.widget
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if tone is not None:
            _paint_badge(painter, QRectF(option.rect), text, str(tone))
        else:
            _paint_bar(painter, QRectF(option.rect), text, float(share))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Any) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + (24 if index.data(ToneRole) else 0), max(hint.height(), _ROW))


def _paint_badge(painter: QPainter, area: QRectF, text: str, tone: str) -> None:
    shown = theme.colours()
    soft, strong = {
        "neutral": (shown.sunken, shown.muted), "info": (shown.accent_soft, shown.accent),
        "good": (shown.good_soft, shown.good), "warn": (shown.warn_soft, shown.warn),
        "bad": (shown.bad_soft, shown.bad),
    }[tone]  # fmt: skip
    font = painter.font()
    font.setPointSizeF(font.pointSizeF() * 0.92)
    painter.setFont(font)
    width = min(painter.fontMetrics().horizontalAdvance(text) + 20.0, area.width() - 8)
    height = painter.fontMetrics().height() + 6.0
    pill = QRectF(area.left() + 8, area.center().y() - height / 2, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(soft))
    painter.drawRoundedRect(pill, height / 2, height / 2)
    painter.setPen(QColor(strong))
    shown_text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width - 12))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, shown_text)


def _paint_bar(painter: QPainter, area: QRectF, text: str, share: float) -> None:
    shown = theme.colours()
    room = painter.fontMetrics().horizontalAdvance(text) + 16.0
    track = QRectF(area.left() + 8, area.center().y() - 3, max(area.width() - room - 16, 20), 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(shown.sunken))
    painter.drawRoundedRect(track, 3, 3)
    painter.setBrush(QColor(shown.accent))
    painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * min(max(share, 0.0), 1.0), 6), 3, 3)
    painter.setPen(QColor(shown.text))
    painter.drawText(QRectF(track.right() + 8, area.top(), room, area.height()), Qt.AlignmentFlag.AlignVCenter, text)


def _view(model: RowTable[Any]) -> QTableView:
    view = QTableView()
    view.setModel(model)
    view.setItemDelegate(_Delegate(view))
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setSortingEnabled(True)
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(_ROW)
    header = view.horizontalHeader()
    header.setSortIndicatorClearable(True)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    header.setStretchLastSection(True)
    header.setHighlightSections(False)
    header.setDefaultSectionSize(150)
    return view
