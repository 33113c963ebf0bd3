"""Where a user's files belong: under Linux by the XDG rules, on macOS in the Library, on Windows in AppData."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_NAME = "imguard"


def user_data() -> Path:
    """The folder of what a user's programs keep: keys, settings, receipts. It may not exist yet."""
    return platformdirs.user_data_path(_NAME, appauthor=False)


def user_logs() -> Path:
    """The folder of what they note for those who help. It may not exist yet."""
    return platformdirs.user_log_path(_NAME, appauthor=False)
