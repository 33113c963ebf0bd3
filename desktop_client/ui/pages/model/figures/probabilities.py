"""What a model says about one picture: the picture as it saw it, and a bar for each class."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy

from desktop_client.jobs.models.kept import Prediction
from desktop_client.ui.widgets.basics import Card, boxed, column, empty, label, restyle, row
from desktop_client.ui.words import fill, percent

_SIDE: Final = 240
_MOST: Final = 12
_STEPS: Final = 1000


class PredictionCard(Card):
    """Hidden until there is something to show; the likeliest classes first."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.headline, self.remark = label("", "heading", True), label("", "muted", True)
        self.file = label("", "small", True)
        self._bars = QGridLayout()
        self._bars.setColumnStretch(1, 1)
        self._bars.setHorizontalSpacing(12)
        said = column(self.headline, self.remark, boxed(self._bars), self.file, None, spacing=10)
        whole = row(self.picture, said, spacing=20)
        whole.setStretch(1, 1)
        whole.setAlignment(self.picture, Qt.AlignmentFlag.AlignTop)
        self.add(whole)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_prediction(self, found: Prediction, file: str) -> None:
        """Another picture."""
        shown = QPixmap()
        shown.loadFromData(found.seen)
        self.picture.setVisible(not shown.isNull())
        if not shown.isNull():
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(shown.scaled(_SIDE, _SIDE, keep, smooth))
        self.picture.setAccessibleName(self.tr("The picture as the model sees it"))
        chances = sorted(enumerate(found.probabilities), key=lambda one: (-one[1], one[0]))
        self.headline.setText(fill(self.tr("Taken for %1"), found.classes[found.said]))
        self.remark.setText(self._remark(found.loss))
        self.file.setText(file)
        empty(self._bars)
        for line, (place, chance) in enumerate(chances[:_MOST]):
            self._add(line, found.classes[place], chance, place == found.said)
        self.setAccessibleName(f"{self.headline.text()}, {percent(found.probabilities[found.said])}")
        self.show()

    def _add(self, line: int, name: str, chance: float, is_said: bool) -> None:
        bar = QProgressBar(maximum=_STEPS, textVisible=False)
        bar.setValue(round(chance * _STEPS))
        bar.setAccessibleName(name)
        restyle(bar, state="good" if is_said else "")
        text = label(percent(chance))
        text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        shown = label(name if len(name) <= 28 else f"{name[:27]}…", "strong" if is_said else "")
        self._bars.addWidget(shown, line, 0)
        self._bars.addWidget(bar, line, 1)
        self._bars.addWidget(text, line, 2)

    def _remark(self, loss: str) -> str:
        if loss == "logistic":
            return self.tr("Each class has a probability of its own; they need not sum to 100 %.")
        if loss == "squared":
            return self.tr("The model was trained with the squared loss; these are estimates of probabilities.")
        return self.tr(
            "Probabilities as the model gives them; the calibration in the results says how far to trust them."
        )
