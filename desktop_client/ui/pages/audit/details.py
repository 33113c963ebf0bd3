"""One entry of the log with everything in it."""

from __future__ import annotations

import json

from PySide6.QtWidgets import QDialog, QFormLayout, QPlainTextEdit, QWidget

from desktop_client.plain import plain_lines
from desktop_client.ui.pages.audit import words
from desktop_client.ui.widgets.basics import button, column, copy_text, label, row, selectable
from desktop_client.ui.words import moment
from desktop_client.upload.logbook.rows import LogEntry

_SIZE = (640, 560)


class EntryDialog(QDialog):
    """Who did what to which object, and the signed document itself."""

    def __init__(self, parent: QWidget, found: LogEntry) -> None:
        super().__init__(parent)
        one = found.row
        self.setWindowTitle(self.tr("Entry %1").replace("%1", str(one.number)))
        self.resize(*_SIZE)
        form = QFormLayout()
        form.addRow(self.tr("Time"), label(moment(one.time)))
        form.addRow(self.tr("Who"), selectable(f"{words.actor(one.actor, one.name)}   {one.actor}", ""))
        form.addRow(self.tr("Action"), label(f"{words.action(one.action)} ({one.action})"))
        if one.object:
            form.addRow(words.kind(one.kind), selectable(one.object))
        form.addRow(self.tr("Recorded by"), label(words.actor(f"node:{one.node}", "")))
        form.addRow(self.tr("Leaf hash"), selectable(found.leaf))
        text = plain_lines(json.dumps(json.loads(found.entry), indent=2, ensure_ascii=False))
        shown = QPlainTextEdit(text, readOnly=True)
        shown.setAccessibleName(self.tr("Signed document"))
        close = button(self.tr("Close"), self.accept, "primary")
        copy = button(self.tr("Copy"), lambda: copy_text(text), icon="copy")
        heading = label(self.tr("Signed document"), "strong")
        self.setLayout(column(form, heading, shown, row(None, copy, close), spacing=12, margins=20))
