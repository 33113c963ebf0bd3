"""The page of one project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from PySide6.QtWidgets import QLineEdit, QTableView, QTabWidget, QVBoxLayout, QWidget

from common.errors import AppError
from desktop_client.jobs.trainings.history import history
from desktop_client.jobs.trainings.standing import ProjectView
from desktop_client.state.desk import Desk
from desktop_client.state.project.control import ProjectControl
from desktop_client.state.project.runs import RunsControl
from desktop_client.ui.page import Page, scrolled
from desktop_client.ui.pages.project.tabs.activity_tab import ActivityTab
from desktop_client.ui.pages.project.tabs.consents_tab import ConsentsTab
from desktop_client.ui.pages.project.tabs.data_tab import DataTab
from desktop_client.ui.pages.project.tabs.overview_tab import OverviewTab
from desktop_client.ui.pages.project.tabs.people_tab import PeopleTab
from desktop_client.ui.pages.project.tabs.runs_tab import RunsTab
from desktop_client.ui.pages.project.training.tab import TrainingTab
from desktop_client.ui.pages.project.words import preparation, project_state, role_name, server_name
from desktop_client.ui.widgets.basics import Badge, boxed, button, column, row
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.ui.words import fill

_PURPOSE: Final = 140
_T = TypeVar("_T", bound=QWidget)


class ProjectPage(Page):
    """Opened for the id of a project; ``ID/TAB`` opens it on a tab, ``ID/training/JOB`` at a training."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Project"), is_scrolled=False)
        self.control, self.runs_control = ProjectControl(desk, self), RunsControl(desk, self)
        self.state, self.role, self.revision, self.source = Badge(), Badge(), Badge(), Badge()
        self.change = self.add_action(button(self.tr("Change"), self._change, icon="pencil"))
        self.archive = self.add_action(button(self.tr("Archive"), self._ask_archive, "flat", "archive"))
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        self._made: dict[str, QWidget] = {}
        self._holders: dict[str, QVBoxLayout] = {}
        self._places: dict[str, int] = {}
        for name, title in (
            ("overview", self.tr("Overview")),
            ("people", self.tr("Members")),
            ("data", self.tr("Data")),
            ("consents", self.tr("Consents")),
            ("training", self.tr("Training")),
            ("runs", self.tr("Runs")),
            ("activity", self.tr("Activity")),
        ):
            self._holders[name] = column(spacing=0)
            self._places[name] = self.tabs.addTab(boxed(self._holders[name]), title)
        self.add(row(self.state, self.role, self.revision, self.source, None))
        self.add(self.tabs, stretch=1)
        self.dialog: Question | None = None
        self._is_warned = False
        self._connect()
        self._blank()

    def open(self, subject: str) -> None:
        """Show a project, perhaps at a tab or a training."""
        project, _, rest = subject.partition("/")
        tab, _, job = rest.partition("/")
        if project != self.control.project:
            self._blank()
            self.tabs.setCurrentIndex(0)
        self.banner.hide()
        self.control.open(project)
        if tab in self._places:
            self.tabs.setCurrentIndex(self._places[tab])
        if job:
            self.control.choose(job)

    def refresh(self) -> None:
        self.control.refresh()

    def leave(self) -> None:
        """Trainings are followed on; only questions about the project end."""
        self.control.close()
        self.runs_control.close()

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(self._places[name])

    def _connect(self) -> None:
        control = self.control
        control.shown.connect(self._show)
        control.failed.connect(self._failed)
        control.done.connect(self._tell_done)
        control.live.changed.connect(self._course_changed)
        self.tabs.currentChanged.connect(lambda _: self._tab_changed())

    def _blank(self) -> None:
        for part in (self.state, self.role, self.revision, self.source, self.change, self.archive, self.tabs):
            part.setVisible(False)
        self.title.setText(self.tr("Project"))
        self.subtitle.hide()

    def _show(self, view: ProjectView) -> None:
        spec = view.specification
        for part in (self.state, self.role, self.revision, self.source, self.tabs):
            part.setVisible(True)
        self.title.setText(spec.body["name"])
        purpose = spec.body["purpose"]
        self.subtitle.setText(purpose if len(purpose) <= _PURPOSE else purpose[: _PURPOSE - 1] + "…")
        self.subtitle.setVisible(bool(purpose))
        self.state.show_state(*project_state(view.state))
        self.role.show_state(fill(self.tr("You: %1"), role_name(view.role)), "neutral")
        self.revision.show_state(fill(self.tr("Revision %1"), spec.revision), "neutral")
        name, trust = preparation(spec.preparation)
        self.source.show_state(fill(self.tr("Preparation: %1"), name), "info")
        self.source.setToolTip(trust)
        is_owner = view.role == "owner"
        self.change.setVisible(is_owner and not view.is_archived)
        self.archive.setVisible(is_owner)
        self.archive.setText(self.tr("Restore") if view.is_archived else self.tr("Archive"))
        self._warn(view)
        for tab in self._made.values():
            _show_in(tab, view)
        self._show_live()
        self._tab_changed()

    def _warn(self, view: ProjectView) -> None:
        """What the servers do not agree on, or cannot say now."""
        is_said, self._is_warned = self._is_warned, True
        if view.is_different:
            text = self.tr("The servers show different revisions; who published the newer one has to repair it.")
            self.banner.say(text, "warn")
        elif view.away:
            names = ", ".join(server_name(role) for role in view.away)
            self.banner.say(fill(self.tr("%1 does not answer; this is what the other server says."), names), "warn")
        else:
            # What went wrong with a deed stays until the person has read it.
            self._is_warned = False
            if is_said:
                self.banner.hide()

    def _show_live(self) -> None:
        view = self.control.view
        if view is None:
            return
        newest = view.trainings[0] if view.trainings else None
        self.overview.show_view(view, self.control.live.course(newest.job) if newest is not None else None)

    @property
    def overview(self) -> OverviewTab:
        return self._tab("overview", OverviewTab)

    @property
    def people(self) -> PeopleTab:
        return self._tab("people", lambda: PeopleTab(self.desk.preferences))

    @property
    def data(self) -> DataTab:
        return self._tab("data", lambda: DataTab(self.desk.preferences))

    @property
    def consents(self) -> ConsentsTab:
        return self._tab("consents", lambda: ConsentsTab(self.control, self.desk.preferences))

    @property
    def training(self) -> TrainingTab:
        return self._tab("training", lambda: TrainingTab(self.desk, self.control))

    @property
    def runs(self) -> RunsTab:
        return self._tab("runs", lambda: RunsTab(self.desk, self.runs_control))

    @property
    def activity(self) -> ActivityTab:
        return self._tab("activity", lambda: ActivityTab(self.desk.preferences))

    def _tab(self, name: str, make: Callable[[], _T]) -> _T:
        """A tab, made when it is first wanted: all at once would hold the window up."""
        if name not in self._made:
            made = make()
            self._made[name] = made
            for table in made.findChildren(QTableView):
                table.setAccessibleName(table.accessibleName() or self.tabs.tabText(self._places[name]))
            framed = _framed(made, name not in ("people", "activity"))
            self._holders[name].addWidget(framed)
            self._wire(made)
            if self.control.view is not None:
                _show_in(made, self.control.view)
        found: Any = self._made[name]
        return cast("_T", found)

    def _wire(self, tab: QWidget) -> None:
        """Where a tab leads to."""
        if isinstance(tab, (OverviewTab, RunsTab)):
            tab.model_wanted.connect(lambda job: self.desk.go("model", job))
        if isinstance(tab, OverviewTab):
            tab.tab_wanted.connect(self.show_tab)
        elif isinstance(tab, RunsTab):
            tab.training_wanted.connect(self._open_training)
        elif isinstance(tab, PeopleTab):
            tab.change_wanted.connect(self._change)
        elif isinstance(tab, DataTab):
            tab.dataset_wanted.connect(lambda dataset: self.desk.go("dataset", dataset))

    def _course_changed(self, job: str) -> None:
        view = self.control.view
        if view is not None and self.isVisible() and any(one.job == job for one in view.trainings):
            self._show_live()
            self._show_history(view)

    def _tab_changed(self) -> None:
        current = next(name for name, place in self._places.items() if place == self.tabs.currentIndex())
        getattr(self, current)
        if self.control.view is None:
            return
        if self.tabs.currentIndex() == self._places["runs"]:
            self.runs.read()
        self._show_history(self.control.view)

    def _show_history(self, view: ProjectView) -> None:
        if self.tabs.currentIndex() == self._places["activity"]:
            jobs = {one.job for one in view.trainings}
            courses = {job: course for job, course in self.control.live.courses.items() if job in jobs}
            self.activity.show_history(history(view, courses), {one.id: one.name for one in view.datasets if one.name})

    def _open_training(self, job: str) -> None:
        self.control.choose(job)
        if self.control.view is not None:
            self.training.show_view(self.control.view)
        self.show_tab("training")

    def _failed(self, error: AppError) -> None:
        self._is_warned = False
        self.show_error(error)
        if "training" in self._made:
            self.training.controls.refresh()

    def _change(self) -> None:
        self.desk.go("wizard", self.control.project)

    def _ask_archive(self) -> None:
        view = self.control.view
        if view is None:
            return
        if view.is_archived:
            self.control.archive(False, "")
            return
        reason = QLineEdit()
        reason.setPlaceholderText(self.tr("Reason; every member can read it (may be empty)"))
        reason.setAccessibleName(self.tr("Reason; every member can read it (may be empty)"))
        text = self.tr("No training starts and no consent counts until it is restored. What runs already goes on.")
        self.dialog = confirm(
            self, self.tr("Archive this project?"), text, self.tr("Archive"),
            lambda: self.control.archive(True, reason.text()), is_danger=True,
        )  # fmt: skip
        self.dialog.body.addWidget(reason)

    def _tell_done(self, what: str, result: Any) -> None:
        if what == "remind":
            reminded, spared = result
            text = fill(self.tr("Reminded: %1."), ", ".join(reminded) or self.tr("nobody"))
            if spared:
                text += " " + fill(self.tr("Reminded less than a day ago: %1."), ", ".join(spared))
            self.desk.say(text)
            return
        words = {
            "start": self.tr("The training has been started."),
            "give": self.tr("Your consent is signed; both servers have it."),
            "decline": self.tr("Your refusal is signed; both servers have it."),
            "withdraw": self.tr("Your consent is taken back."),
            "archive": self.tr("The project is archived."),
            "restore": self.tr("The project is restored."),
            "stop": self.tr("The training is stopped at both servers."),
        }
        if what in words:
            self.desk.say(words[what])
        if what == "start":
            self.show_tab("training")


def _show_in(tab: QWidget, view: ProjectView) -> None:
    """The project as it stands, in every tab but those that show how trainings go, too."""
    if isinstance(tab, (PeopleTab, DataTab, ConsentsTab, TrainingTab, RunsTab)):
        tab.show_view(view)


def _framed(tab: QWidget, is_scrolled: bool) -> QWidget:
    layout = tab.layout()
    if layout is not None:
        layout.setContentsMargins(0, 12, 8 if is_scrolled else 0, 0)
    return scrolled(tab) if is_scrolled else tab
