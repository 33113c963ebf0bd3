"""The whole copy is checked against everything that is known: what holds, what fails, what is missing."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from common.deployment import Deployment
from common.documents import sign_document
from common.errors import Cancelled, LogTampered, StoreDamaged
from common.merkle.entry import user_actor
from desktop_client.settings import Profile
from desktop_client.upload.audit import verify_log
from desktop_client.upload.audit_copy import LogCopy
from desktop_client.upload.logbook.book import LogBook
from desktop_client.upload.logbook.bundle import write_bundle
from desktop_client.upload.logbook.check import Verification, verify_book
from desktop_client.upload.logbook.sync import sync_log
from desktop_client.upload.receipts import Receipt, keep_receipt
from tests.helpers.desktop.lying_log import ALICE, LogPlace

NOBODY: dict[str, str | None] = {"a": None, "b": None}


def _quiet(done: int, total: int) -> None:
    return None


async def _synced(folder: Path, rows: int = 6) -> LogPlace:
    place = LogPlace(folder, rows)
    place.add(2, user_actor(ALICE.verify_key), "login", device="d1")
    await sync_log(place.log, place.deployment, place.profile, _quiet)
    return place


async def _verify(place: LogPlace, witnessed: dict[str, str | None] | None = None) -> Verification:
    book = LogBook(place.profile.root)
    return await verify_book(book, place.deployment, place.profile, witnessed or NOBODY, _quiet)


def _standings(found: Verification) -> dict[str, str]:
    return {check.code: check.standing for check in found.checks}


def _details(found: Verification, code: str) -> dict[str, Any]:
    return next(check.details for check in found.checks if check.code == code)


async def test_whole_log_is_proved_point_by_point(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    found = await _verify(place, {"a": place.log.note(5), "b": place.log.note()})
    assert _standings(found) == dict.fromkeys(
        ["rows", "checkpoint", "remembered", "server-a", "server-b", "own-events", "receipts"], "proved"
    )
    assert (found.size, found.root, found.is_intact) == (8, place.log.tree().root().hex(), True)
    assert found.actions == {"job-stage": 6, "login": 2}
    assert _details(found, "own-events") == {"events": 2}
    assert (_details(found, "server-a"), _details(found, "server-b")) == ({"size": 5}, {"size": 8})
    assert _details(found, "remembered") == {"size": 8}


async def test_servers_that_are_away_ahead_or_lied_to(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    place.add(2)
    ahead = place.log.note()
    place.log.rows.reverse()
    found = await _verify(place, {"a": ahead, "b": place.log.note(5)})
    assert (_standings(found)["server-a"], _standings(found)["server-b"]) == ("missing", "failed")
    assert _details(found, "server-a") == {"size": 10, "reason": "ahead"}
    assert _details(found, "server-b") == {"size": 5, "reason": "fork"}
    assert not found.is_intact
    found = await _verify(place, {"a": "not a note", "b": None})
    assert (_details(found, "server-a"), _details(found, "server-b")) == (
        {"reason": "unsigned"},
        {"reason": "unanswered"},
    )
    assert (_standings(found)["server-a"], _standings(found)["server-b"]) == ("failed", "missing")


async def test_receipt_that_is_not_recorded_is_missing(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    document = sign_document("receipt", {"dataset": "d1", "party": "a"}, place.identities["a"].signing)
    keep_receipt(place.profile.receipts_path, document, Receipt("d1", "a", 1, 1, ""))
    found = await _verify(place)
    assert (_standings(found)["receipts"], _details(found, "receipts")) == ("missing", {"unlogged": ["d1-a"]})
    assert found.is_intact


async def test_row_that_was_changed_on_this_disk_is_named(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    with sqlite3.connect(LogBook(place.profile.root).path) as database:
        database.execute(
            "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), 'train', 'hide!') AS BLOB) WHERE number = 4"
        )
    database.close()
    found = await _verify(place)
    assert _standings(found) == {
        "rows": "failed", "checkpoint": "missing", "remembered": "missing", "server-a": "missing",
        "server-b": "missing", "own-events": "missing", "receipts": "missing",
    }  # fmt: skip
    assert _details(found, "rows")["row"] == 4
    assert (found.is_intact, found.whole) == (False, None)


async def test_rows_that_only_changed_places_do_not_fit_the_checkpoint(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    with sqlite3.connect(LogBook(place.profile.root).path) as database:
        database.execute("UPDATE entries SET entry = (SELECT entry FROM entries WHERE number = 2) WHERE number = 0")
    database.close()
    found = await _verify(place)
    assert list(_standings(found).values())[:3] == ["proved", "failed", "missing"]


async def test_copy_that_contradicts_what_was_seen_is_a_failure(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    place.log.rows.reverse()
    place.profile.checkpoint_path.write_text(place.log.note(), encoding="utf-8", newline="")
    found = await _verify(place)
    assert list(_standings(found).values())[:4] == ["proved", "proved", "failed", "missing"]
    assert (_details(found, "remembered")["remembered"], _details(found, "remembered")["offered"]) == (8, 8)


async def test_verifying_without_a_copy_or_cancelled(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 3)
    with pytest.raises(StoreDamaged):
        await _verify(place)
    await sync_log(place.log, place.deployment, place.profile, _quiet)

    def stop(done: int, total: int) -> None:
        raise Cancelled()

    with pytest.raises(Cancelled):
        await verify_book(LogBook(place.profile.root), place.deployment, place.profile, NOBODY, stop)


async def test_bundle_is_all_an_auditor_needs(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    place.add(1, None, "job-stage", job="=1+1", stage="x")
    await sync_log(place.log, place.deployment, place.profile, _quiet)
    book = LogBook(place.profile.root)
    book.learn({user_actor(ALICE.verify_key): "Alice"})
    witnessed = {"a": place.log.note(5), "b": None}
    found = await _verify(place, witnessed)
    path = tmp_path / "for-auditor.zip"
    assert write_bundle(path, book, place.deployment, found, witnessed, _quiet) == 9
    with zipfile.ZipFile(path) as bundle:
        assert sorted(bundle.namelist()) == [
            "README.txt", "README.zh.txt", "checkpoint-a.txt", "checkpoint.txt", "deployment.json", "entries.csv",
            "log-copy.jsonl", "proof.json",
        ]  # fmt: skip
        bundle.extractall(tmp_path / "out")
    out = tmp_path / "out"
    for name in ("README.txt", "README.zh.txt"):
        text = (out / name).read_text(encoding="utf-8")
        assert place.deployment.fingerprint in text and found.root in text and "{" not in text
    auditor = Profile(tmp_path / "auditor")
    auditor.create()
    deployment = Deployment.load(out / "deployment.json")
    again = await verify_log(LogCopy(out / "log-copy.jsonl"), deployment, auditor, _quiet)
    assert (again.report.size, again.report.root.hex()) == (9, found.root)
    assert [event["index"] for event in json.loads((out / "proof.json").read_text())["own"]] == [6, 7]
    table = list(csv.reader(io.StringIO((out / "entries.csv").read_text(encoding="utf-8-sig"))))
    assert table[0] == ["number", "time", "server", "actor", "name", "action", "kind", "object"]
    assert table[7] == ["6", "2026-01-01T00:06:00Z", "A", user_actor(ALICE.verify_key), "Alice", "login", "", ""]
    assert (len(table), table[9][7]) == (10, "'=1+1")


async def test_log_that_is_not_intact_is_not_handed_on(tmp_path: Path) -> None:
    place = await _synced(tmp_path)
    found = await _verify(place, {"a": "nonsense", "b": None})
    with pytest.raises(LogTampered):
        write_bundle(tmp_path / "x.zip", LogBook(place.profile.root), place.deployment, found, NOBODY, _quiet)
    assert not list(tmp_path.glob("x.zip*"))
