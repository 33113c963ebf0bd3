"""Writes a list of layers: as text, with a menu of layers to add and a model to begin with."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QMenu, QPlainTextEdit, QWidget

from common.architecture.named import model_layers
from common.errors import AppError
from common.layers import Layer
from common.specification import ModelChoice
from desktop_client.ui.pages.projects.refusals import refusal_text
from desktop_client.ui.widgets.basics import button, column, label, row
from desktop_client.upload.projects.options import read_layers

_LINES: Final = 220
_NEW: Final[tuple[Layer, ...]] = (
    {"layer": "conv", "outputs": 16, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 1, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "square"},
    {"layer": "average-pool", "size": 2},
    {"layer": "max-pool", "size": 2, "stride": 2},
    {"layer": "global-average-pool"},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 128, "bias": True},
    {"layer": "dropout", "drop": 64},
    {"layer": "residual", "layers": [{"layer": "relu"}]},
)
_Start = tuple[str, str, tuple[int, ...]]
_STARTS: Final[tuple[_Start, ...]] = (
    ("LeNet", "lenet", ()),
    ("ResNet", "resnet", ()),
    ("128-128", "mlp", (128, 128)),
)


class LayersEditor(QWidget):
    """``edited(layers)`` when the text is a JSON list; ``copy_wanted`` when a model to begin with was chosen."""

    edited = Signal(object)
    copy_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._start = _STARTS[0]
        self.text = QPlainTextEdit()
        self.text.setMinimumHeight(_LINES)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Layers"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.textChanged.connect(self._write)
        self.problem = label("", "bad", True)
        self.problem.hide()
        self.more = button(self.tr("Add a layer"), None, "", "plus")
        self.more.setMenu(self._layers_menu())
        self.begin = button(self.tr("Begin with"), None, "", "copy")
        self.begin.setMenu(self._starts_menu())
        self.file = button(self.tr("From a file"), self._ask_file, "", "folder-open")
        self.setLayout(column(row(self.more, self.begin, self.file, None), self.text, self.problem))

    def show_layers(self, layers: list[Layer]) -> None:
        """Write them as text unless they are what stands there."""
        if self._read() != layers:
            self._put(layers)

    def start_from(self, classes: int) -> None:
        """Layers of a model with a name, for so many classes."""
        _, name, hidden = self._start
        self._put(model_layers(ModelChoice(name, hidden, False, ()), classes))
        self._write()

    def load(self, path: Path) -> None:
        """Take the layers of a file."""
        try:
            self._put(list(read_layers(path)))
        except AppError as error:
            self._tell(refusal_text(error))
            return
        self._write()

    def _put(self, layers: list[Layer]) -> None:
        self.text.blockSignals(True)
        self.text.setPlainText("[\n" + ",\n".join(f" {json.dumps(one)}" for one in layers) + "\n]")
        self.text.blockSignals(False)

    def _write(self) -> None:
        found = self._read()
        if found is None:
            self._tell(self.tr("This is no JSON list of layers yet."))
            return
        self._tell("")
        self.edited.emit(found)

    def _read(self) -> list[Any] | None:
        try:
            found = json.loads(self.text.toPlainText() or "[]")
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, list) else None

    def _tell(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _add(self, layer: Layer) -> None:
        found = self._read()
        if found is not None:
            # Before the last layer, which gives the classes; the first one begins the list.
            place = max(len(found) - 1, 0)
            self._put([*found[:place], dict(layer), *found[place:]])
            self._write()

    def _begin(self, start: _Start) -> None:
        self._start = start
        self.copy_wanted.emit()

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, self.tr("From a file"), "", "JSON (*.json)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.load(Path(path)))
        dialog.open()

    def _layers_menu(self) -> QMenu:
        menu = QMenu(self)
        for layer in _NEW:
            menu.addAction(str(layer["layer"]), partial(self._add, layer))
        return menu

    def _starts_menu(self) -> QMenu:
        menu = QMenu(self)
        for start in _STARTS:
            menu.addAction(start[0], partial(self._begin, start))
        return menu
