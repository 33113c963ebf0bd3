"""Fetch the model, and what can be proved about it, point by point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.jobs.models.kept import ModelCheck
from desktop_client.jobs.task import Task
from desktop_client.state.models.control import FETCH, VERIFY, ModelControl
from desktop_client.ui import icons
from desktop_client.ui.pages.model import words
from desktop_client.ui.widgets.basics import Card, boxed, button, column, empty, label, row, selectable
from desktop_client.ui.widgets.picture import Picture
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import fill, moment, number, size

_SIGNS: Final = {
    "proved": ("circle-check", "good"), "failed": ("circle-x", "bad"), "missing": ("circle-help", "warn"),
    "unprovable": ("info", "muted"),
}  # fmt: skip


class CheckTab(QWidget):
    """Where the model is, a button that brings it here, and the verdict on it."""

    def __init__(self, control: ModelControl) -> None:
        super().__init__()
        self._control = control
        self.place = Card(self.tr("Where the model is"))
        self.text = label("", "", True)
        self.fetch = button(self.tr("Fetch the model"), self._fetch, "primary", "download")
        self.verify = button(self.tr("Check again"), self._verify, "", "shield-check")
        self.progress = Bar(self.tr("Fetching"))
        self.stop = button(self.tr("Stop"), self._stop, "flat")
        self.working = boxed(row(self.progress, self.stop))
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(24)
        self._facts.setVerticalSpacing(6)
        self.place.add(self.text, boxed(self._facts), self.working, row(self.fetch, self.verify, None))
        self.verdict = VerdictCard()
        self.setLayout(column(self.place, self.verdict, None, spacing=16))
        self._what = FETCH
        control.busy.connect(self._busy)
        control.checked.connect(self.verdict.show_checks)
        self._busy(FETCH, None)
        self.verify.hide()

    def show_view(self, view: ModelView) -> None:
        """Where it is and what is in it."""
        is_here = view.file is not None
        self.fetch.setVisible(not is_here and view.may_fetch)
        self.verify.setVisible(is_here)
        self.text.setText(self._where(view))
        self._show_facts(view)
        if self._control.checks:
            self.verdict.show_checks(self._control.checks)
        else:
            self.verdict.hide()

    def _where(self, view: ModelView) -> str:
        if view.file is not None:
            return self.tr("It is on this device. Both shares were fetched and added here; nobody else saw it whole.")
        if view.may_fetch:
            return self.tr(
                "It lies at the two servers as two shares that are sealed for you. They are fetched, opened and added "
                "on this device; neither server sees the model."
            )
        return self.tr("The project does not name you as a recipient: you cannot fetch it. You may be able to test it.")

    def _show_facts(self, view: ModelView) -> None:
        while self._facts.rowCount():
            self._facts.removeRow(0)
        info, record = view.info, view.info.record if view.info else None
        facts: list[tuple[str, str]] = []
        if view.specification is not None:
            facts.append((self.tr("Network"), words.network(view.specification.model.name)))
        if info is not None:
            height, width, channels = info.input
            shape = fill(self.tr("%1 × %2 pixels, %3 channel(s), %4 bits"), width, height, channels, info.bits)
            facts += [(self.tr("Input"), shape), (self.tr("Parameters"), number(info.parameters))]
        if view.classes:
            facts.append((self.tr("Classes"), _listed(view.classes)))
        if record is not None:
            facts.append((self.tr("Fetched"), moment(str(record["fetched"]))))
        if view.row is not None:
            facts.append((self.tr("Size"), size(view.row.bytes)))
        for name, value in facts:
            self._facts.addRow(label(name, "muted"), label(value, "", True))
        if view.file is not None:
            self._facts.addRow(label(self.tr("File"), "muted"), selectable(str(view.file), ""))

    def _fetch(self) -> None:
        view = self._control.view
        if view is not None:
            self._control.fetch(fill(self.tr("Fetch the model of %1"), view.name))

    def _verify(self) -> None:
        self._control.verify(self.tr("Check the model"))

    def _stop(self) -> None:
        self._control.stop(self._what)

    def _busy(self, what: str, task: Task | None) -> None:
        if what not in (FETCH, VERIFY):
            return
        self._what = what
        self.working.setVisible(task is not None)
        for one in (self.fetch, self.verify):
            one.setEnabled(task is None)
        if task is not None:
            stage = task.progress.stage
            self.progress.name.setText(words.stage(stage) if stage else task.label)
            self.progress.show_share(task.progress.share)


class VerdictCard(Card):
    """Hidden until there is a verdict: the sentence first, then each point."""

    def __init__(self) -> None:
        super().__init__()
        self._sign = QLabel()
        self.headline = label("", "heading", True)
        self._points = column(spacing=8)
        head = row(self._sign, self.headline)
        head.setStretch(1, 1)
        self.add(head, boxed(self._points))
        self.hide()

    def show_checks(self, checks: Sequence[ModelCheck]) -> None:
        """The verdict on these points."""
        standings = [check.standing for check in checks]
        sign, tone = ("shield-alert", "bad") if "failed" in standings else ("shield-check", "good")
        self._sign.setPixmap(icons.pixmap(sign, 28, tone, self.devicePixelRatioF()))
        self.headline.setText(self._sentence(standings))
        empty(self._points)
        for one in checks:
            self._points.addWidget(_Point(one))
        self.setAccessibleName(self.headline.text())
        self.show()

    def _sentence(self, standings: Sequence[str]) -> str:
        if "failed" in standings:
            return self.tr("Do NOT use this model: something about it is wrong. Tell the other members of the project.")
        proved, missing = standings.count("proved"), standings.count("missing")
        text = fill(self.tr("%1 points are proved, none has failed."), proved)
        rest = fill(self.tr("%1 could not be looked at."), missing)
        return f"{text} {rest}" if missing else text


class _Point(QWidget):
    def __init__(self, check: ModelCheck) -> None:
        super().__init__()
        picture, colour = _SIGNS.get(check.standing, _SIGNS["missing"])
        mark = Picture(picture, 18, colour)
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        mark.setAccessibleName(words.standing(check.standing))
        text, remark = words.point(check.code, check.standing, check.details)
        said = column(label(text, "", True), spacing=1)
        if remark:
            said.addWidget(label(remark, "small", True))
        line = row(mark, said, spacing=10)
        line.setStretch(1, 1)
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)
        self.setAccessibleName(f"{text} {words.standing(check.standing)}")


def _listed(classes: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(classes[:most])
    return f"{shown}, … ({len(classes)})" if len(classes) > most else shown
