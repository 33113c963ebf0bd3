"""Unforeseen failures end up in a log file, so that they can be reported; a screen never shows a traceback."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from common.logs import Redaction


def note_failure(path: Path, error: BaseException) -> Path | None:
    """Append the traceback to the log file, long hexadecimal strings shortened; None if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(traceback.format_exception(error))
        record = logging.LogRecord("imguard.desktop", logging.ERROR, "", 0, text, None, None)
        Redaction().filter(record)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(logging.Formatter("%(asctime)s %(message)s\n").format(record))
    except OSError:
        return None
    return path


class NoteHandler(logging.Handler):
    """Notes the failures that a logger is told of: a program with a window has nobody who reads its standard error."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.ERROR)
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            note_failure(self._path, error)


def note_everything(path: Path) -> None:
    """From now on failures that nobody expected, in the window or behind it, are noted in the log file."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace
        note_failure(path, error)

    sys.excepthook = hook
    logger = logging.getLogger("imguard.desktop")
    logger.addHandler(NoteHandler(path))
    logger.propagate = False
