"""The specification exactly as people will sign it: in words, and byte by byte."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit

from common.agreement.changes import changes
from common.specification import Specification
from desktop_client.plain import plain_lines
from desktop_client.ui.widgets.basics import Card, boxed, button, label, selectable
from desktop_client.ui.words import fill, number, short_id

_LINES = 320
_NAMES = 130


class SignedCard(Card):
    """Filled by :meth:`show_specification`; computed on this machine from the document that will be signed."""

    def __init__(self) -> None:
        super().__init__(self.tr("What is signed"))
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(6)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.changed = label("", "", True)
        self.heading_changes = label("", "strong")
        self.exact = QPlainTextEdit(readOnly=True)
        self.exact.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.exact.setMinimumHeight(_LINES)
        self.exact.setAccessibleName(self.tr("Exact text"))
        self.exact.setTabChangesFocus(True)
        self.exact.hide()
        self.more = button(self.tr("Exact text"), self._toggle, "flat", "file-text")
        self.head.addWidget(self.more)
        self.add(self.heading_changes, self.changed, boxed(self.form), self.exact)

    def show_specification(self, found: Specification, before: Specification | None, names: dict[str, str]) -> None:
        """``names`` are those of data sets; ``before`` is the revision that this one replaces."""
        while self.form.rowCount():
            self.form.removeRow(0)
        for title, text in self._lines(found, names):
            name = label(title, "muted")
            name.setMinimumWidth(_NAMES)
            self.form.addRow(name, label(text, "", True))
        servers = "\n".join(f"{role:<6} {key}" for role, key in sorted(found.body["servers"].items()))
        for title, text in ((self.tr("Servers"), servers), (self.tr("Hash"), found.hash)):
            shown = selectable(text)
            shown.setAccessibleName(title)
            self.form.addRow(label(title, "muted"), shown)
        # Inside JSON an escaped letter is the same value, and none can turn or hide what stands around it.
        self.exact.setPlainText(plain_lines(json.dumps(found.body, indent=1, sort_keys=True, ensure_ascii=False)))
        differs = self._changes(before, found) if before is not None else []
        revision = str(before.revision) if before is not None else ""
        self.heading_changes.setText(self.tr("What differs from revision %1").replace("%1", revision))
        self.heading_changes.setVisible(before is not None)
        self.changed.setText("\n".join(differs) or self.tr("Nothing"))
        self.changed.setVisible(before is not None)

    def _toggle(self) -> None:
        self.exact.setVisible(self.exact.isHidden())

    def _lines(self, found: Specification, names: dict[str, str]) -> list[tuple[str, str]]:
        body, training, decimals = found.body, found.training, found.body["training"]
        members = ", ".join(f"{one['user']} ({one['role']})" for one in body["members"])
        testers = ", ".join(found.testers) or self.tr("nobody; the servers keep nothing of the trained model")
        sets = "\n".join(f"{names.get(one, short_id(one))} · {found.owner_of(one)}" for one in found.dataset_ids)
        budget = self.tr("%1 epochs, batches of %2, %3 images held back")
        for place, value in enumerate((training.epochs, training.batch, training.validation), start=1):
            budget = budget.replace(f"%{place}", number(value))
        method = fill(
            self.tr("%1, %2, learning rate %3 (%4), momentum %5, weight decay %6, clip %7"),
            *(training.loss, training.optimizer, decimals["learning_rate"], training.schedule),
            *(decimals["momentum"], decimals["weight_decay"], decimals["clip"]),
        )
        return [
            (self.tr("Name"), str(body["name"])),
            (self.tr("Purpose"), str(body["purpose"]) or "–"),
            (self.tr("Owner"), str(body["owner"])),
            (self.tr("Revision"), str(found.revision)),
            (self.tr("Members"), members),
            (self.tr("Model goes to"), ", ".join(found.recipients)),
            (self.tr("May be tested by"), testers),
            (self.tr("Data sets"), sets),
            (self.tr("Hiding"), self._hiding(found)),
            (self.tr("Model"), self._model(found)),
            (self.tr("Budget"), budget),
            (self.tr("Method"), method),
            (self.tr("Preparation"), f"{found.preparation}: {self._trust(found.preparation)}"),
        ]

    def _hiding(self, found: Specification) -> str:
        mask = self.tr("mask on") if found.hiding.mask else self.tr("mask off")
        mixed = self.tr("%n image(s) mixed", "", found.hiding.k)
        return f"{mixed}, {mask}, {found.hiding.scale}"

    def _model(self, found: Specification) -> str:
        model = found.model
        widths = " " + ", ".join(map(str, model.hidden)) if model.hidden else ""
        parts = [f"{found.extractor} + {model.name}{widths}"]
        if model.layers:
            parts.append(self.tr("%n layer(s)", "", len(model.layers)))
        if model.bias:
            parts.append(self.tr("with bias"))
        return ", ".join(parts)

    def _trust(self, preparation: str) -> str:
        if preparation == "helper":
            return self.tr("a third organisation deals correlated randomness; it must not work together with A or B")
        if preparation == "hybrid":
            return self.tr("A and B make all correlated randomness themselves, partly under encryption; nobody else "
                           "is involved")  # fmt: skip
        return self.tr("A and B make all correlated randomness themselves; nobody else is involved")

    def _changes(self, before: Specification, after: Specification) -> list[str]:
        found = changes(before.body, after.body)
        return [f"{one['field']}: {_value(one['before'])} → {_value(one['after'])}" for one in found]


def _value(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
