"""Stands in for the worker in tests of the node: computes nothing and says what ``fake-worker.json`` tells it to say.

Usage: fake_worker.py FOLDER TICKET. The file lies in the node folder: {"mode": ...}, ``finish`` without it.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def say(**report: Any) -> None:
    print(json.dumps(report), flush=True)


def wait_for(path: Path) -> None:
    """Until the test makes this file."""
    while not path.exists():
        time.sleep(0.01)


def finish(ticket: dict[str, Any]) -> None:
    """All stages, one epoch, a model file for each recipient, and weights to keep; or the answer to a question."""
    if ticket["question"] is not None:
        return answer(ticket)
    share = base64.b64encode(bytes(16)).decode()
    for state, stage in (("preparing", "prepare"), ("hiding", "hide"), ("training", "train")):
        say(kind="state", state=state)
        say(kind="progress", stage=stage, done=1, total=1, seconds=0.5, bytes_sent=10, rounds=2)
    say(kind="metrics", epoch=1, step=3, logits=share, labels=share, shape=[1, 2], fraction_bits=16)
    say(kind="event", action="job-checkpoint", subject={"epoch": 1})
    if ticket["specification"].get("testers"):
        (Path(ticket["work_dir"]) / "weights.kept").write_bytes(b"weights of " + ticket["party"].encode())
    sealed = {}
    for user in ticket["specification"]["recipients"]:
        sealed[user] = f"model-{user}.sealed"
        (Path(ticket["work_dir"]) / sealed[user]).write_bytes(f"share {ticket['party']} for {user}".encode())
    say(kind="model", sealed=sealed, hash="ab" * 32, share_hash="cd" * 32)


def answer(ticket: dict[str, Any]) -> None:
    """All stages of a test, and a file for who asked; the kept weights are those of the training."""
    assert (Path(ticket["kept"]) / "weights.kept").read_bytes() == b"weights of " + ticket["party"].encode()
    for state, stage in (("preparing", "prepare"), ("testing", "test")):
        say(kind="state", state=state)
        say(kind="progress", stage=stage, done=1, total=1, seconds=0.5, bytes_sent=10, rounds=2)
    (Path(ticket["work_dir"]) / "answer.sealed").write_bytes(f"answer {ticket['party']}".encode())
    say(kind="model", sealed={ticket["question"]["asker"]: "answer.sealed"}, hash="ab" * 32, share_hash="cd" * 32)


def talk(ticket: dict[str, Any]) -> None:
    """As finish, and say something in two stages, the second first in the alphabet."""
    say(kind="log", stage="", level="INFO", text=f"attempt {ticket['attempt']}")
    say(kind="log", stage="prepare", level="INFO", text="segments are kept")
    say(kind="log", stage="train", level="WARNING", text="an epoch was undone")
    finish(ticket)


def hang(ticket: dict[str, Any]) -> None:
    """Train until somebody ends it."""
    say(kind="state", state="training")
    print("training for ever", file=sys.stderr, flush=True)
    wait_for(Path(ticket["work_dir"]) / "never")


def stubborn(ticket: dict[str, Any]) -> None:
    """As hang, but deaf to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang(ticket)


def pausable(ticket: dict[str, Any]) -> None:
    """Train until asked to pause."""
    signal.signal(signal.SIGUSR1, lambda number, frame: fail(ticket, "job-paused"))
    hang(ticket)


def die(ticket: dict[str, Any]) -> None:
    """Be killed without a word."""
    say(kind="state", state="training")
    os.kill(os.getpid(), signal.SIGKILL)


def fail(ticket: dict[str, Any], code: str = "range-exceeded") -> None:
    """A named error."""
    say(kind="state", state="training")
    (Path(ticket["work_dir"]) / "failing").touch()
    say(kind="error", error={"code": code, "message": "It went wrong.", "advice": "", "details": {}})
    sys.exit(1)


def main() -> None:
    folder, ticket = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    orders = folder / "fake-worker.json"
    modes = json.loads(orders.read_text(encoding="utf-8"))["mode"].split() if orders.exists() else ["finish"]
    # One word for each attempt; the last one is for all that follow.
    mode = modes[min(ticket["attempt"], len(modes)) - 1]
    if mode == "garbage":
        print("this is no report", flush=True)
        wait_for(folder / "never")
    elif mode == "silent-exit":
        sys.exit(0)
    elif mode == "lose-peer":
        wait_for(folder.parent / "b" / "jobs" / ticket["job"] / "failing")
        fail(ticket, "peer-gone")
    elif mode == "after-signal":
        say(kind="state", state="training")
        wait_for(folder / "go-on")
        finish(ticket)
    elif mode == "peer-gone":
        fail(ticket, mode)
    else:
        plain = (finish, talk, hang, stubborn, fail, pausable, die)
        {work.__name__: work for work in plain}[mode](ticket)


if __name__ == "__main__":
    main()
