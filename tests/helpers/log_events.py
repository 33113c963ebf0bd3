"""Signed events and small ledgers for tests of the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.merkle.entry import Event, check_event
from log_node.ledger.writer import Ledger

NODE_A = SigningKey.from_bytes(b"\xa1" * 32)
NODE_B = SigningKey.from_bytes(b"\xb1" * 32)
LOG_KEY = SigningKey.from_bytes(b"\x1c" * 32)


def event_document(number: int, key: SigningKey = NODE_A, **changes: Any) -> dict[str, Any]:
    """A signed event that differs from every other number's."""
    body = {
        "version": 1,
        "id": f"{number:032x}",
        "time": "2026-11-23T12:00:00Z",
        "actor": "node:a",
        "action": "job-stage",
        "subject": {"job": f"{number:032x}", "stage": "train"},
    }
    return sign_document("event", {**body, **changes}, key)


def event(number: int, key: SigningKey = NODE_A) -> Event:
    return check_event(event_document(number, key))


def events(first: int, end: int) -> list[Event]:
    return [event(number) for number in range(first, end)]


def ledger_with(folder: Path, count: int, *, batch: int = 3, segment_bytes: int = 2000) -> None:
    """A closed ledger of ``count`` events in several segments and checkpoints."""
    Ledger.create(folder, LOG_KEY)
    ledger = Ledger.open(folder, LOG_KEY, segment_bytes)
    for first in range(0, count, batch):
        ledger.append([events(first, min(first + batch, count))])
    ledger.close()
