"""What a check of the log proved, in plain words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop_client.jobs.records import LogVerdict
from desktop_client.ui import icons
from desktop_client.ui.pages.audit import words
from desktop_client.ui.widgets.basics import Card, boxed, column, empty, label, row, selectable
from desktop_client.ui.words import number

_SIGNS = {"proved": ("circle-check", "good"), "failed": ("circle-x", "bad"), "missing": ("circle-help", "warn")}


class VerdictCard(Card):
    """Hidden until a check has ended."""

    def __init__(self) -> None:
        super().__init__()
        self._points = column(spacing=8)
        self.headline = label("", "heading", True)
        self._sign = QLabel()
        self._root = selectable("", "small")
        head = row(self._sign, self.headline)
        head.setStretch(1, 1)
        self.add(head, boxed(self._points), self._root)
        self.hide()

    def show_verdict(self, found: LogVerdict) -> None:
        """The sentence first, then each point, then what to compare with others."""
        sign, tone = ("shield-check", "good") if found.is_intact else ("shield-alert", "bad")
        self._sign.setPixmap(icons.pixmap(sign, 28, tone, self.devicePixelRatioF()))
        if found.is_intact:
            text = self.tr("The log is intact: all %1 entries were checked on this device.")
        else:
            text = self.tr(
                "The log is NOT intact. Keep an export of it, and tell every member. %1 entries were looked at."
            )
        self.headline.setText(text.replace("%1", number(found.size)))
        empty(self._points)
        for one in found.points:
            picture, colour = _SIGNS.get(one.standing, _SIGNS["missing"])
            mark = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
            mark.setPixmap(icons.pixmap(picture, 18, colour, self.devicePixelRatioF()))
            mark.setAccessibleName(self._standing(one.standing))
            said = label(words.point(one.code, one.standing, one.details), "", True)
            line = row(mark, said, spacing=10)
            line.setStretch(1, 1)
            self._points.addLayout(line)
        root = self.tr("Root to compare with other members: %1 (%2 entries)")
        self._root.setText(root.replace("%1", found.root).replace("%2", number(found.size)) if found.root else "")
        self.setAccessibleName(self.headline.text())
        self.show()

    def _standing(self, code: str) -> str:
        return {"proved": self.tr("proved"), "failed": self.tr("failed")}.get(code, self.tr("could not be looked at"))
