"""Step 4: how images are mixed and masked before anything is trained on them, with what it costs and a preview."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog

from common.crypto.rng import SystemRandom
from common.errors import AppError
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.projects.trying import Form, Tried, try_hiding
from desktop_client.state.projects.figures import PLAIN, Accuracy, accuracy_of
from desktop_client.state.projects.preview import hide_samples
from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.messages import tell
from desktop_client.ui.pages.projects.cards.pictures import PictureRow
from desktop_client.ui.pages.projects.fields import Choices
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card, button, column, label, row
from desktop_client.ui.words import percent

_LEFT = 430
_SMALL, _LARGE = 64, 132
_USUAL = (64, 64, 1)
_MOST = 6


class HidingStep(Step):
    """Whatever is chosen here, both servers hold only shares; hiding is what protects beyond them."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "hiding",
            self.tr("How are the images hidden?"),
            self.tr(
                "The servers only ever hold secret shares. Mixing and masking is a second layer: it limits what a "
                "finished model, or shares stolen from both servers, could give away."
            ),
        )
        self._draw = 0
        self._paths: list[Path] = []
        self._trying: Handle | None = None
        self.k = Choices(self.tr("Images mixed"), self._mixes(), 2)
        self.k.chosen.connect(lambda value: self._set("hiding.k", int(value)))
        self.scale = Choices(self.tr("Pixel range"), self._scales(), 1)
        self.scale.chosen.connect(lambda value: self._set("hiding.scale", value))
        self.flip = QCheckBox(self.tr("Flip the sign of every pixel at random"))
        self.flip.toggled.connect(lambda is_on: self._set("hiding.mask", is_on))
        left = Card()
        hint = self.tr("Each server flips a secret coin for every pixel; neither knows the result.")
        left.add(
            self.field("hiding.k", self.tr("How many images are mixed into one"), self.k),
            self.field("hiding.mask", self.tr("Mask"), self.flip, hint),
            self.field("hiding.scale", self.tr("Pixel range before mixing"), self.scale),
        )
        left.setFixedWidth(_LEFT)
        self.cost, self.note = label("", "strong", True), label("", "small", True)
        cost = Card(self.tr("What it costs in accuracy"))
        cost.add(self.cost, self.note)
        self.sources, self.results = PictureRow(_MOST, _SMALL), PictureRow(3, _LARGE)
        self.means = label("", "muted", True)
        preview = Card(self.tr("What becomes of an image"))
        self.own = button(self.tr("With my images"), self._ask_files, "flat", "images")
        preview.head.addWidget(self.own)
        preview.head.addWidget(button(self.tr("Mix again"), self._again, "flat", "refresh-cw"))
        self.origin = label("", "small", True)
        preview.add(
            self.origin,
            self.sources,
            self.results,
            self.means,
        )
        self.body.addLayout(row(left, column(preview, cost, None, spacing=16), spacing=16))
        self.body.addStretch(1)

    def show_all(self) -> None:
        chosen = self.wizard.value("hiding")
        self.k.choose(str(chosen["k"]))
        self.scale.choose(chosen["scale"])
        self.flip.blockSignals(True)
        self.flip.setChecked(chosen["mask"])
        self.flip.blockSignals(False)
        self._show()

    def _set(self, field: str, value: object) -> None:
        self.wizard.set(field, value)
        self._show()

    def _again(self) -> None:
        self._draw += 1
        self._show()

    def _show(self) -> None:
        k, mask, scale = (self.wizard.value(f"hiding.{name}") for name in ("k", "mask", "scale"))
        if k not in (1, 2, 4, 6) or scale not in ("unit", "signed"):
            return
        if self._paths:
            self._try(k, bool(mask), scale)
        else:
            self._show_samples(k, bool(mask), scale)
        self.means.setText(self._meaning(k, bool(mask), scale))
        self._show_cost(k, bool(mask), scale)

    def use_images(self, paths: list[Path]) -> None:
        """Show what becomes of these; without any, of the samples."""
        self._paths = paths
        self._show()

    def _ask_files(self) -> None:
        if self._paths:
            self.use_images([])
            return
        dialog = QFileDialog(self, self.tr("With my images"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda paths: self.use_images([Path(path) for path in paths]))
        dialog.open()

    def _show_samples(self, k: int, mask: bool, scale: str) -> None:
        found = hide_samples(k, mask, scale, self._draw, SystemRandom())
        self.own.setText(self.tr("With my images"))
        self.origin.setText(self.tr("Sample pictures, drawn by this program and mixed on this machine only"))
        self.sources.show_pictures(found.sources, [percent(share, 0) for share in found.shares])
        pictures, lines = [found.mixed], [self.tr("mixed")]
        if mask:
            pictures += [found.trained, found.unmasked]
            lines += [self.tr("masked: trained on"), self.tr("signs dropped")]
        self.results.show_pictures(pictures, lines)

    def _try(self, k: int, mask: bool, scale: str) -> None:
        """Have the helper process mix the person's own images; only the newest answer is shown."""
        if self._trying is not None:
            self._trying.drop()
        images, paths = self.wizard.images, list(self._paths)
        shape, bits = (images.shape, images.bits) if images else (_USUAL, 8)
        form = Form(shape, bits, k, mask, scale)
        self.own.setText(self.tr("With samples"))
        self.origin.setText(self.tr("Mixing your images on this machine …"))
        self._trying = self.wizard.desk.run(lambda: try_hiding(paths, form), self._tried, self._not_tried)

    def _tried(self, found: Tried) -> None:
        self.origin.setText(self.tr("Your images, mixed on this machine only; nothing is sent"))
        self.sources.show_pictures(found.sources, [percent(share, 0) for share in found.shares])
        pictures, lines = [found.mixed], [self.tr("mixed")]
        if self.wizard.value("hiding.mask"):
            pictures.append(found.trained)
            lines.append(self.tr("masked: trained on"))
        self.results.show_pictures(pictures, lines)

    def _not_tried(self, error: AppError) -> None:
        self._paths = []
        self._show()
        self.origin.setText(tell(error).sentence)

    def _meaning(self, k: int, mask: bool, scale: str) -> str:
        if k == 1 and not mask:
            return self.tr("Nothing is hidden beyond the secret shares: the model is trained on the images themselves.")
        if not mask:
            return self.tr(
                "The model is trained on the mixture. Who got hold of both shares of it would see it as here."
            )
        if scale == "unit":
            return self.tr(
                "With pixels from 0 to 1, who got hold of both shares could drop the signs and would see the mixture "
                "again: the mask adds nothing to it."
            )
        return self.tr(
            "With pixels from -1 to 1, dropping the signs does not bring the mixture back: light and dark are lost."
        )

    def _show_cost(self, k: int, mask: bool, scale: str) -> None:
        found = accuracy_of(k, mask, scale)
        if found is None:
            near = accuracy_of(4 if k == 6 else 2, True, scale)
            self.cost.setText(self.tr("Not measured with these choices."))
            self.note.setText(self._compared(near) if near else "")
        elif found == PLAIN:
            text = self.tr("No cost: %1 with convolutions, %2 with a flat network.")
            self.cost.setText(self._filled(text, found))
            self.note.setText(self._source())
        else:
            self.cost.setText(self._compared(found))
            note = self._source()
            if scale == "signed":
                note += " " + self.tr("A flat network hardly learns from this: choose one with convolutions.")
            self.note.setText(note)
        self.note.setVisible(bool(self.note.text()))

    def _compared(self, found: Accuracy) -> str:
        text = self.tr("%1 instead of %3 with convolutions, %2 instead of %4 with a flat network")
        plain = self._filled(text, found)
        return plain.replace("%3", percent(PLAIN.convolutional)).replace("%4", percent(PLAIN.flat))

    def _filled(self, text: str, found: Accuracy) -> str:
        return text.replace("%1", percent(found.convolutional)).replace("%2", percent(found.flat))

    def _source(self) -> str:
        return self.tr(
            "Measured on 10,000 handwritten digits, with twice the epochs where something is hidden; "
            "other images differ."
        )

    def _mixes(self) -> list[tuple[str, str, str]]:
        return [
            ("1", self.tr("No mixing"), self.tr("Every image by itself")),
            ("2", self.tr("2 images"), self.tr("Best accuracy")),
            ("4", self.tr("4 images"), self.tr("The usual choice")),
            ("6", self.tr("6 images"), self.tr("Strong mixing")),
        ]

    def _scales(self) -> list[tuple[str, str, str]]:
        return [
            (
                "unit",
                self.tr("0 to 1 (unit)"),
                self.tr("Easier to learn from; the mask can be undone by dropping signs."),
            ),
            (
                "signed",
                self.tr("-1 to 1 (signed)"),
                self.tr("The mask cannot be undone; needs convolutions and longer training."),
            ),
        ]
