"""Step 5: how it is trained, with a curve of the learning rate."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from common.schedule import RATE_BITS, learning_rates, sizes_of
from common.specification import Training
from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.fields import Field
from desktop_client.ui.pages.projects.steps.base import Step, show_value
from desktop_client.ui.widgets.basics import Card, column, label, row
from desktop_client.ui.widgets.charts.line import LineChart
from desktop_client.ui.words import number, percent
from desktop_client.upload.projects.checks import training_of

_BATCHES = tuple(1 << bits for bits in range(1, 13))
_POINTS = 200
_RIGHT, _CURVE = 400, 250


class TrainingStep(Step):
    """The budget, the loss and the optimiser. What suits most is there already."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "training",
            self.tr("How is it trained?"),
            self.tr("These values suit most projects. Time and traffic grow with the epochs."),
        )
        self.controls: dict[str, QWidget] = {
            "epochs": self.number("training.epochs", 1, 1000),
            "batch": self.combo("training.batch", [(size, number(size)) for size in _BATCHES]),
            "validation": self.number("training.validation", 0, 4096),
            "loss": self.combo("training.loss", self._losses()),
            "optimizer": self.combo("training.optimizer", self._optimizers(), wizard.choose_optimizer),
            "learning_rate": self.decimal("training.learning_rate"),
            "schedule": self.combo("training.schedule", self._schedules()),
            "momentum": self.decimal("training.momentum"),
            "weight_decay": self.decimal("training.weight_decay"),
            "clip": self.decimal("training.clip"),
        }
        budget, method = Card(self.tr("Budget")), Card(self.tr("Method"))
        budget.body.addLayout(self._grid(("epochs", "batch", "validation"), 3))
        method.body.addLayout(
            self._grid(("loss", "optimizer", "learning_rate", "schedule", "momentum", "weight_decay", "clip"), 2)
        )
        self.steps = label("", "muted", True)
        self.curve = LineChart(self.tr("Learning rate"), self.tr("epoch"))
        chart = Card()
        chart.add(self.curve, self.steps)
        chart.setFixedWidth(_RIGHT)
        self.curve.setFixedHeight(_CURVE)
        self.body.addLayout(row(column(budget, method, None, spacing=16), column(chart, None), spacing=16))
        self.body.addStretch(1)

    def show_all(self) -> None:
        for name, control in self.controls.items():
            show_value(control, self.wizard.value(f"training.{name}"))
        self.fields["training.momentum"].setVisible(self.wizard.value("training.optimizer") == "sgd")
        self._draw()

    def show_problems(self) -> None:
        super().show_problems()
        self.show_all()

    def _draw(self) -> None:
        found = training_of(self.wizard.outline, self.wizard.me)
        if found is None:
            return
        training, counts = found.training, list(self.wizard.images.counts) if self.wizard.images else []
        steps = 0
        if counts:
            kept, held_back = sizes_of(counts, training.validation)
            each = kept // training.batch
            steps = each * training.epochs
            text = self.tr("%1 images to train on, %2 held back (%3). %4 steps an epoch, %5 in all.")
            values = (number(kept), number(held_back), percent(held_back / sum(counts)), number(each), number(steps))
            for place, value in enumerate(values, start=1):
                text = text.replace(f"%{place}", value)
            self.steps.setText(text)
        else:
            self.steps.setText(self.tr("How many steps that is shows once data sets are chosen."))
        self._show_curve(training, min(max(steps, 2), _POINTS) if counts else _POINTS)

    def _show_curve(self, training: Training, points: int) -> None:
        """As many points as there are steps, or so many that the curve is smooth: its form does not depend on it."""
        rates = [rate / (1 << RATE_BITS) for rate in learning_rates(training, points)]
        places = [training.epochs * (place + 0.5) / points for place in range(points)]
        self.curve.show_series(self.tr("rate"), places, rates)

    def _grid(self, names: tuple[str, ...], columns: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        for place, name in enumerate(names):
            title, hint = self._words()[name]
            grid.addWidget(self._field(name, title, hint), place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
        for place in range(columns):
            grid.setColumnStretch(place, 1)
        return grid

    def _field(self, name: str, title: str, hint: str) -> Field:
        return self.field(f"training.{name}", title, self.controls[name], hint)

    def _words(self) -> dict[str, tuple[str, str]]:
        return {
            "epochs": (self.tr("Epochs"), self.tr("Passes over all images")),
            "batch": (self.tr("Batch"), self.tr("Images in one step")),
            "validation": (self.tr("Held back"), self.tr("Images to measure with, at most a fifth of each set")),
            "loss": (self.tr("Loss"), self.tr("What is made small")),
            "optimizer": (self.tr("Optimiser"), self.tr("How weights follow gradients")),
            "learning_rate": (self.tr("Learning rate"), self.tr("At its highest")),
            "schedule": (self.tr("Schedule"), self.tr("The learning rate over time")),
            "momentum": (self.tr("Momentum"), self.tr("0 to 0.99")),
            "weight_decay": (self.tr("Weight decay"), self.tr("0 for none")),
            "clip": (self.tr("Clipping"), self.tr("Largest norm of all gradients together; 0 for any")),
        }

    def _losses(self) -> list[tuple[str, str]]:
        return [
            ("softmax", self.tr("Cross-entropy (softmax)")),
            ("logistic", self.tr("Logistic, class by class")),
            ("squared", self.tr("Squared distance")),
        ]

    def _optimizers(self) -> list[tuple[str, str]]:
        return [("sgd", self.tr("SGD with momentum")), ("adam", self.tr("Adam"))]

    def _schedules(self) -> list[tuple[str, str]]:
        return [
            ("one-cycle", self.tr("One cycle")),
            ("constant", self.tr("Constant")),
            ("cosine", self.tr("Cosine")),
            ("step", self.tr("In steps")),
        ]
