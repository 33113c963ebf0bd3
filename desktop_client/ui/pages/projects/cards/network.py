"""The picture of a network in a card: to zoom, to fit, to save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea

from common.architecture import Architecture
from common.errors import AppError
from desktop_client.ui.pages.projects.drawing.boxes import boxes_of
from desktop_client.ui.pages.projects.drawing.network import NetworkPicture
from desktop_client.ui.pages.projects.refusals import refusal_text
from desktop_client.ui.widgets.basics import Card, button, label
from desktop_client.ui.words import number

_ROOM = 16


class NetworkCard(Card):
    """Shows a network, or why there is none."""

    def __init__(self) -> None:
        super().__init__(self.tr("The network"))
        self.picture = NetworkPicture()
        self._is_zoomed = False
        self._fit_soon = QTimer(self, singleShot=True, interval=0)
        self._fit_soon.timeout.connect(self.fit)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.area.setWidget(self.picture)
        self.area.setMinimumHeight(360)
        self.sum, self.note = label("", "muted"), label("", "small", True)
        self.problem = label("", "bad", True)
        for name, icon, pressed in (
            (self.tr("Smaller"), "zoom-out", lambda: self.zoom(-1)),
            (self.tr("Larger"), "zoom-in", lambda: self.zoom(1)),
            (self.tr("Fit"), "square", self.fit),
            (self.tr("Save the picture"), "download", self.ask_where),
        ):
            made = button("", pressed, "flat", icon)
            made.setToolTip(name)
            made.setAccessibleName(name)
            self.head.addWidget(made)
        self.add(self.sum, self.area, self.problem, self.note)

    def show_network(self, network: Architecture, note: str = "") -> None:
        """Draw it; ``note`` says for which images."""
        self.problem.hide()
        self.area.show()
        self.picture.show_boxes(boxes_of(network))
        self.sum.setText(self.tr("%1 trained parameters").replace("%1", number(network.parameters)))
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def show_refusal(self, error: AppError) -> None:
        """There is no network; what was drawn before is not shown any more."""
        self.problem.setText(refusal_text(error))
        self.problem.show()
        self.area.hide()
        self.sum.setText("")
        self.note.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_zoomed:
            self._fit_soon.start()

    def zoom(self, steps: int) -> None:
        """Larger or smaller; from then on the size of the card changes nothing."""
        self._is_zoomed = True
        self.picture.zoom_by(steps)

    def fit(self) -> None:
        """As large as the card is wide."""
        self._is_zoomed = False
        natural = self.picture.sizeHint().width() / self.picture.zoom
        self.picture.set_zoom((self.area.viewport().width() - _ROOM) / natural)

    def ask_where(self) -> None:
        """Save the picture where the person wants it."""
        dialog = QFileDialog(self, self.tr("Save the picture"), "network.png", "PNG (*.png);;SVG (*.svg)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    def save(self, path: Path) -> None:
        if not self.picture.save(path):
            self.note.setText(self.tr("The picture could not be written there."))
            self.note.show()
