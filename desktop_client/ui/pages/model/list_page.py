"""The list of models: on this device, and at the servers to be fetched."""

from __future__ import annotations

from common.errors import AppError, Cancelled
from desktop_client.jobs.models.catalogue import Catalogue, ModelEntry
from desktop_client.state.desk import Desk
from desktop_client.state.models.listing import Fetches, ModelList
from desktop_client.state.models.verdicts import FAILED, VERIFIED, recalled
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.page import Page
from desktop_client.ui.pages.model import words
from desktop_client.ui.widgets.basics import Empty, boxed, button, label, row
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import fill, moment, percent, short_id

_WIDTHS = (210, 160, 80, 140, 130, 130, 100)


class ModelsPage(Page):
    """Models that were fetched, and those of finished trainings that this person receives or may test."""

    def __init__(self, desk: Desk) -> None:
        subtitle = self.tr(
            "Models of finished trainings. A model leaves the servers only as two shares sealed for you."
        )
        super().__init__(desk, self.tr("Models"), subtitle, is_scrolled=False)
        self.list = ModelList(desk, self)
        self.fetches = desk.lasting(Fetches)
        self.model: RowTable[ModelEntry] = RowTable(self._columns())
        nothing = Empty(
            "brain",
            self.tr("There is no model yet"),
            self.tr(
                "A model appears here when a training of your projects has finished and you are among its recipients."
            ),
            button(self.tr("Go to projects"), lambda: desk.go("projects"), "", "folder-kanban"),
        )
        self.table = DataTable(self.model, nothing, "models", desk.preferences)
        self.table.set_widths(_WIDTHS)
        self.table.search_in(lambda found: f"{found.name} {found.job} {words.network(found.model)}")
        places = [("here", self.tr("On this device")), ("servers", self.tr("At the servers"))]
        self.table.add_filter(
            self.tr("Every place"), places, lambda found, value: (found.file is not None) == (value == "here")
        )
        self.enter = button(self.tr("Open"), lambda: self._open(self.table.current), "", "arrow-right")
        self.fetch = self.add_action(button(self.tr("Fetch"), self._fetch, "primary", "download"))
        self.progress = Bar(self.tr("Fetching"))
        self.stop = button(self.tr("Stop"), self._stop, "flat")
        self.about = label("", "muted")
        self.add(self.table, stretch=1)
        self.working = boxed(row(self.progress, self.stop))
        actions = row(self.enter, self.working, self.about, None, spacing=12)
        actions.setStretch(1, 1)
        self.add(actions)
        self._connect()
        self._show_actions()

    def refresh(self) -> None:
        self.list.refresh()

    def _connect(self) -> None:
        self.table.chosen.connect(self._open)
        self.table.selected.connect(lambda found: self._show_actions())
        self.list.changed.connect(self._changed)
        self.list.failed.connect(self.show_error)
        self.fetches.moved.connect(self._moved)
        self.fetches.fetched.connect(self._fetched)
        self.fetches.failed.connect(self._not_fetched)

    def _columns(self) -> tuple[Column[ModelEntry], ...]:
        def tone(role: int, found: ModelEntry) -> str | None:
            return self._state(found)[1] if role == ToneRole else None

        def test_tone(role: int, found: ModelEntry) -> str | None:
            return "good" if role == ToneRole and found.accuracy is not None else None

        return (
            Column(self.tr("Project"), lambda found: found.name or short_id(found.job)),
            Column(self.tr("Network"), lambda found: words.network(found.model) if found.model else "–"),
            Column(self.tr("Revision"), _revision, lambda found: found.revision, True),
            Column(self.tr("Trained"), lambda found: moment(found.ended) if found.ended else "–", lambda f: f.ended),
            Column(self.tr("State"), lambda found: self._state(found)[0], extra=tone),
            Column(self.tr("Test"), self._test, lambda found: found.accuracy or 0.0, extra=test_tone),
            Column(self.tr("Training"), lambda found: short_id(found.job), tip=lambda found: found.job),
        )

    def _state(self, found: ModelEntry) -> tuple[str, str]:
        if found.error is not None:
            return (self.tr("damaged") if found.file is not None else self.tr("not readable")), "bad"
        if found.file is None:
            return (self.tr("ready to fetch"), "info") if found.may_fetch else (self.tr("for testing"), "neutral")
        verdict = recalled(self.desk.preferences, found.job, found.fetched)
        if verdict == FAILED:
            return self.tr("check failed"), "bad"
        return (self.tr("verified"), "good") if verdict == VERIFIED else (self.tr("fetched"), "neutral")

    def _test(self, found: ModelEntry) -> str:
        if found.accuracy is None:
            return self.tr("not tested") if found.file is not None else ""
        return fill(self.tr("%1 right"), percent(found.accuracy))

    def _changed(self, found: Catalogue) -> None:
        if tuple(self.model.rows) != found.entries:
            chosen = self.table.current
            self.model.replace(found.entries)
            for place, entry in enumerate(self.model.shown):
                if chosen is not None and entry.job == chosen.job:
                    self.table.view.setCurrentIndex(self.model.index(place, 0))
        if found.away is not None:
            self.banner.say(
                self.tr("The servers do not answer; only models on this device are shown."), "warn",
                details=str(found.away),
            )  # fmt: skip
        elif self.banner.property("tone") == "warn":
            self.banner.hide()
        self._show_actions()

    def _show_actions(self) -> None:
        found: ModelEntry | None = self.table.current
        task = self.fetches.running.get(found.job) if found is not None else None
        may_fetch = found is not None and found.file is None and found.may_fetch and found.error is None
        self.enter.setEnabled(found is not None)
        self.fetch.setEnabled(may_fetch and task is None)
        self.working.setVisible(task is not None)
        self.about.setVisible(task is None)
        if task is not None:
            self.progress.name.setText(words.stage(task.progress.stage) if task.progress.stage else task.label)
            self.progress.show_share(task.progress.share)
        self.about.setText(self._why_not(found))

    def _why_not(self, found: ModelEntry | None) -> str:
        if found is None or found.file is not None or found.error is not None or found.may_fetch:
            return ""
        return self.tr("The project names you as a tester, not as a recipient of the model.")

    def _open(self, found: ModelEntry | None) -> None:
        if found is not None:
            self.desk.go("model", found.job)

    def _fetch(self) -> None:
        found: ModelEntry | None = self.table.current
        if found is not None:
            self.banner.hide()
            self.fetches.begin(found.job, fill(self.tr("Fetch the model of %1"), found.name))

    def _stop(self) -> None:
        if self.table.current is not None:
            self.fetches.stop(self.table.current.job)

    def _moved(self, job: str) -> None:
        if self.isVisible():
            self._show_actions()

    def _fetched(self, job: str) -> None:
        if self.isVisible():
            self._show_actions()
            self.desk.say(self.tr("The model is on this device."))
            self.refresh()

    def _not_fetched(self, job: str, error: AppError) -> None:
        if self.isVisible():
            self._show_actions()
            if not isinstance(error, Cancelled):
                self.show_error(error)


def _revision(found: ModelEntry) -> str:
    return str(found.revision) if found.revision else "–"
