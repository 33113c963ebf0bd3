"""Files that cannot be used: which, why, what to do about it, and the list as a file."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from common.errors import BadInput
from common.net.files import write_atomic
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import Refused
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.widgets.basics import Empty, button, column, label, row
from desktop_client.ui.widgets.table import DataTable


class RefusedDialog(QDialog):
    """The table of refused files."""

    def __init__(self, parent: QWidget, desk: Desk, refused: Sequence[Refused]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.desk, self._refused = desk, list(refused)
        heading = self.tr("%n file(s) left out", "", len(refused))
        self.setWindowTitle(heading)
        self.resize(820, 520)
        columns = (
            Column[Refused](self.tr("File"), lambda one: one[0]),
            Column[Refused](self.tr("Why"), lambda one: reason(one[1], one[2])),
        )
        self.model: RowTable[Refused] = RowTable(columns, self)
        nothing = Empty("circle-check", self.tr("Every file can be used"))
        self.table = DataTable(self.model, nothing, "refused", desk.preferences)
        self.table.view.setAccessibleName(self.windowTitle())
        self.table.view.setColumnWidth(0, 340)
        self.model.replace(self._refused)
        text = label(
            self.tr("The rest goes on without them. Mend a file and bring the folder in again."), "muted", True
        )
        self.export = button(self.tr("Export list"), self._export, icon="file-down")
        close = button(self.tr("Close"), self.accept, "primary")
        self.setLayout(
            column(label(heading, "heading"), text, self.table, row(self.export, None, close), spacing=12, margins=20)
        )

    def _export(self) -> None:
        dialog = QFileDialog(self, self.tr("Export list"), str(Path.home() / "left-out.csv"), "CSV (*.csv)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Export the list to this file."""
        rows = [(file, code, reason(code, text)) for file, code, text in self._refused]
        heads = (self.tr("File"), self.tr("Code"), self.tr("Why"))

        # The dialog may be closed by then.
        said = self.tr("Exported")
        self.desk.run(lambda: asyncio.to_thread(_write, Path(path), heads, rows), lambda _: self.desk.say(said))


def _write(path: Path, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A CSV table that a spreadsheet takes as text: a cell never begins a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows([_plain(cell) for cell in cells] for cells in rows)
    try:
        write_atomic(path, text.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"The list cannot be written to {path.name!r}.") from error


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def reason(code: str, text: str) -> str:
    """Why a file was left out, by its code; a code without words of its own is told as it came."""
    return _reasons().get(code, text)


def _reasons() -> dict[str, str]:
    return {
        **_of_files(),
        **_of_pictures(),
    }


def _of_files() -> dict[str, str]:
    return {
        "missing": QCoreApplication.translate("Refused", "There is no such file."),
        "outside": QCoreApplication.translate("Refused", "Leads outside the folder that was brought."),
        "linked-folder": QCoreApplication.translate("Refused", "A link to a folder; links are not followed."),
        "too-deep": QCoreApplication.translate("Refused", "Folders are nested too deep."),
        "outside-classes": QCoreApplication.translate("Refused", "Lies outside the folders of the classes."),
        "other-class": QCoreApplication.translate("Refused", "Its class is not one of those chosen."),
        "unlabelled": QCoreApplication.translate("Refused", "It has no class yet."),
        "table-gap": QCoreApplication.translate("Refused", "The table gives no file or no label in this line."),
        "listed-twice": QCoreApplication.translate("Refused", "The table names this file more than once."),
        "not-a-file": QCoreApplication.translate("Refused", "Not a regular file."),
        "empty": QCoreApplication.translate("Refused", "The file is empty."),
        "file-too-large": QCoreApplication.translate("Refused", "The file is too large."),
        "unreadable": QCoreApplication.translate("Refused", "Cannot be read from the disk."),
        "out-of-memory": QCoreApplication.translate("Refused", "Needs more memory than there is."),
        "unusable": QCoreApplication.translate("Refused", "Cannot be used."),
    }


def _of_pictures() -> dict[str, str]:
    return {
        "not-a-picture": QCoreApplication.translate("Refused", "Not a PNG, JPEG, BMP, TIFF, WebP or DICOM picture."),
        "damaged": QCoreApplication.translate("Refused", "Damaged or cut off."),
        "too-many-pixels": QCoreApplication.translate("Refused", "More pixels than the limit allows."),
        "no-pixels": QCoreApplication.translate("Refused", "A picture without pixels."),
        "several-frames": QCoreApplication.translate(
            "Refused", "Holds several pages or frames; save each as a file of its own."
        ),
        "float-pixels": QCoreApplication.translate(
            "Refused", "Floating-point pixels have no known range; save it with 8 or 16 bits."
        ),
        "too-many-bits": QCoreApplication.translate("Refused", "More than 16 bits; save it with 8 or 16 bits."),
        "colour-depth": QCoreApplication.translate("Refused", "Colour pixels of an unknown depth."),
        "no-range": QCoreApplication.translate("Refused", "Its values have no usable range."),
        "dicom-without-picture": QCoreApplication.translate("Refused", "A DICOM file without a picture."),
        "dicom-deflated": QCoreApplication.translate("Refused", "A deflated DICOM file; save it uncompressed."),
        "dicom-packed": QCoreApplication.translate(
            "Refused", "Packed in a way that cannot be unpacked here; save it uncompressed."
        ),
        "dicom-window": QCoreApplication.translate("Refused", "Its display window is not usable."),
    }
