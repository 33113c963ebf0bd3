"""Bring in images: choose, look, prepare, describe, review, send; back and forth, and all of it kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget

from common.errors import AppError
from desktop_client.jobs import datasets, importing
from desktop_client.jobs.importing import Import, Standing
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.page import Page
from desktop_client.ui.pages.data.steps.choose import ChooseStep
from desktop_client.ui.pages.data.steps.describe import DescribeStep
from desktop_client.ui.pages.data.steps.look import LookStep
from desktop_client.ui.pages.data.steps.prepare import PrepareStep
from desktop_client.ui.pages.data.steps.review import ReviewStep
from desktop_client.ui.pages.data.steps.send import SendStep
from desktop_client.ui.pages.data.steps.step import Step, Stepper
from desktop_client.ui.widgets.basics import button, label, row
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.widgets.drop import local_paths

CHOOSE, LOOK, PREPARE, DESCRIBE, REVIEW, SEND = range(6)
PATHS = "paths:"
"""A subject that begins with this names files and folders, one a line; another one is the id of an import."""


class ImportPage(Page):
    """Opened with nothing (what is open stays), with paths that were dropped elsewhere, or with the id of an import."""

    def __init__(self, desk: Desk, draft: ImportDraft | None = None) -> None:
        super().__init__(desk, self.tr("Bring in images"), is_scrolled=False)
        self.draft = draft or ImportDraft(desk)
        self.draft.setParent(self)
        self.setAcceptDrops(True)
        self.choose = ChooseStep(desk, self.draft)
        self.look = LookStep(desk, self.draft)
        self.prepare = PrepareStep(desk, self.draft)
        self.describe = DescribeStep(desk, self.draft)
        self.review = ReviewStep(desk, self.draft)
        self.send = SendStep(desk, self.draft)
        self.steps: tuple[Step, ...] = (
            self.choose, self.look, self.prepare, self.describe, self.review, self.send,
        )  # fmt: skip
        names = (
            self.tr("Choose"), self.tr("Look"), self.tr("Prepare"), self.tr("Describe"), self.tr("Review"),
            self.tr("Send"),
        )  # fmt: skip
        self.stepper, self._furthest = Stepper(names), CHOOSE
        self.stack = QStackedWidget()
        for step in self.steps:
            self.stack.addWidget(step)
        self.back = button(self.tr("Back"), lambda: self.go_to(self.place - 1), icon="chevron-left")
        self.next = button(self.tr("Next"), lambda: self.go_to(self.place + 1), "primary")
        self.hint = label("", "muted", True)
        foot = row(self.back, self.hint, self.next, spacing=12)
        foot.setStretch(1, 1)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.add(self.stepper)
        self.add(self.stack, stretch=1)
        self.add(foot)
        self.again = self.add_action(button(self.tr("Start over"), self._ask_again, "flat", "rotate-ccw"))
        self._connect()
        self._show()

    @property
    def place(self) -> int:
        """Which step is shown."""
        return self.stack.currentIndex()

    def open(self, subject: str) -> None:
        self.banner.hide()
        self.draft.viewing.start()
        if subject.startswith(PATHS):
            self.bring(subject.removeprefix(PATHS).split("\n"))
        elif subject and subject != self.draft.number:
            self.draft.open(subject)
        elif self.send.number and not subject and self._is_over():
            self._start_over()
        self._show()

    def leave(self) -> None:
        self.steps[self.place].leave()
        self.draft.close()

    def bring(self, paths: Sequence[str]) -> None:
        """Begin with these files and folders."""
        self.banner.hide()
        self.send.number = ""
        self._furthest = LOOK
        self._turn_to(LOOK)
        self.draft.bring(paths)
        self._default_name(paths)
        self._show()

    def go_to(self, place: int) -> None:
        """Another step, if every step before it is complete."""
        if place > self.place and self._reachable() < place:
            return
        if place > LOOK and not self.draft.number:
            self.draft.save()
        self._turn_to(place)

    def show_error(self, error: AppError) -> None:
        super().show_error(error)
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.place in (CHOOSE, LOOK) and local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.bring(paths)

    def _connect(self) -> None:
        self.stepper.wanted.connect(self.go_to)
        self.choose.brought.connect(self.bring)
        self.choose.bundles.connect(self._bring_bundles)
        self.draft.opened.connect(self._opened)
        self.draft.failed.connect(self.show_error)
        self.draft.saved.connect(self._show)
        self.send.ended.connect(self._finish)
        self.send.given_up.connect(self._give_up)
        for step in self.steps:
            step.changed.connect(self._show)

    def _turn_to(self, place: int) -> None:
        if place != self.place:
            self.steps[self.place].leave()
            self.stack.setCurrentIndex(place)
            self.steps[place].enter()
        self._furthest = max(self._furthest, place)
        self._show()

    def _reachable(self) -> int:
        """The furthest step that can be gone to from where one is."""
        if not self.draft.selection.paths:
            return CHOOSE
        return self.place if self.steps[self.place].problem else max(self._furthest, min(self.place + 1, SEND))

    def _show(self) -> None:
        is_begun = self.place == SEND and self.send.is_begun
        self.stepper.show_place(self.place, self._reachable(), is_begun)
        self.back.setVisible(self.place > CHOOSE and not is_begun)
        self.next.setVisible(CHOOSE < self.place < SEND)
        problem = self.steps[self.place].problem
        self.next.setEnabled(not problem)
        self.hint.setText(problem if self.place not in (CHOOSE, SEND) else "")
        self.again.setVisible(self.place > CHOOSE and not is_begun)

    def _default_name(self, paths: Sequence[str]) -> None:
        name = Path(paths[0]).stem if len(paths) == 1 else Path(paths[0]).parent.name
        self.draft.set_about(name=name.strip()[:100])

    def _bring_bundles(self, folder: str) -> None:
        def done(found: Import) -> None:
            self.draft.open(found.id)

        self.banner.hide()
        self.desk.run(lambda: importing.bring_bundles(self.desk.office, Path(folder)), done, self.show_error)

    def _opened(self, found: Import) -> None:
        is_draft = not found.has_bundles and not found.is_running and not found.is_brought
        self.send.show_import(found)
        self._turn_to(LOOK if is_draft and found.standing is not Standing.UPLOADED else SEND)

    def _is_over(self) -> bool:
        task = self.send.task
        return task is not None and task.state.is_final and task.error is None

    def _finish(self) -> None:
        """The import is over: nothing of it needs to be kept, unless its bundles are still to be carried."""
        number, task = self.send.number, self.send.task
        self._start_over()
        if number and task is not None and not task.is_split_only:
            self.desk.run(lambda: importing.delete_import(self.desk.office, number), None, lambda error: None)

    def _ask_again(self) -> None:
        text = self.tr("What you have done so far is kept as a draft; you find it under Data.")
        confirm(self, self.tr("Start over?"), text, self.tr("Start over"), self._start_over)

    def _start_over(self) -> None:
        self.steps[self.place].leave()
        self.draft.forget()
        self._furthest = CHOOSE
        self.send.number = ""
        self.stack.setCurrentIndex(CHOOSE)
        self._show()

    def _give_up(self, number: str) -> None:
        task = self.send.task

        def delete() -> None:
            self.desk.run(lambda: datasets.abandon_import(self.desk.office, number), gone, self.show_error)

        def gone(_: None) -> None:
            self.desk.say(self.tr("The import was cancelled"))
            self._start_over()

        def ended(one: object) -> None:
            if one is task:
                self.desk.tasks.ended.disconnect(ended)
                delete()

        if task is not None and task.cancel is not None:
            self.desk.tasks.ended.connect(ended)
            task.cancel()
        else:
            delete()
