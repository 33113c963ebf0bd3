"""A page of HTML as a PDF. It is laid out and drawn in whatever thread this is called in, not in the window's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QPageSize, QPdfWriter, QTextDocument

from common.net.files import write_private

_DPI: Final = 96
_MARGIN: Final = 15.0


def write_pdf(html: str, out: Path) -> None:
    """Write A4 pages; the file is whole or not there.

    Raises:
        DiskFull: no room.
    """
    # The layout sets timers that are never wanted; without a dispatcher in this thread each of them is a warning.
    dispatcher = QEventLoop()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN))
    document = QTextDocument()
    document.setHtml(html)
    size = writer.pageLayout().paintRectPixels(_DPI).size()
    document.setPageSize(QSizeF(size.width(), size.height()))
    document.print_(writer)
    buffer.close()
    dispatcher.exit()
    write_private(out, bytes(buffer.data().data()))
