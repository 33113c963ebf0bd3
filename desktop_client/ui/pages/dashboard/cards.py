"""Cards of the dashboard: a training that runs, what waits for the person, and the first steps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop_client.jobs.overview.summary import Summary, Waiting
from desktop_client.jobs.trainings.rows import Training
from desktop_client.state.desk import Desk
from desktop_client.ui.pages.dashboard.words import job_state
from desktop_client.ui.widgets.basics import Badge, Card, button, column, empty, label, row
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import duration, percent, short_id


class TrainingRow(Card):
    """One training: its project, its state, how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.state, self.bar = Badge(), Bar()
        line = row(self.bar, self.state, spacing=12)
        line.setStretch(0, 1)
        self.add(line)

    def show_training(self, one: Training, name: str) -> None:
        """Where it is now."""
        self.bar.name.setText(f"{name or short_id(one.project)}  ·  {short_id(one.job)}")
        self.setAccessibleName(self.bar.name.text())
        left = one.seconds_left
        text = percent(one.share, 0)
        if left and one.is_running:
            text += ", " + self.tr("about %1 left").replace("%1", duration(left))
        self.bar.show_share(one.share, text)
        self.state.show_state(*job_state(one.state))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class WaitingCard(Card):
    """What waits for the person's decision; leads to where it is decided."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Waiting for you"))
        self.lines = column(spacing=6)
        self.go = button(self.tr("Decide"), lambda: desk.go("approvals"), icon="inbox")
        self.add(self.lines, row(self.go, None))
        self._shown: Waiting | None = None

    def show_waiting(self, waiting: Waiting) -> None:
        """Count it, by what it is."""
        if waiting == self._shown:
            return
        self._shown = waiting
        empty(self.lines)
        texts = (
            (len(waiting.consents), self.tr("%n consent(s) to give or decline", "", len(waiting.consents))),
            (len(waiting.ending), self.tr("%n consent(s) that end soon", "", len(waiting.ending))),
            (len(waiting.registrations), self.tr("%n person(s) to approve", "", len(waiting.registrations))),
        )
        for count, text in texts:
            if count:
                self.lines.addWidget(label(text, "strong", True))
        if not waiting.count:
            self.lines.addWidget(label(self.tr("Nothing: you have decided everything."), "muted", True))
        self.go.setVisible(waiting.count > 0)


class FirstSteps(Card):
    """For somebody who has nothing yet: bring in images, make a project, train."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("First steps"))
        self.add(
            label(
                self.tr(
                    "Images never leave this device as images: they are split into two shares, one for each server."
                ),
                "muted",
                True,
            )
        )
        self.import_images = button(self.tr("Bring in images"), lambda: desk.go("import"), "primary", "image-plus")
        self.new_project = button(self.tr("New project"), lambda: desk.go("wizard"), icon="folder-plus")
        bring = self.tr("Choose a folder; it is split here and uploaded as shares.")
        agree = self.tr("Choose data sets, a model and who receives it; all owners consent.")
        train = self.tr("Start the training on the page of the project and watch it here.")
        steps = (
            (self.tr("1. Bring in images"), bring, self.import_images),
            (self.tr("2. Make a project"), agree, self.new_project),
            (self.tr("3. Train"), train, None),
        )
        columns = row(spacing=24)
        for title, text, action in steps:
            parts = [label(title, "strong"), label(text, "", True)]
            made = column(*parts, spacing=6)
            made.addStretch(1)
            if action is not None:
                made.addLayout(row(action, None))
            columns.addLayout(made, 1)
        self.add(columns)

    def show_summary(self, summary: Summary) -> None:
        """Only while there is nothing at all."""
        self.setVisible(summary.is_new_here)
