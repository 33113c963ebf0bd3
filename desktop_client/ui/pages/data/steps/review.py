"""Review: what leaves this house, shown on one image, and what each server learns and does not learn."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtWidgets import QWidget

from common.errors import AppError
from desktop_client.jobs.importing import Estimate
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.ui.page import scrolled
from desktop_client.ui.pages.data import words
from desktop_client.ui.pages.data.counts import Histogram
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.pages.data.steps.zoom import Picture
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, boxed, button, column, label, row
from desktop_client.ui.words import number, size

_SIDE: Final = 130


class ReviewStep(Step):
    """The last look before anything is signed."""

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        self.estimate: Estimate | None = None
        self.trouble = Banner()
        leaves, learns = self._leaves(), self._learns()
        whole = column(self.trouble, leaves, learns, None, spacing=16)
        self.setLayout(column(scrolled(boxed(whole))))
        draft.shared.connect(self._shared)
        draft.estimated.connect(self._estimated)

    @property
    def problem(self) -> str:
        if self.estimate is None:
            return self.tr("Counting what will be sent …")
        if self.estimate.bytes > self.estimate.free:
            return self.tr("There is not enough room on the disk for the split.")
        return ""

    def enter(self) -> None:
        self.estimate = None
        self.trouble.hide()
        if not self.draft.looked_at:
            labels = self.draft.pictures.labels
            self.draft.looked_at = next(
                (labels.files[n] for n in range(len(labels)) if labels.label(n) is not None), ""
            )
        self.image_name.setText(self.draft.looked_at)
        self.draft.ask_shares()
        self.draft.ask_estimate()
        self._show_facts()

    def _leaves(self) -> Card:
        card = Card(self.tr("What leaves this house"))
        self.image_name = label("", "muted")
        self.again = button(self.tr("Split it again"), self.draft.ask_shares, "flat", "refresh-cw")
        card.head.addWidget(self.image_name)
        card.head.addWidget(self.again)
        self.pictures, self.histograms, self.figures = {}, {}, {}
        places: list[QWidget] = []
        for role, heading in (
            ("original", self.tr("Your image: stays here")),
            ("a", self.tr("What server A holds")),
            ("b", self.tr("What server B holds")),
        ):
            self.pictures[role] = Picture(heading, _SIDE)
            self.pictures[role].setFixedHeight(_SIDE)
            self.histograms[role] = Histogram(self.tr("Bytes: %1").replace("%1", heading), role != "original")
            self.figures[role] = label("", "small", True)
            made = column(
                label(heading, "strong"), self.pictures[role], self.histograms[role], self.figures[role], spacing=6
            )
            places.append(boxed(made))
        pictures = row(*places, spacing=16)
        for place in range(len(places)):
            pictures.setStretch(place, 1)
        sentence = self.tr(
            "Each server gets numbers as random as coin tosses, made by the real split: alone they say nothing "
            "about the image. Only both together would; the servers belong to different organisations."
        )
        return card.add(pictures, label(sentence, "", True))

    def _learns(self) -> QWidget:
        self.facts = label("", "", True)
        seen, hidden = Card(self.tr("What each server learns")), Card(self.tr("What no server learns"))
        seen.add(self.facts)
        for text in (
            self.tr("any pixel of any image, and anything that is to be seen on it"),
            self.tr("which image has which class, and how many images each class has"),
            self.tr("names of files and folders, dates, places and all tags inside the files"),
            self.tr("which images you left out"),
        ):
            hidden.add(label(f"•  {text}", "", True))
        hidden.body.addStretch(1)
        both = row(seen, hidden, spacing=16)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        return boxed(both)

    def _show_facts(self) -> None:
        about, reading, found = self.draft.about, self.draft.reading, self.estimate
        shape = words.shape_text((reading.height, reading.width, reading.channels), reading.bits)
        people = ", ".join(about.shared_with) if about.visibility == "shared" else words.visibility(about.visibility)
        classes = list(self.draft.selection.classes or self.draft.pictures.labels.classes)
        lines = [
            self.tr("name: %1").replace("%1", about.name),
            self.tr("description: %1").replace("%1", about.description or "–"),
            self.tr("tags: %1").replace("%1", ", ".join(about.tags) or "–"),
            self.tr("names of classes: %1").replace(
                "%1", ", ".join(classes[:30]) + (" …" if len(classes) > 30 else "")
            ),
            self.tr("form: %1").replace("%1", shape),
            self.tr("who may use it: %1").replace("%1", people),
        ]
        if found is not None:
            lines.append(self.tr("number of images: %1").replace("%1", number(found.images)))
            lines.append(self.tr("size: %1 for both servers together").replace("%1", size(found.bytes)))
        lines.append(self.tr("who you are, and when you send it"))
        self.facts.setText("\n".join(f"•  {line}" for line in lines))
        self.changed.emit()

    def _shared(self, found: dict[str, Any] | None, error: AppError | None) -> None:
        if found is None:
            if error is not None:
                self.trouble.show_error(error)
            return
        self.pictures["original"].show_data(str(found["original"]))
        self.histograms["original"].show_counts(found["histogram"])
        self.figures["original"].setText(self.tr("How often each brightness occurs: the shape of your image."))
        for role in ("a", "b"):
            share = found[role]
            self.pictures[role].show_data(str(share["png"]))
            self.histograms[role].show_counts(share["histogram"])
            text = self.tr("Every byte occurs about equally often. Likeness to the image: %1.")
            self.figures[role].setText(text.replace("%1", f"{abs(float(share['correlation'])):.3f}"))

    def _estimated(self, found: Estimate | None, error: AppError | None) -> None:
        self.estimate = found
        if error is not None:
            self.trouble.show_error(error)
        self._show_facts()
