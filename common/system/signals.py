"""How a process is asked to end, and how one is started that ours being asked to end does not end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


def on_end(handler: Handler) -> None:
    """Call this when somebody ends the process in an orderly way: shut-down, log-out, a closed terminal."""
    for number in _ends():
        signal.signal(number, handler)


def ignore_interrupt() -> None:
    """Let Ctrl-C in the terminal be answered by the program that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def detached() -> dict[str, Any]:
    """Arguments of ``subprocess`` for a process that outlives this one and its terminal and shows no window."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def windowless() -> dict[str, Any]:
    """Arguments of ``subprocess`` for a child that ends with this process and shows no console."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def _ends() -> tuple[signal.Signals, ...]:
    if sys.platform == "win32":
        return signal.SIGTERM, signal.SIGBREAK
    return signal.SIGTERM, signal.SIGHUP
