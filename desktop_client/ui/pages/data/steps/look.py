"""Look: every image that was found, its class, and changes to that."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QInputDialog, QLineEdit, QProgressBar, QWidget

from desktop_client.offline_plugin.gathering.loose import UNLABELLED
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui import icons
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.data.counts import ClassBars
from desktop_client.ui.pages.data.steps.grid import PictureGrid
from desktop_client.ui.pages.data.steps.refused import RefusedDialog
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.pages.data.steps.zoom import ZoomDialog
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.words import number, size

_ALL, _OUT = "", "\0out"
_SIDE_WIDTH = 270


class LookStep(Step):
    """The grid with its tools, what is known of all files, and what can be done with those that are selected."""

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        self.pictures = draft.pictures
        self.filter = QComboBox()
        self.filter.setAccessibleName(self.tr("Show the class"))
        self.filter.setMinimumWidth(190)
        self.filter.activated.connect(lambda: self._filter())
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(self.tr("Search file names"))
        self.search.setAccessibleName(self.tr("Search file names"))
        self.search.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(180)
        self.search.textChanged.connect(lambda: self._filter())
        self.undo = button("", self.pictures.undo, icon="undo-2")
        self.undo.setToolTip(self.tr("Undo (Ctrl+Z)"))
        self.undo.setAccessibleName(self.tr("Undo"))
        self.grid = PictureGrid(self.pictures, self.tr("Images"))
        self.grid.chosen.connect(self._zoom)
        self.grid.selectionModel().selectionChanged.connect(lambda: self._show_selection())
        self.rename = button(self.tr("Rename class"), self._ask_name, icon="pencil")
        tools = row(self.filter, self.search, None, self.rename, self.undo)
        left = column(self._scan_bar(), tools, self._grid_and_bar(), spacing=10)
        left.setStretch(2, 1)
        both = row(left, self._side(), spacing=16)
        both.setStretch(0, 1)
        self.setLayout(both)
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self.pictures.undo),
            (QKeySequence.StandardKey.Redo, self.pictures.redo),
        ):
            QShortcut(QKeySequence(keys), self, slot, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.pictures.edited.connect(self._show_counts)
        draft.begun.connect(self._begun)
        draft.moved.connect(self._moved)
        draft.scanned.connect(self._scanned)
        draft.failed.connect(lambda error: self._scanned())
        self._begun()

    @property
    def problem(self) -> str:
        if self.draft.is_scanning:
            return self.tr("The files are still being looked through.")
        if not self.pictures.labels.used:
            return self.tr("No image has a class yet: select images and give them one.")
        return ""

    def enter(self) -> None:
        self.grid.viewport().update()
        self.grid.setFocus()

    def _scan_bar(self) -> QWidget:
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("Looking through the files"))
        self.scan_text = label("", "muted")
        self.stop = button(self.tr("Stop"), self.draft.stop, "flat")
        self.scan = boxed(row(self.scan_text, self.bar, self.stop, spacing=12))
        return self.scan

    def _grid_and_bar(self) -> QWidget:
        self.selection = label("", "strong")
        self.target, self.name = QComboBox(), QLineEdit(maxLength=100)
        self.target.setEditable(True)
        self.target.setLineEdit(self.name)
        self.target.setAccessibleName(self.tr("Class for the selected images"))
        self.target.setMinimumWidth(160)
        self._targets = QStringListModel(self)
        self.target.setModel(self._targets)
        self.name.setPlaceholderText(self.tr("Class"))
        self.name.returnPressed.connect(self._assign)
        self.assign = button(self.tr("Give this class"), self._assign, icon="tag")
        self.leave_out = button(self.tr("Leave out"), self._leave_out, icon="eye-off")
        self.restore = button(self.tr("As found"), self._restore, icon="rotate-ccw")
        actions = row(self.selection, None, self.target, self.assign, self.leave_out, self.restore)
        made = column(self.grid, actions, spacing=10)
        made.setStretch(0, 1)
        return boxed(made)

    def _side(self) -> QWidget:
        self.total, self.facts = label("", "figure"), label("", "muted", True)
        self.bars = ClassBars(self.tr("Images of each class"))
        self.warning = label("", "bad", True)
        self.refused = button(" ", self._show_refused, icon="triangle-alert")
        found = Card(self.tr("Found"))
        found.add(self.total, self.facts, self.refused)
        classes = Card(self.tr("Classes"))
        classes.add(self.bars, self.warning)
        side = scrolled(boxed(column(found, classes, None, spacing=16)))
        side.setFixedWidth(_SIDE_WIDTH)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return side

    def _begun(self) -> None:
        self.search.clear()
        self.scan.setVisible(self.draft.is_scanning)
        self.bar.setMaximum(0)
        self.scan_text.setText(self.tr("Looking through the files …"))
        self._show_counts()
        self._show_selection()

    def _moved(self, done: int, total: int) -> None:
        self.bar.setMaximum(total)
        self.bar.setValue(done)
        text = self.tr("%1 of %2 files") if total else self.tr("%1 files so far")
        self.scan_text.setText(text.replace("%1", number(done)).replace("%2", number(total)))
        self._show_counts()

    def _scanned(self) -> None:
        self.scan.setVisible(self.draft.is_scanning)
        self._show_counts()
        self._show_selection()

    def _show_counts(self) -> None:
        labels = self.pictures.labels
        counts = labels.counts()
        self.total.setText(number(len(labels)))
        self.facts.setText(self._facts())
        self.bars.show_counts([(self._shown(name), count) for name, count in counts])
        missing, out = labels.unlabelled, labels.left_out
        self.warning.setText(self.tr("%n image(s) without a class are not used.", "", missing) if missing else "")
        self.warning.setVisible(bool(missing))
        self.refused.setVisible(bool(self.draft.refused))
        self.refused.setText(self.tr("%n file(s) cannot be used", "", len(self.draft.refused)))
        self.undo.setEnabled(labels.can_undo)
        self._fill_filter(counts, out)
        names = [name for name, _ in counts if name != UNLABELLED]
        if self._targets.stringList() != names:
            kept = self.target.currentText()
            self._targets.setStringList(names)
            self.target.setEditText(kept)
        self.changed.emit()

    def _fill_filter(self, counts: list[tuple[str, int]], out: int) -> None:
        chosen = self.filter.currentData()
        entries = [(self.tr("All images"), _ALL, len(self.pictures.labels))]
        entries += [(self._shown(name), name, count) for name, count in counts]
        entries += [(self.tr("Left out"), _OUT, out)] if out or chosen == _OUT else []
        texts = [f"{text}  ({number(count)})" for text, _, count in entries]
        if [self.filter.itemText(place) for place in range(self.filter.count())] == texts:
            return
        self.filter.blockSignals(True)
        self.filter.clear()
        for text, (_, value, _) in zip(texts, entries, strict=True):
            self.filter.addItem(text, value)
        place = self.filter.findData(chosen)
        self.filter.setCurrentIndex(max(place, 0))
        self.filter.blockSignals(False)
        if place < 0 and chosen is not None:
            self._filter()

    def _facts(self) -> str:
        summary = self.draft.summary
        if summary is None:
            return ""
        parts = [size(summary.bytes)]
        if summary.sizes:
            width, height, _ = summary.sizes[0]
            text = self.tr("%1 × %2") if summary.different_sizes == 1 else self.tr("%3 sizes, mostly %1 × %2")
            filled = text.replace("%1", str(width)).replace("%2", str(height))
            parts.append(filled.replace("%3", number(summary.different_sizes)))
        parts.append(", ".join(f"{kind.upper()} {number(count)}" for kind, count in summary.kinds.items()))
        return "\n".join(parts)

    def _show_selection(self) -> None:
        count = self.grid.selected_count()
        self.selection.setText(self.tr("%n selected", "", count) if count else self.tr("Nothing selected"))
        for part in (self.target, self.assign, self.leave_out, self.restore):
            part.setEnabled(count > 0 and not self.draft.is_scanning)
        label_of = self.filter.currentData()
        self.rename.setEnabled(not self.draft.is_scanning and label_of not in (None, _ALL, _OUT, UNLABELLED))
        self.rename.setToolTip(self.tr("Show one class to rename it, or to merge it with another"))

    def _filter(self) -> None:
        chosen = self.filter.currentData()
        self.pictures.filter(None if chosen == _OUT else chosen or _ALL, self.search.text().strip())
        self._show_selection()

    def _assign(self) -> None:
        name = self.target.currentText().strip()
        if name:
            self.pictures.assign(self.grid.chosen_files(), name)

    def _leave_out(self) -> None:
        self.pictures.leave_out(self.grid.chosen_files())

    def _restore(self) -> None:
        self.pictures.restore(self.grid.chosen_files())

    def _ask_name(self) -> None:
        before = self.filter.currentData()
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Rename class"))
        dialog.setLabelText(self.tr("New name of “%1”:").replace("%1", before))
        dialog.setTextValue(before)
        dialog.textValueSelected.connect(lambda name: self._rename(before, name.strip()))
        dialog.open()

    def _rename(self, before: str, name: str) -> None:
        def go() -> None:
            self.pictures.rename(before, name)
            self.filter.setCurrentIndex(max(self.filter.findData(name), 0))
            self._filter()

        if name and name != before and name in self.pictures.labels.classes:
            heading = self.tr("Merge “%1” into “%2”?").replace("%1", before).replace("%2", name)
            confirm(self, heading, self.tr("Both classes become one. Undo takes it back."), self.tr("Merge"), go)
        else:
            go()

    def _zoom(self, place: int) -> None:
        ZoomDialog(self, self.draft, place).open()

    def _show_refused(self) -> None:
        RefusedDialog(self, self.desk, self.draft.refused).open()

    def _shown(self, name: str) -> str:
        return self.tr("no class") if name == UNLABELLED else name
