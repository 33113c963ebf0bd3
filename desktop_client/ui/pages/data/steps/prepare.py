"""Prepare: the form that every image gets, with one image before and after, as it will be split."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QSizePolicy, QSlider, QSpinBox, QWidget

from common.errors import AppError
from common.sharing.share_chunk import MAX_SIDE
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.data.counts import Histogram
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.pages.data.steps.zoom import Picture
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row

_SIDES: Final = (28, 32, 64, 96, 128, 224)
_WINDOWS: Final = {"lung": (-600, 1500), "bone": (400, 1800), "soft": (40, 400), "brain": (40, 80)}
_FORM_WIDTH: Final = 330
_MAX_TAGS: Final = 200


class PrepareStep(Step):
    """What is changed here is shown at once."""

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        self._place = 0
        self.problem_banner = Banner()
        forms = scrolled(boxed(column(self._form(), self._window(), None, spacing=16)))
        forms.setFixedWidth(_FORM_WIDTH)
        forms.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        right = scrolled(boxed(column(self.problem_banner, self._pictures(), self._left_behind(), None, spacing=16)))
        both = row(forms, right, spacing=16)
        both.setStretch(1, 1)
        self.setLayout(both)
        draft.form_changed.connect(self._show_form)
        draft.previewed.connect(self._came)
        draft.begun.connect(self._begun)

    def enter(self) -> None:
        self._show_form()
        is_dicom = "dicom" in (self.draft.summary.kinds if self.draft.summary else ())
        self.window_card.setVisible(is_dicom)
        self._look(0)

    def _begun(self) -> None:
        self._place = 0

    def _form(self) -> Card:
        card, form = Card(self.tr("Form of every image")), QFormLayout()
        self.sizes = QComboBox()
        for side in _SIDES:
            self.sizes.addItem(f"{side} × {side}", side)
        self.sizes.addItem(self.tr("Other size"), 0)
        self.width_field, self.height_field = self._side(self.tr("Width")), self._side(self.tr("Height"))
        self._sides = boxed(row(self.width_field, label("×"), self.height_field, None))
        self.fit, self.channels, self.bits = QComboBox(), QComboBox(), QComboBox()
        self.fit.addItem(self.tr("Whole picture, stretched"), "stretch")
        self.fit.addItem(self.tr("Centre, cropped"), "crop")
        self.channels.addItem(self.tr("Grey"), 1)
        self.channels.addItem(self.tr("Colour"), 3)
        self.bits.addItem(self.tr("8 bits"), 8)
        self.bits.addItem(self.tr("16 bits"), 16)
        for name, field in (
            (self.tr("Side lengths"), self.sizes), ("", self._sides), (self.tr("Cut"), self.fit),
            (self.tr("Colours"), self.channels), (self.tr("Depth"), self.bits),
        ):  # fmt: skip
            form.addRow(name, field)
        for box in (self.sizes, self.fit, self.channels, self.bits):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        note = self.tr(
            "All data sets of a project need the same size, colours and classes. Larger images train slower."
        )
        card.body.addLayout(form)
        card.add(label(note, "small", True))
        self.sizes.activated.connect(self._size_chosen)
        self.fit.activated.connect(lambda: self.draft.set_reading(fit=self.fit.currentData()))
        self.channels.activated.connect(lambda: self.draft.set_reading(channels=self.channels.currentData()))
        self.bits.activated.connect(lambda: self.draft.set_reading(bits=self.bits.currentData()))
        return card

    def _side(self, name: str) -> QSpinBox:
        made = QSpinBox(minimum=1, maximum=MAX_SIDE)
        made.setAccessibleName(name)
        made.setKeyboardTracking(False)
        made.setMaximumWidth(92)
        made.valueChanged.connect(self._sides_changed)
        return made

    def _window(self) -> Card:
        card = self.window_card = Card(self.tr("Brightness (DICOM window)"))
        self.preset = QComboBox()
        self.preset.setAccessibleName(self.tr("Window"))
        self.preset.addItem(self.tr("As each file says"), "")
        for name, text in _presets().items():
            self.preset.addItem(text, name)
        self.preset.addItem(self.tr("Other"), "other")
        self.preset.activated.connect(self._preset_chosen)
        self.centre, self.breadth = QSlider(Qt.Orientation.Horizontal), QSlider(Qt.Orientation.Horizontal)
        self.centre.setRange(-1500, 3500)
        self.breadth.setRange(1, 5000)
        self._centre_text, self._breadth_text = label("", "muted"), label("", "muted")
        for slider, name in ((self.centre, self.tr("Level (centre)")), (self.breadth, self.tr("Width of the window"))):
            slider.setAccessibleName(name)
            slider.setPageStep(50)
            slider.valueChanged.connect(self._window_moved)
        card.add(
            self.preset,
            row(label(self.tr("Level")), None, self._centre_text), self.centre,
            row(label(self.tr("Width")), None, self._breadth_text), self.breadth,
        )  # fmt: skip
        return card

    def _pictures(self) -> QWidget:
        self.before, self.after = Picture(self.tr("Before"), 250), Picture(self.tr("After"), 250)
        self.before_text, self.after_text = label("", "muted"), label("", "muted")
        self.histograms = Histogram(self.tr("Brightness before")), Histogram(self.tr("Brightness after"))
        cards = []
        for heading, picture, text, histogram in (
            (self.tr("Before"), self.before, self.before_text, self.histograms[0]),
            (self.tr("After, as it is split"), self.after, self.after_text, self.histograms[1]),
        ):
            card = Card(heading)
            picture.setFixedHeight(210)
            card.head.addWidget(text)
            card.add(picture, histogram)
            cards.append(card)
        both: QHBoxLayout = row(*cards, spacing=16)
        for place in range(len(cards)):
            both.setStretch(place, 1)
        self.name = label("", "muted")
        self.back = button("", lambda: self._look(-1), icon="chevron-left")
        self.back.setAccessibleName(self.tr("Image before"))
        self.next = button("", lambda: self._look(1), icon="chevron-right")
        self.next.setAccessibleName(self.tr("Next image"))
        return boxed(column(row(self.back, self.next, self.name, None), both, spacing=10))

    def _left_behind(self) -> Card:
        card = self.tags_card = Card(self.tr("Left behind on this machine"))
        self.tags_text = label(
            self.tr("Only pixels are split. These facts stand in this file and go nowhere:"), "muted", True
        )
        self.tags: QLabel = label("", "", True)
        card.add(self.tags_text, self.tags)
        return card

    def _show_form(self) -> None:
        reading = self.draft.reading
        fields = (self.sizes, self.width_field, self.height_field, self.fit, self.channels, self.bits)
        blockers = [QSignalBlocker(field) for field in (*fields, self.preset, self.centre, self.breadth)]
        place = self.sizes.findData(reading.width) if reading.width == reading.height else -1
        if not (self.sizes.currentData() == 0 and self._sides.isVisible()):
            self.sizes.setCurrentIndex(place if place >= 0 else self.sizes.count() - 1)
        self._sides.setVisible(self.sizes.currentData() == 0)
        self.width_field.setValue(reading.width)
        self.height_field.setValue(reading.height)
        for box, value in ((self.fit, reading.fit), (self.channels, reading.channels), (self.bits, reading.bits)):
            box.setCurrentIndex(box.findData(value))
        self._show_window()
        del blockers

    def _show_window(self) -> None:
        window = self.draft.reading.window
        known = {(float(centre), float(width)): name for name, (centre, width) in _WINDOWS.items()}
        name = "" if window is None else known.get(window, "other")
        self.preset.setCurrentIndex(self.preset.findData(name))
        for part in (self.centre, self.breadth):
            part.setEnabled(window is not None)
        if window is not None:
            self.centre.setValue(round(window[0]))
            self.breadth.setValue(round(window[1]))
            self._centre_text.setText(str(round(window[0])))
            self._breadth_text.setText(str(round(window[1])))

    def _size_chosen(self) -> None:
        side = self.sizes.currentData()
        self._sides.setVisible(side == 0)
        if side:
            self.draft.set_reading(width=side, height=side)

    def _sides_changed(self) -> None:
        self.draft.set_reading(width=self.width_field.value(), height=self.height_field.value())

    def _preset_chosen(self) -> None:
        name = self.preset.currentData()
        if name == "other":
            self._window_moved()
        else:
            chosen = _WINDOWS.get(name)
            self.draft.set_reading(window=None if chosen is None else (float(chosen[0]), float(chosen[1])))

    def _window_moved(self) -> None:
        self.draft.set_reading(window=(float(self.centre.value()), float(self.breadth.value())))

    def _look(self, steps: int) -> None:
        labels = self.draft.pictures.labels
        count = len(labels)
        place = self._place + steps
        # Over what is left out, to the next image that is used.
        while 0 <= place < count and labels.label(place) is None:
            place += steps or 1
        if 0 <= place < count:
            self._place = place
            self.name.setText(labels.files[place])
            self.draft.look(labels.files[place])
        self.back.setEnabled(self._place > 0)
        self.next.setEnabled(self._place < count - 1)

    def _came(self, found: dict[str, Any] | None, error: AppError | None) -> None:
        if error is not None:
            self.problem_banner.show_error(error)
            found = None
        else:
            self.problem_banner.hide()
        if found is None:
            self.before.show_data("")
            self.after.show_data("")
            return
        self.before.show_data(str(found["before"]))
        self.after.show_data(str(found["after"]))
        width, height = found["size"]
        self.before_text.setText(f"{width} × {height}")
        self.after_text.setText(f"{found['shape'][1]} × {found['shape'][0]}")
        self.histograms[0].show_counts(found["histogram_before"])
        self.histograms[1].show_counts(found["histogram_after"])
        self._show_tags(found["dropped"])
        window = found.get("window")
        if window and self.draft.reading.window is None:
            blockers = [QSignalBlocker(slider) for slider in (self.centre, self.breadth)]
            self.centre.setValue(round(window[0]))
            self.breadth.setValue(round(window[1]))
            self._centre_text.setText(str(round(window[0])))
            self._breadth_text.setText(str(round(window[1])))
            del blockers

    def _show_tags(self, dropped: list[list[str]]) -> None:
        names = [str(name) for _, name in dropped[:_MAX_TAGS]]
        self.tags_text.setVisible(bool(names))
        self.tags.setText(" · ".join(names) or self.tr("This file says nothing besides its pixels."))


def _presets() -> dict[str, str]:
    return {
        "lung": QCoreApplication.translate("Window", "Lung"),
        "bone": QCoreApplication.translate("Window", "Bone"),
        "soft": QCoreApplication.translate("Window", "Soft tissue"),
        "brain": QCoreApplication.translate("Window", "Brain"),
    }
