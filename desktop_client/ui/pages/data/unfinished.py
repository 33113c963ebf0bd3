"""Imports that were begun and are not at both servers yet: go on with them, or give them up."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout

from desktop_client.jobs.importing import Import, Standing
from desktop_client.state.datasets import ImportList
from desktop_client.state.desk import Desk
from desktop_client.state.table import tip_text
from desktop_client.ui.widgets.basics import Badge, Card, button, column, empty, label, row
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.words import moment

_FEW = 3


class UnfinishedCard(Card):
    """Hidden while there is none; the newest three, or all of them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Imports that are not finished"))
        self._desk = desk
        self.list = ImportList(desk, self)
        self.list.changed.connect(self.show_imports)
        self.list.failed.connect(desk.show_error)
        self._imports: list[Import] = []
        self._is_whole = False
        self._rows = column(spacing=6)
        self.more = button("", self._toggle, "flat")
        self.head.addWidget(self.more)
        self.body.addLayout(self._rows)
        self.hide()

    def show_imports(self, found: list[Import]) -> None:
        """These from now on."""
        self._imports = found
        self.setVisible(bool(found))
        empty(self._rows)
        for one in found if self._is_whole else found[:_FEW]:
            self._rows.addLayout(self._row(one))
        rest = len(found) - _FEW
        self.more.setVisible(rest > 0)
        self.more.setText(self.tr("Show fewer") if self._is_whole else self.tr("Show %n more", "", rest))

    def _row(self, found: Import) -> QHBoxLayout:
        badge = Badge()
        badge.show_state(*self._state(found.standing))
        name = label(self._name(found), "strong")
        name.setToolTip(tip_text("\n".join(found.selection.paths[:10])))
        go_on = button(self._verb(found.standing), lambda: self._desk.go("import", found.id))
        discard = button(self.tr("Discard"), lambda: self._ask(found), "flat")
        for part in (go_on, discard):
            part.setAccessibleDescription(self._name(found))
        go_on.setEnabled(found.standing is not Standing.DAMAGED)
        discard.setEnabled(not found.is_running)
        return row(name, badge, label(moment(found.created), "muted"), None, go_on, discard)

    def _ask(self, found: Import) -> None:
        heading = self.tr("Discard the import of %1?").replace("%1", self._name(found))
        text = self.tr(
            "What was split is taken away, and what the servers have of it is deleted. Your images stay where they are."
        )
        confirm(self, heading, text, self.tr("Discard"), lambda: self.list.discard(found.id), is_danger=True)

    def _toggle(self) -> None:
        self._is_whole = not self._is_whole
        self.show_imports(self._imports)

    def _name(self, found: Import) -> str:
        paths = found.selection.paths
        return found.selection.about.name or (Path(paths[0]).name if paths else self.tr("unknown"))

    def _verb(self, standing: Standing) -> str:
        return self.tr("Open") if standing in (Standing.SPLITTING, Standing.UPLOADING) else self.tr("Continue")

    def _state(self, standing: Standing) -> tuple[str, str]:
        return {
            Standing.DRAFT: (self.tr("draft"), "neutral"),
            Standing.SPLITTING: (self.tr("being split"), "info"),
            Standing.SPLIT: (self.tr("split, not sent"), "info"),
            Standing.UPLOADING: (self.tr("on its way"), "info"),
            Standing.PAUSED: (self.tr("paused"), "warn"),
            Standing.UPLOADED: (self.tr("sent"), "good"),
            Standing.FAILED: (self.tr("stopped by a problem"), "bad"),
            Standing.DAMAGED: (self.tr("cannot be read"), "bad"),
        }[standing]
