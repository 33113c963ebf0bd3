"""The page of one model."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QTabWidget, QWidget

from common.errors import Conflict
from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.state.desk import Desk
from desktop_client.state.models.control import ModelControl
from desktop_client.state.models.trials import Result, Trials
from desktop_client.ui.page import Page, scrolled
from desktop_client.ui.pages.model import words
from desktop_client.ui.pages.model.card_tab import CardTab
from desktop_client.ui.pages.model.check_tab import CheckTab
from desktop_client.ui.pages.model.export_tab import ExportTab
from desktop_client.ui.pages.model.results_tab import ResultsTab
from desktop_client.ui.pages.model.test_tab import TestTab
from desktop_client.ui.widgets.basics import Badge, button, row
from desktop_client.ui.widgets.dialogs import Question, confirm_by_typing
from desktop_client.ui.words import fill, percent, short_id


class ModelPage(Page):
    """Opened for the id of a training, or for a model file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Model"), is_scrolled=False)
        self.control, self.trials = ModelControl(desk, self), Trials(desk, self)
        self.project = self.add_action(button(self.tr("Open project"), self._open_project, "flat", "folder-kanban"))
        self.forget = self.add_action(button(self.tr("Forget at the servers"), self._ask_forget, "danger", "trash-2"))
        self.place, self.revision, self.network = Badge(), Badge(), Badge()
        self.source, self.accuracy = Badge(), Badge()
        self.check, self.test = CheckTab(self.control), TestTab(desk, self.trials)
        self.results = ResultsTab(desk, self.trials)
        self.exports, self.card = ExportTab(desk, self.control), CardTab(desk, self.control)
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        for tab, title, is_scrolled in (
            (self.check, self.tr("Fetch and check"), True),
            (self.test, self.tr("Test"), True),
            (self.results, self.tr("Results"), True),
            (self.exports, self.tr("Export"), True),
            (self.card, self.tr("Model card"), False),
        ):
            self.tabs.addTab(_framed(tab, is_scrolled), title)
        self.add(row(self.place, self.accuracy, self.revision, self.network, self.source, None))
        self.add(self.tabs, stretch=1)
        self.dialog: Question | None = None
        self._looked_at: tuple[str, Path | None] = ("", None)
        self._connect()
        self._blank()

    def open(self, subject: str) -> None:
        """Show a model; another one begins at the first tab."""
        if subject != self.control.subject:
            self._blank()
            self.tabs.setCurrentIndex(0)
        self.banner.hide()
        self.control.open(subject)

    def refresh(self) -> None:
        if self.control.subject:
            self.control.refresh()

    def leave(self) -> None:
        """What was begun goes on; pictures of mistakes are not asked for any more."""
        self.control.close()
        self.trials.close()

    def _connect(self) -> None:
        for part in (self.control, self.trials):
            part.failed.connect(self.show_error)
        self.control.shown.connect(self._show)
        self.control.forgotten.connect(self._tell_forgotten)
        self.trials.tested.connect(self._show_accuracy)
        self.test.tested.connect(lambda: self.tabs.setCurrentIndex(2))
        self.test.failed.connect(self.show_error)
        self.tabs.currentChanged.connect(lambda _: self._look())

    def _blank(self) -> None:
        parts = (self.place, self.revision, self.network, self.source, self.accuracy, self.project, self.forget)
        for part in (*parts, self.tabs):
            part.setVisible(False)
        self.title.setText(self.tr("Model"))
        self.subtitle.hide()
        self.trials.use(None, False)
        self.results.show_result(None)

    def _show(self, view: ModelView) -> None:
        spec = view.specification
        self.title.setText(view.name or self.tr("Model of unknown origin"))
        self.subtitle.setText(fill(self.tr("Model of training %1"), short_id(view.job)))
        self.subtitle.setToolTip(view.job)
        for part in (self.subtitle, self.tabs, self.place):
            part.setVisible(True)
        self.place.show_state(*self._place(view))
        for badge in (self.revision, self.network, self.source):
            badge.setVisible(spec is not None)
        if spec is not None:
            self.revision.show_state(fill(self.tr("Revision %1"), spec.revision), "neutral")
            self.network.show_state(words.network(spec.model.name), "neutral")
            self.source.show_state(fill(self.tr("Preparation: %1"), words.preparation(spec.preparation)), "info")
        self.project.setVisible(bool(view.project))
        self.forget.setVisible(view.is_owner)
        # An owner need not be a tester: only servers that say that they keep nothing have nothing to forget.
        is_kept = not isinstance(view.untestable, Conflict)
        self.forget.setEnabled(is_kept)
        self.forget.setToolTip("" if is_kept else self.tr("The servers keep nothing of it any more."))
        for tab in (self.check, self.test, self.exports, self.card):
            tab.show_view(view)
        self.trials.use(view.file, view.info is not None and view.info.is_tested)
        if self._looked_at != (view.job, view.file):
            self._looked_at = (view.job, view.file)
            self._look()
        if view.away is not None:
            self.banner.say(self.tr("The servers do not answer; what is on this device is shown."), "warn")
        elif self.banner.property("tone") == "warn":
            self.banner.hide()

    def _place(self, view: ModelView) -> tuple[str, str]:
        if view.file is not None:
            return self.tr("on this device"), "good"
        return (self.tr("ready to fetch"), "info") if view.may_fetch else (self.tr("for testing"), "neutral")

    def _show_accuracy(self, result: Result) -> None:
        self.accuracy.show_state(fill(self.tr("%1 right"), percent(result.trial.evaluation.accuracy)), "info")
        self.accuracy.show()

    def _look(self) -> None:
        if self.control.view is not None:
            for place, tab in ((3, self.exports), (4, self.card)):
                if self.tabs.currentIndex() == place:
                    tab.look()

    def _open_project(self) -> None:
        if self.control.view is not None:
            self.desk.go("project", self.control.view.project)

    def _ask_forget(self) -> None:
        view = self.control.view
        if view is None:
            return
        text = self.tr(
            "Both servers delete their shares of the weights. Nobody can test the model there any more, and this "
            "cannot be undone. Models that were fetched stay where they are, and can still be fetched by recipients."
        )
        self.dialog = confirm_by_typing(
            self, self.tr("Have the servers forget this model?"), text, view.name, self.tr("Forget"),
            lambda: self.desk.with_keys(self.control.forget),
        )  # fmt: skip

    def _tell_forgotten(self, at_a: bool, at_b: bool) -> None:
        if at_a and at_b:
            self.banner.say(self.tr("Both servers have forgotten the weights."), "good")
        else:
            text = self.tr("Server A: %1. Server B: %2.")
            had, none = self.tr("forgotten"), self.tr("nothing was kept")
            self.banner.say(fill(text, had if at_a else none, had if at_b else none), "info")


def _framed(tab: QWidget, is_scrolled: bool) -> QWidget:
    layout = tab.layout()
    if layout is not None:
        layout.setContentsMargins(0, 12, 8 if is_scrolled else 0, 0)
    return scrolled(tab) if is_scrolled else tab
