"""The wizard for a new project, for a draft, and for the next revision of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QScrollArea, QStackedWidget

from common.errors import AppError
from desktop_client.jobs.projects.drafting import Created
from desktop_client.state.desk import Desk
from desktop_client.state.projects.publishing import Publishing
from desktop_client.state.projects.wizard import STEPS, Wizard
from desktop_client.ui.page import Page, scrolled
from desktop_client.ui.pages.projects.stepper import Stepper
from desktop_client.ui.pages.projects.steps.about import AboutStep
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.pages.projects.steps.data import DataStep
from desktop_client.ui.pages.projects.steps.hiding import HidingStep
from desktop_client.ui.pages.projects.steps.model import ModelStep
from desktop_client.ui.pages.projects.steps.people import PeopleStep
from desktop_client.ui.pages.projects.steps.preparation import PreparationStep
from desktop_client.ui.pages.projects.steps.review import ReviewStep
from desktop_client.ui.pages.projects.steps.training import TrainingStep
from desktop_client.ui.widgets.basics import Card, boxed, button, label, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.upload.projects.drafts import FoundDraft

_NAMES = tuple(STEPS)


_MAKERS: Final[Mapping[str, Callable[[Wizard], Step]]] = {
    "about": AboutStep,
    "data": DataStep,
    "model": ModelStep,
    "hiding": HidingStep,
    "training": TrainingStep,
    "preparation": PreparationStep,
    "people": PeopleStep,
}


class WizardPage(Page):
    """Subject: nothing for a new project, an id for a draft or the next revision, ``copy:ID`` for one like it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("New project"), " ", is_scrolled=False)
        self.wizard = Wizard(desk, self)
        self.publishing = Publishing(self.wizard, self)
        self.steps: dict[str, Step] = {}
        """Those that were shown already."""
        self.step = _NAMES[0]
        self._seen: set[str] = set()
        self._question: Question | None = None
        self.stepper = Stepper()
        self.stack = QStackedWidget()
        self._areas: dict[str, QScrollArea] = {}
        self.loading = Card()
        self.loading.add(label(self.tr("Asking the servers …"), "muted"))
        self.save = self.add_action(button(self.tr("Save as draft"), self._save, "", "save"))
        self.back = button(self.tr("Back"), lambda: self._move(-1), "", "arrow-left")
        self.next = button(self.tr("Next"), lambda: self._move(1), "primary")
        self.sign = button(self.tr("Sign and create"), self._create, "primary", "pencil")
        self.footer = boxed(row(self.back, None, self.next, self.sign))
        self.add(self.stepper, self.loading)
        self.add(self.stack, stretch=1)
        self.add(self.footer)
        self._connect()
        self._show_loaded()

    @property
    def review(self) -> ReviewStep:
        """The last step."""
        found = self.step_of(_NAMES[-1])
        if not isinstance(found, ReviewStep):
            raise TypeError("the last step is the review")
        return found

    def step_of(self, name: str) -> Step:
        """A step, made when it is first wanted: all at once would hold the window up."""
        if name not in self.steps:
            made = self._made(name)
            self.steps[name] = made
            self._areas[name] = scrolled(made)
            self.stack.addWidget(self._areas[name])
            if self.wizard.writing is not None:
                made.refreshed()
                made.show_all()
        return self.steps[name]

    def open(self, subject: str) -> None:
        """Go on with what is open unless another subject is wanted; unsaved choices are not lost without a question."""
        if subject != self.wizard.subject and self.wizard.is_dirty and self.wizard.subject is not None:
            text = self.tr("What you changed since the last save would be lost.")
            self._question = confirm(
                self, self.tr("Leave what you were writing?"), text, self.tr("Leave it"), lambda: self._open(subject),
                is_danger=True,
            )  # fmt: skip
            return
        self._open(subject)

    def refresh(self) -> None:
        self.wizard.refresh()

    def go(self, step: str) -> None:
        """Show a step."""
        self._seen.add(self.step)
        self.step = step
        if step == _NAMES[-1]:
            self._seen.add(step)
        self.stepper.show_current(step)
        shown = self.step_of(step)
        self.stack.setCurrentWidget(self._areas[step])
        if self.wizard.writing is not None:
            self.wizard.check()
            shown.show_all()
            shown.entered()
        self._show_buttons()

    def _open(self, subject: str) -> None:
        if subject != self.wizard.subject:
            self.banner.hide()
            self.publishing.stop()
            self.wizard.open(subject)
            self._seen.clear()
            self.go(_NAMES[0])
            self._show_loaded()
        else:
            self.wizard.refresh()

    def _made(self, name: str) -> Step:
        if name == _NAMES[-1]:
            review = ReviewStep(self.wizard, self.publishing)
            review.step_wanted.connect(self.go)
            return review
        return _MAKERS[name](self.wizard)

    def _connect(self) -> None:
        self.stepper.chosen.connect(self.go)
        self.wizard.loaded.connect(self._loaded)
        self.wizard.changed.connect(self._changed)
        self.wizard.checked.connect(self._checked)
        self.wizard.catalogued.connect(self._catalogued)
        self.wizard.failed.connect(self._failed)
        self.publishing.failed.connect(self._failed)
        self.publishing.saved.connect(self._saved)
        self.publishing.conflict.connect(self._ask_which)
        self.publishing.created.connect(self._created)
        self.publishing.composed.connect(lambda found: self._show_buttons())
        self.publishing.busy_changed.connect(lambda what: self._show_buttons())

    def _loaded(self) -> None:
        self._show_loaded()
        for step in self.steps.values():
            step.refreshed()
            step.show_all()
        self._show_titles()
        self._show_buttons()

    def _changed(self, field: str) -> None:
        self.banner.hide()
        if field in ("model", "training.optimizer"):
            self.step_of(self.step).show_all()
        self._show_titles()
        self._show_buttons()

    def _checked(self) -> None:
        self.step_of(self.step).show_problems()
        for name in _NAMES:
            self.stepper.show_state(name, name in self._seen, bool(self._problems(name)))
        self._show_buttons()

    def _problems(self, name: str) -> bool:
        return bool(self.wizard.problems if name == "review" else self.wizard.problems_of(name))

    def _catalogued(self) -> None:
        if self.wizard.writing is not None:
            for step in self.steps.values():
                step.refreshed()

    def _failed(self, error: AppError) -> None:
        self._show_loaded()
        self._show_buttons()
        self.show_error(error)

    def _saved(self, version: int) -> None:
        self.desk.say(self.tr("Saved as a draft, version %1").replace("%1", str(version)))
        self._show_titles()
        self._show_buttons()

    def _created(self, created: Created) -> None:
        found = created.specification
        text = self.tr("The project is at both servers.")
        if created.consented:
            text += " " + self.tr("You have consented for %n data set(s).", "", created.consented)
        self.desk.say(text)
        if created.trouble is not None:
            self.desk.show_error(created.trouble)
        self.desk.go("project", found.project_id)

    def _ask_which(self, draft: FoundDraft) -> None:
        """Somebody else has saved a newer version: theirs, or this one over it."""
        text = self.tr("%1 has saved version %2 meanwhile. Saving yours replaces it; taking theirs drops your changes.")
        text = text.replace("%1", draft.author).replace("%2", str(draft.version))
        made = Question(self, self.tr("Somebody else has changed this draft"), text, self.tr("Save mine over it"), True)
        made.no.setText(self.tr("Cancel"))
        theirs = button(self.tr("Take theirs"), made.reject)
        theirs.clicked.connect(lambda: self.publishing.take_theirs(draft))
        made.body.addWidget(theirs)
        made.accepted.connect(lambda: self.publishing.keep_mine(draft, self.tr("New project")))
        self._question = made
        made.open()

    def _move(self, by: int) -> None:
        if by > 0 and self.wizard.is_dirty and self.desk.office.is_unlocked and self._is_saved():
            self._save()
        self.go(_NAMES[min(max(_NAMES.index(self.step) + by, 0), len(_NAMES) - 1)])

    def _is_saved(self) -> bool:
        return self.wizard.writing is not None and self.wizard.writing.version > 0 and self.wizard.can_write

    def _save(self) -> None:
        self.banner.hide()
        self.publishing.save(self.tr("New project"))

    def _create(self) -> None:
        self.banner.hide()
        self.publishing.create(self.review.wanted_days, self.review.wants_reminder)

    def _show_loaded(self) -> None:
        is_there = self.wizard.writing is not None
        self.loading.setVisible(not is_there and self.wizard.subject is not None)
        for part in (self.stepper, self.stack, self.footer):
            part.setVisible(is_there)
        self.save.setVisible(is_there)

    def _show_titles(self) -> None:
        writing = self.wizard.writing
        if writing is None:
            return
        name = writing.outline.name.strip()
        if writing.before is not None:
            title = self.tr("Revision %1 of %2").replace("%1", str(writing.revision))
            self.title.setText(title.replace("%2", writing.before.body["name"]))
        else:
            self.title.setText(name or self.tr("New project"))
        if not writing.version:
            told = self.tr("Not saved yet. A draft can be written by several people; it binds nobody.")
        elif self.wizard.is_dirty:
            told = self.tr("Draft, version %1 by %2; your changes since are not saved.")
        else:
            told = self.tr("Draft, version %1 by %2. It binds nobody.")
        self.subtitle.setText(told.replace("%1", str(writing.version)).replace("%2", writing.author))
        self.subtitle.show()

    def _show_buttons(self) -> None:
        wizard, busy = self.wizard, self.publishing.busy
        self.save.setEnabled(wizard.can_write and (wizard.is_dirty or not self._is_saved()) and not busy)
        self.back.setEnabled(self.step != _NAMES[0])
        is_last = self.step == _NAMES[-1]
        self.next.setVisible(not is_last)
        self.sign.setVisible(is_last)
        is_next = wizard.writing is not None and wizard.writing.revision > 1
        self.sign.setText(self.tr("Sign and publish") if is_next else self.tr("Sign and create"))
        self.sign.setEnabled(self.publishing.specification is not None and wizard.can_publish and not busy)
