"""The worker child with actions that only tests need: ones that last, break down, or say too much."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from desktop_client.worker import serve, table
from desktop_client.worker.channel import Channel

COMMAND = [sys.executable, "-P", "-m", "tests.helpers.desktop.trial_worker"]


def last(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Go on until nobody wants it; a file shows that it began, another that it cleaned up."""
    folder = Path(args["folder"])
    (folder / "began").write_text(str(os.getpid()), encoding="utf-8")
    channel.part({"pid": os.getpid()})
    try:
        while True:
            channel.check()
    finally:
        (folder / "cleaned").touch()


def deaf(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Go on for ever, whoever asks it to stop."""
    channel.part({"pid": os.getpid()})
    while True:
        os.getpid()


def crash(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    os._exit(7)


def fail(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    raise LookupError("name of a patient")


def chatter(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Print what a library might print, and report more often than is passed on."""
    os.write(1, b"libpng warning: iCCP\n")
    for done in range(args["times"]):
        channel.progress("read", done, args["times"])
    channel.rows("rows", list(range(args["rows"])))
    return {"said": "all"}


def babble(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    channel._lines._sink.write(args["text"].encode() + b"\n")
    channel._lines._sink.flush()
    return {}


def large(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    return {"text": "x" * args["size"]}


if __name__ == "__main__":
    names = ("last", "deaf", "crash", "fail", "chatter", "babble", "large")
    table.ACTIONS.update({name: f"tests.helpers.desktop.trial_worker:{name}" for name in names})
    serve.main()
