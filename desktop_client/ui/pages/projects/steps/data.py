"""Step 2: the data sets, whether they go together, and how their classes are balanced."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from desktop_client.jobs.datasets import DatasetRow
from desktop_client.state.projects.fitting import balance
from desktop_client.state.projects.wizard import Wizard
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.projects.drawing.balance import BalanceChart
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card, Empty, button, column, label, row
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import number

_TABLE = 300
_CHART = 320


class DataStep(Step):
    """Every data set that the person may use; those that do not go with the chosen ones say why."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "data",
            self.tr("Which data sets are used?"),
            self.tr("Their images need the same size, depth and classes. Every owner is asked for a signed consent."),
        )
        self.model: RowTable[DatasetRow] = RowTable(self._columns())
        nothing = Empty(
            "database",
            self.tr("There is no data set yet"),
            self.tr("Bring in images first, or ask other owners to share theirs with you."),
            button(self.tr("Bring in images"), lambda: wizard.desk.go("import"), "", "image-plus"),
        )
        self.table = DataTable(self.model, nothing, "wizard-data", wizard.desk.preferences)
        self.table.setMinimumHeight(_TABLE)
        self.table.search_in(lambda found: f"{found.name} {found.owner} {' '.join(found.tags)}")
        self.table.add_filter(
            self.tr("All data sets"),
            [("fits", self.tr("Only those that fit")), ("chosen", self.tr("Only chosen ones"))],
            self._passes,
        )
        self.table.chosen.connect(self._toggle)
        self.table.view.clicked.connect(lambda at: self._toggle(self.model.row_at(at)) if at.column() == 0 else None)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), self.table.view, lambda: self._toggle(self.table.current))
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        for place, width in enumerate((180, 90, 70, 120, 75)):
            self.table.view.setColumnWidth(place, width)
        self.take = button(self.tr("Take in or leave out"), lambda: self._toggle(self.table.current))
        self.take.setToolTip(self.tr("Space does the same"))
        self.table.tools.addWidget(self.take)
        self.sum, self.unknown = label("", "strong", True), label("", "small", True)
        self.chart = BalanceChart()
        self.card = Card(self.tr("Together"))
        self.card.add(self.sum, self.chart, self.unknown)
        self.card.setFixedWidth(_CHART)
        self.body.addLayout(row(self.field("datasets", "", self.table), column(self.card, None), spacing=16), 1)

    def show_all(self) -> None:
        self._show_together()
        self.model.layoutChanged.emit()

    def refreshed(self) -> None:
        rows = self.wizard.catalogue.datasets if self.wizard.catalogue else ()
        if tuple(self.model.rows) != tuple(rows):
            self.model.replace(rows)
        self.show_all()

    def _toggle(self, found: DatasetRow | None) -> None:
        if found is None or (found.id not in self.wizard.outline.datasets and self.wizard.why_not(found)):
            return
        self.wizard.toggle_dataset(found.id)
        self.show_all()

    def _show_together(self) -> None:
        chosen = self.wizard.chosen if self.wizard.writing else ()
        self.card.setVisible(bool(chosen))
        owners = len({found.owner for found in chosen})
        images = sum(found.count for found in chosen)
        parts = (
            self.tr("%n data set(s)", "", len(chosen)),
            self.tr("%n owner(s)", "", owners),
            self.tr("%1 images").replace("%1", number(images)),
        )
        self.sum.setText(" · ".join(parts))
        shown = balance(chosen)
        self.chart.setVisible(any(any(counts) for counts in shown.counts))
        self.chart.show_balance(shown)
        told = ", ".join(f"{owner} ({number(count)})" for owner, count in shown.unknown.items())
        self.unknown.setText(self.tr("Not told how many of each class: %1").replace("%1", told))
        self.unknown.setVisible(bool(told))

    def _passes(self, found: DatasetRow, wanted: str) -> bool:
        is_chosen = found.id in self.wizard.outline.datasets
        return is_chosen if wanted == "chosen" else is_chosen or not self.wizard.why_not(found)

    def _columns(self) -> list[Column[DatasetRow]]:
        return [
            Column(self.tr("Name"), lambda found: found.name, extra=self._check),
            Column(self.tr("Owner"), lambda found: found.owner),
            Column(self.tr("Images"), lambda found: number(found.count), lambda found: found.count, is_number=True),
            Column(self.tr("Size"), self._size, lambda found: found.shape),
            Column(self.tr("Classes"), lambda found: str(len(found.classes)), lambda found: len(found.classes),
                   is_number=True, tip=lambda found: ", ".join(found.classes[:40])),
            Column(self.tr("Fits"), self._fits, tip=self._why, extra=self._tone),
        ]  # fmt: skip

    def _is_chosen(self, found: DatasetRow) -> bool:
        return self.wizard.writing is not None and found.id in self.wizard.outline.datasets

    def _check(self, role: int, found: DatasetRow) -> object:
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self._is_chosen(found) else Qt.CheckState.Unchecked
        return None

    def _tone(self, role: int, found: DatasetRow) -> object:
        if role != ToneRole or self.wizard.writing is None:
            return None
        if self.wizard.why_not(found):
            return "bad" if self._is_chosen(found) else "warn"
        return "good" if self._is_chosen(found) else "neutral"

    def _size(self, found: DatasetRow) -> str:
        height, width, channels = found.shape
        kind = self.tr("colour") if channels == 3 else self.tr("grey")
        deep = "" if found.bits == 8 else " " + self.tr("%1 bit").replace("%1", str(found.bits))
        return f"{height} × {width} {kind}{deep}"

    def _fits(self, found: DatasetRow) -> str:
        why = self.wizard.why_not(found) if self.wizard.writing else ()
        words = {
            "shape": self.tr("other size"),
            "bits": self.tr("other depth"),
            "classes": self.tr("other classes"),
            "off": self.tr("switched off"),
            "one": self.tr("only at one server"),
            "apart": self.tr("servers differ"),
            "uploading": self.tr("still uploading"),
            "received": self.tr("not compared yet"),
            "mismatched": self.tr("shares do not match"),
        }
        if why:
            return ", ".join(words.get(one, one) for one in why)
        return self.tr("chosen") if self._is_chosen(found) else self.tr("yes")

    def _why(self, found: DatasetRow) -> str:
        """Plain words: what is different from the first data set that was chosen."""
        if self.wizard.writing is None or not self.wizard.chosen:
            return self._fits(found)
        first, lines = self.wizard.chosen[0], []
        for reason in self.wizard.why_not(found):
            if reason in ("shape", "bits"):
                text = self.tr("Its images are %1; those of %2 are %3.")
                lines.append(
                    text.replace("%1", self._size(found)).replace("%2", first.name).replace("%3", self._size(first))
                )
            elif reason == "classes":
                text = self.tr("Its classes are %1; those of %2 are %3.")
                own, others = (", ".join(one.classes[:8]) for one in (found, first))
                lines.append(text.replace("%1", own).replace("%2", first.name).replace("%3", others))
            else:
                lines.append(self._fits(found))
        return "\n".join(dict.fromkeys(lines)) or self._fits(found)
