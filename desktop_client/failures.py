"""Unforeseen failures end up in a log file, so that they can be reported; a screen never shows a traceback."""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import Path

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
