"""Try the model on images: on this device, or at the servers on secret shares."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QFileDialog, QRadioButton, QScrollArea, QWidget

from common.errors import AppError
from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.jobs.models.kept import Prediction, TrialOptions
from desktop_client.jobs.models.queries import Question
from desktop_client.jobs.task import Task
from desktop_client.state.desk import Desk
from desktop_client.state.models.asking import Questions
from desktop_client.state.models.trials import BEFORE, SERVERS, Result, Trials
from desktop_client.ui.messages import tell
from desktop_client.ui.pages.model import words
from desktop_client.ui.pages.model.figures.probabilities import PredictionCard
from desktop_client.ui.pages.model.query_card import QueryCard
from desktop_client.ui.pages.model.source import SourceArea
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row
from desktop_client.ui.widgets.progress import Bar, pace_text
from desktop_client.ui.words import fill, number

_LAST_FOLDER: Final = "test-folder"
_TABLE: Final = ".csv"
_LOSSES: Final = ("softmax", "logistic", "squared")


class TestTab(QWidget):
    """``tested()`` when there is a new result to look at, ``failed(error)`` if there is none."""

    __test__ = False
    tested = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, trials: Trials) -> None:
        super().__init__()
        self._desk, self._trials = desk, trials
        self.questions = desk.lasting(Questions)
        self._view: ModelView | None = None
        self._image = Path()
        self.here, self.servers = (
            QRadioButton(self.tr("On this device")),
            QRadioButton(self.tr("By secret-shared query")),
        )
        self._places = QButtonGroup(self)
        self.about = label("", "muted", True)
        self.source = SourceArea()
        self.fit, self.loss = QComboBox(), QComboBox()
        self.loss_row = row(label(self.tr("Trained with")), self.loss, None)
        self.progress = Bar(self.tr("Test"))
        self.stop = button(self.tr("Stop"), trials.stop, "flat")
        self.working = boxed(row(self.progress, self.stop))
        self.query = QueryCard(self.questions)
        self.prediction = PredictionCard()
        self._reveal = QTimer(self, singleShot=True, interval=0)
        self._build()
        self._connect()

    def show_view(self, view: ModelView) -> None:
        """What may be done with this model."""
        before = self._view
        is_other = before is None or (before.job, before.file) != (view.job, view.file)
        self._view = view
        if is_other:
            self.prediction.hide()
        self.here.setEnabled(view.file is not None)
        self.servers.setEnabled(view.testable is not None)
        wanted = self.servers if view.file is None and view.testable is not None else self.here
        if is_other or not self._is_possible():
            wanted.setChecked(True)
        self.loss_box.setVisible(view.info is not None and view.info.record is None)
        self.query.use(view.job)
        self._explain()

    def _build(self) -> None:
        for one in (self.here, self.servers):
            self._places.addButton(one)
        self.fit.addItem(self.tr("whole picture, stretched"), "stretch")
        self.fit.addItem(self.tr("centre, cropped"), "crop")
        self.fit.setAccessibleName(self.tr("How pictures are fitted"))
        for loss in _LOSSES:
            self.loss.addItem(loss, loss)
        self.loss.setAccessibleName(self.tr("Trained with"))
        self.loss_box = boxed(self.loss_row)
        fitted = row(label(self.tr("Pictures of another shape")), self.fit, 16, self.loss_box, None)
        where = Card(self.tr("Where the test is computed"))
        where.add(row(self.here, 16, self.servers, None), self.about, fitted)
        self.working.hide()
        self.setLayout(column(where, self.source, self.working, self.query, self.prediction, None, spacing=16))

    def _connect(self) -> None:
        self._places.buttonToggled.connect(lambda *_: self._explain())
        self.source.image_wanted.connect(self._choose_image)
        self.source.folder_wanted.connect(self._choose_folder)
        self.source.table_wanted.connect(self._choose_table)
        self.source.given.connect(self.test)
        self._reveal.timeout.connect(self._bring_into_view)
        self._trials.busy.connect(self._busy)
        self._trials.predicted.connect(self._predicted)
        self._trials.tested.connect(self._tested)
        self.query.answered.connect(self._answered)
        self.query.failed.connect(self.failed)

    def _bring_into_view(self) -> None:
        """The answer stands below what was asked with."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(self.prediction)

    def _is_possible(self) -> bool:
        chosen = self.here if self.here.isChecked() else self.servers
        return chosen.isEnabled()

    def _explain(self) -> None:
        view = self._view
        if view is None:
            return
        self.source.setEnabled(self._is_possible())
        if self.here.isChecked():
            text = self.tr("The images stay on this device. Nobody learns that you test, on what, or with what result.")
            if view.file is None:
                text = self.tr("The model is not on this device; fetch it first.")
            if view.testable is None and view.untestable is not None:
                # Why the other choice cannot be made belongs where it is looked for.
                text += "\n" + fill(self.tr("At the servers: %1"), _reason(view.untestable))
            self.about.setText(text)
        elif view.testable is not None:
            text = self.tr(
                "Each image is split on this device into two shares that say nothing alone. The servers compute on "
                "shares; only you can put the answer together. They learn that you test, when, and how many images of "
                "what size, but no image, no label and no answer. At most %1 images at a time."
            )
            self.about.setText(fill(text, number(view.testable.most)))

    def test(self, path: Path) -> None:
        """Test on what was chosen or dropped: one picture, or a labelled folder or table."""
        view = self._view
        if view is None or not self._is_possible():
            return
        self.prediction.hide()
        self._image = path
        options = TrialOptions(str(self.fit.currentData()), loss="" if self._has_record() else self.loss.currentText())
        is_picture = path.is_file() and path.suffix.lower() != _TABLE
        label_text = fill(self.tr("Test the model of %1"), view.name or view.job[:8])
        if self.servers.isChecked():
            self.questions.ask(Question(view.job, path, options), label_text)
        elif is_picture:
            self._trials.predict(path, options)
        else:
            self._trials.try_folder(path, options, label_text, view.job)

    def _has_record(self) -> bool:
        return self._view is None or self._view.info is None or self._view.info.record is not None

    def _choose_image(self) -> None:
        pictures, others = self.tr("Pictures"), self.tr("All files")
        kinds = f"{pictures} (*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp *.dcm);;{others} (*)"
        self._chosen(QFileDialog.getOpenFileName(self, self.tr("Choose a picture"), self._folder(), kinds)[0])

    def _choose_folder(self) -> None:
        self._chosen(
            QFileDialog.getExistingDirectory(self, self.tr("Choose a folder with one folder per class"), self._folder())
        )

    def _choose_table(self) -> None:
        self._chosen(QFileDialog.getOpenFileName(self, self.tr("Choose a table"), self._folder(), "CSV (*.csv)")[0])

    def _folder(self) -> str:
        return self._desk.preferences.text(_LAST_FOLDER, str(Path.home()))

    def _chosen(self, path: str) -> None:
        if path:
            self._desk.preferences.set_text(_LAST_FOLDER, str(Path(path).parent))
            self.test(Path(path))

    def _busy(self, task: Task | None) -> None:
        self.working.setVisible(task is not None)
        self.source.setEnabled(task is None and self._is_possible())
        if task is not None:
            stage = task.progress.stage
            self.progress.name.setText(words.stage(stage) if stage else task.label)
            self.progress.show_share(task.progress.share, pace_text(task))

    def _tested(self, result: Result) -> None:
        # Whoever looks at something else by now is left there.
        if result.origin != BEFORE and self.isVisible():
            self.tested.emit()

    def _predicted(self, found: Prediction) -> None:
        self.prediction.show_prediction(found, str(self._image))
        self._reveal.start()

    def _answered(self, job: str) -> None:
        asking = self.questions.of(job)
        if asking is None or asking.answered is None or self._view is None or self._view.job != job:
            return
        if asking.answered.prediction is not None:
            self.prediction.show_prediction(asking.answered.prediction, str(asking.question.source))
            self._reveal.start()
        elif asking.answered.trial is not None:
            self._trials.show(asking.answered.trial, SERVERS, asking.question.source, asking.question.options)


def _reason(error: AppError) -> str:
    return tell(error).sentence
