"""Step 3: what is trained, and the picture of it."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit

from common.errors import SpecRefused
from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.cards.layers import LayersEditor
from desktop_client.ui.pages.projects.cards.network import NetworkCard
from desktop_client.ui.pages.projects.fields import Choices
from desktop_client.ui.pages.projects.steps.base import Step, show_value
from desktop_client.ui.widgets.basics import Card, column, row
from desktop_client.upload.projects.checks import Images, network

_SAMPLE = Images((1000,), (28, 28, 1), 8, tuple("0123456789"))
_PICTURE = 440


class ModelStep(Step):
    """A model that has a name, or layers of one's own; the extractor in front of it is public."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "model",
            self.tr("What is trained?"),
            self.tr("The smaller the trained part, the faster: each of its numbers costs both servers work."),
        )
        self.models = Choices(self.tr("Model"), self._models(), 2)
        self.models.chosen.connect(wizard.choose_model)
        self.extractor = self.combo("features.extractor", self._extractors())
        self.hidden = QLineEdit()
        self.hidden.textEdited.connect(self._widths)
        self.bias = QCheckBox(self.tr("Layers have a bias"))
        self.bias.toggled.connect(lambda is_on: wizard.set("model.bias", is_on))
        self.layers = LayersEditor()
        self.layers.edited.connect(lambda layers: wizard.set("model.layers", layers))
        self.layers.copy_wanted.connect(self._copy)
        self.card = Card(self.tr("Details"))
        hint = self.tr("Public arithmetic in front of the trained part; a square of the pixels takes the mask away.")
        self.card.add(
            self.field("features.extractor", self.tr("Extractor"), self.extractor, hint),
            self.field(
                "model.hidden", self.tr("Widths of the hidden layers"), self.hidden, self.tr("Such as 128, 128")
            ),
            self.field("model.bias", "", self.bias),
            self.field("model.layers", self.tr("Layers"), self.layers),
        )
        self.picture = NetworkCard()
        self.picture.setFixedWidth(_PICTURE)
        self.field("model.name", "", self.models)
        left = column(self.fields["model.name"], self.card, None, spacing=16)
        self.body.addLayout(row(left, self.picture, spacing=16))
        self.body.addStretch(1)

    def show_all(self) -> None:
        name, chosen = self.wizard.value("model.name"), self.wizard.value("model")
        self.models.choose(name)
        show_value(self.extractor, self.wizard.value("features.extractor"))
        if self._read(self.hidden.text()) != chosen["hidden"]:
            self.hidden.setText(", ".join(map(str, chosen["hidden"])))
        self.bias.blockSignals(True)
        self.bias.setChecked(chosen["bias"])
        self.bias.blockSignals(False)
        if name == "custom":
            self.layers.show_layers(chosen["layers"])
        self.fields["model.hidden"].setVisible(name == "mlp")
        self.fields["model.bias"].setVisible(name != "custom")
        self.fields["model.layers"].setVisible(name == "custom")
        self._allow()
        self._draw()

    def show_problems(self) -> None:
        super().show_problems()
        self._draw()

    def refreshed(self) -> None:
        self._allow()

    def _draw(self) -> None:
        images = self.wizard.images
        note = (
            "" if images else self.tr("As it would be for 10 classes of grey images of 28 × 28: no data set is chosen.")
        )
        try:
            self.picture.show_network(
                network(self.wizard.outline, self.wizard.me, images or _SAMPLE), "" if images else note
            )
        except SpecRefused as error:
            self.picture.show_refusal(error)

    def _allow(self) -> None:
        allowed = self.wizard.catalogue.models if self.wizard.catalogue else None
        for name in self.models.buttons:
            is_allowed = allowed is None or name in allowed
            self.models.allow(name, is_allowed)
            self.models.remark(name, "" if is_allowed else self.tr("Not allowed by an operator"))

    def _copy(self) -> None:
        """Layers of the named model that suits these images, to begin with."""
        images = self.wizard.images or _SAMPLE
        self.layers.start_from(len(images.classes))

    def _widths(self, text: str) -> None:
        self.wizard.set("model.hidden", self._read(text))

    @staticmethod
    def _read(text: str) -> list[object]:
        """Whole numbers as such; anything else as it is, to be refused."""
        parts = [part.strip() for part in text.replace("，", ",").split(",")]
        return [int(part) if part.isascii() and part.isdigit() and len(part) < 9 else part for part in parts if part]

    def _models(self) -> list[tuple[str, str, str]]:
        return [
            (
                "logistic",
                self.tr("Logistic regression"),
                self.tr("One layer. The fastest, and good on public features."),
            ),
            ("mlp", self.tr("Multilayer perceptron"), self.tr("Hidden layers of any width. Fast, and learns more.")),
            ("lenet", self.tr("LeNet"), self.tr("Two convolutions. Sees shapes anywhere in the image.")),
            ("resnet", self.tr("Small ResNet"), self.tr("Residual blocks with normalisation. The slowest of these.")),
            ("custom", self.tr("Layers of your own"), self.tr("Any list of the layers that the servers can train.")),
        ]

    def _extractors(self) -> list[tuple[str, str]]:
        return [
            ("none", self.tr("None: the image itself (no mask)")),
            ("square", self.tr("Square: every pixel times itself")),
            ("average-pool", self.tr("Average pool: squares, 2 × 2 together")),
            ("filter-bank", self.tr("Filter bank: lines in four directions, and light")),
        ]
