"""Small grey pictures side by side, each with a line below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop_client.state.projects.preview import Picture
from desktop_client.ui.widgets.basics import boxed, column, label, row


class GreyPicture(QLabel):
    """Square pixels, as large as asked for."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self._side = side
        self.setFixedSize(QSize(side, side))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_picture(self, picture: Picture | bytes) -> None:
        """Grey values, or the bytes of a small image file."""
        if isinstance(picture, bytes):
            image = QImage.fromData(picture)
        else:
            height, width = picture.shape
            image = QImage(picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        if image.isNull():
            self.clear()
            return
        ratio = self.devicePixelRatioF()
        drawn = QPixmap.fromImage(image).scaled(
            round(self._side * ratio), round(self._side * ratio), Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )  # fmt: skip
        drawn.setDevicePixelRatio(ratio)
        self.setPixmap(drawn)


class PictureRow(QWidget):
    """Up to so many pictures with a line below each; what is not shown takes no room."""

    def __init__(self, most: int, side: int) -> None:
        super().__init__()
        self._pictures = [GreyPicture(side) for _ in range(most)]
        self._lines = [label("", "small") for _ in range(most)]
        self._boxes = []
        for picture, text in zip(self._pictures, self._lines, strict=True):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._boxes.append(boxed(column(picture, text, spacing=3)))
        self.setLayout(row(*self._boxes, None, spacing=10))

    def show_pictures(self, pictures: Sequence[Picture | bytes], lines: Sequence[str]) -> None:
        for number, box in enumerate(self._boxes):
            box.setVisible(number < len(pictures))
            if number < len(pictures):
                self._pictures[number].show_picture(pictures[number])
                self._lines[number].setText(lines[number])
                self._pictures[number].setAccessibleName(lines[number])
