"""The model for other programs: ONNX and PyTorch, each compared with this program's own predictions first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.jobs.task import Task
from desktop_client.state.desk import Desk
from desktop_client.state.models.control import EXPORT, ModelControl
from desktop_client.ui.pages.model import words
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row, selectable
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import file_name, fill, size

_ENDINGS: Final = {"onnx": ".onnx", "torch": ".pt"}
_NAMES: Final = {"onnx": "ONNX", "torch": "PyTorch"}


class ExportTab(QWidget):
    """A card for each format."""

    def __init__(self, desk: Desk, control: ModelControl) -> None:
        super().__init__()
        self._desk, self._control = desk, control
        about = self.tr(
            "Before a file is kept, the other library predicts random inputs with it, and every prediction is compared "
            "with this program's. If one differs, nothing is written."
        )
        texts = {
            "onnx": self.tr("One file for many programs: ONNX Runtime, OpenCV, Windows ML and others."),
            "torch": self.tr("A TorchScript file that PyTorch loads without any code of this program."),
        }
        self.cards = {kind: _FormatCard(_NAMES[kind], text) for kind, text in texts.items()}
        for kind, card in self.cards.items():
            card.wanted.connect(lambda kind=kind: self._choose(kind))
        self.progress = Bar(self.tr("Export"))
        self.stop = button(self.tr("Stop"), lambda: control.stop(EXPORT), "flat")
        self.working = boxed(row(self.progress, self.stop))
        self.working.hide()
        self.nothing = label(self.tr("The model is not on this device; fetch it first."), "muted", True)
        cards = row(*self.cards.values(), spacing=16)
        self.setLayout(column(label(about, "muted", True), self.nothing, cards, self.working, None, spacing=16))
        self._is_asked = False
        control.formats.connect(self._show_formats)
        control.busy.connect(self._busy)
        control.exported.connect(self._exported)

    def show_view(self, view: ModelView) -> None:
        """Whether there is anything to export."""
        self.nothing.setVisible(view.file is None)
        for card in self.cards.values():
            card.set_here(view.file is not None)

    def look(self) -> None:
        """The tab is shown: find out once which libraries there are."""
        if not self._is_asked:
            self._is_asked = True
            for card in self.cards.values():
                card.show_looking()
            self._control.look_for_formats()

    def _show_formats(self, missing: Mapping[str, Sequence[str]]) -> None:
        for kind, card in self.cards.items():
            card.show_missing(missing.get(kind, ()))

    def _choose(self, kind: str) -> None:
        view = self._control.view
        folder = self._desk.preferences.text("export-folder", str(Path.home()))
        start = Path(folder) / f"{file_name(view.name if view else '', 'model')}{_ENDINGS[kind]}"
        title = fill(self.tr("Export as %1"), _NAMES[kind])
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(start), f"{_NAMES[kind]} (*{_ENDINGS[kind]})")
        if chosen:
            out = Path(chosen if chosen.endswith(_ENDINGS[kind]) else chosen + _ENDINGS[kind])
            self._desk.preferences.set_text("export-folder", str(out.parent))
            self.cards[kind].result.hide()
            self._control.export(kind, out, title)

    def _busy(self, what: str, task: Task | None) -> None:
        if what != EXPORT:
            return
        self.working.setVisible(task is not None)
        for card in self.cards.values():
            card.set_busy(task is not None)
        if task is not None:
            stage = task.progress.stage
            self.progress.name.setText(words.stage(stage) if stage else task.label)
            self.progress.show_share(None)

    def _exported(self, kind: str, out: str, count: int) -> None:
        text = fill(self.tr("Written, with the same predictions: %1 (%2)"), out, size(count))
        self.cards[kind].show_result(text)


class _FormatCard(Card):
    """``wanted()`` when this format is asked for."""

    wanted = Signal()

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name)
        self.missing, self.result = label("", "muted", True), selectable("", "good")
        self.export = button(fill(self.tr("Export as %1"), name), self.wanted.emit, "", "file-down")
        self.add(label(about, "", True), self.missing, self.result, row(self.export, None))
        self._is_here, self._is_busy, self._is_able = False, False, False
        self.body.addStretch(1)
        self.missing.hide()
        self.result.hide()
        self._enable()

    def show_missing(self, names: Sequence[str]) -> None:
        """Libraries that this takes and that are not installed."""
        self._is_able = not names
        text = self.tr("This takes %1, which is not installed. The extra client of the package imguard brings it.")
        self.missing.setText(fill(text, ", ".join(names)) if names else "")
        self.missing.setVisible(bool(names))
        self._enable()

    def show_looking(self) -> None:
        """It is being found out which libraries there are."""
        self.missing.setText(self.tr("Looking for the library…"))
        self.missing.show()

    def set_here(self, is_here: bool) -> None:
        if is_here != self._is_here:
            self.result.hide()
        self._is_here = is_here
        self._enable()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._enable()

    def show_result(self, text: str) -> None:
        self.result.setText(text)
        self.result.show()

    def _enable(self) -> None:
        self.export.setEnabled(self._is_here and self._is_able and not self._is_busy)
