"""The copy of the log takes in what was verified, goes on where it was cut off, and is searched page by page."""

from __future__ import annotations

import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from common.documents import canonical
from common.errors import BadSignature, Cancelled, Conflict, LogFork, LogTampered, NotFound, StoreDamaged
from common.merkle.entry import user_actor
from desktop_client.upload.logbook import sync
from desktop_client.upload.logbook.book import BookState, LogBook
from desktop_client.upload.logbook.rows import object_of
from desktop_client.upload.logbook.search import LogFilter
from desktop_client.upload.logbook.sync import sync_log
from tests.helpers.desktop.lying_log import ALICE, LogPlace


async def _sync(place: LogPlace) -> BookState:
    return await sync_log(place.log, place.deployment, place.profile, lambda done, total: None)


def _book(place: LogPlace) -> LogBook:
    return LogBook(place.profile.root)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "BATCH", 4)


async def test_sync_fetches_only_what_is_new(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 9)
    steps: list[tuple[int, int]] = []
    state = await sync_log(place.log, place.deployment, place.profile, lambda *step: steps.append(step))
    assert (state.size, state.checkpoint) == (9, place.log.note())
    assert steps == [(0, 9), (4, 9), (8, 9), (9, 9)]
    place.add(3)
    place.log.asked.clear()
    assert (await _sync(place)).size == 12
    assert place.log.asked == [(9, 12)]
    place.log.asked.clear()
    assert (await _sync(place)).size == 12
    assert place.log.asked == []
    book = _book(place)
    assert book.entries(0, 99) == [canonical(row) for row in place.log.rows]
    assert book.tree().root() == place.log.tree().root()
    if sys.platform != "win32":
        assert stat.S_IMODE(book.path.stat().st_mode) == 0o600


async def test_sync_that_was_cut_off_goes_on_and_shows_nothing_before(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 10)

    def stop(done: int, total: int) -> None:
        if done == 8:
            raise Cancelled()

    with pytest.raises(Cancelled):
        await sync_log(place.log, place.deployment, place.profile, stop)
    book = _book(place)
    assert (book.count(), book.state(), book.page(LogFilter(), 0, 10)) == (8, BookState(), ([], 0))
    with pytest.raises(NotFound):
        book.entry(0)
    place.log.asked.clear()
    await _sync(place)
    assert place.log.asked == [(8, 10)]
    assert book.page(LogFilter(), 0, 10)[1] == 10


async def test_row_that_was_changed_is_named_and_asked_for_again(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 6)
    await _sync(place)
    place.add(4)
    honest = place.log.rows[8]
    place.log.rows[8] = {**honest, "body": {**honest["body"], "subject": {"job": "other"}}}
    with pytest.raises(LogTampered, match="Row 8 "):
        await _sync(place)
    book = _book(place)
    assert (book.count(), book.state().size) == (6, 6)
    place.log.rows[8] = honest
    assert (await _sync(place)).size == 10


async def test_rows_of_another_tree_are_not_taken_in(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 6)
    place.log.says = place.log.note()
    place.log.rows[3], place.log.rows[5] = place.log.rows[5], place.log.rows[3]
    with pytest.raises(LogTampered, match="not the ones"):
        await _sync(place)
    assert _book(place).count() == 0
    assert not place.profile.checkpoint_path.exists()


async def test_rows_that_are_held_back_are_named(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 6)
    place.log.claims = 8
    with pytest.raises(LogTampered, match="Row 6 is missing"):
        await _sync(place)


async def test_row_of_a_stranger_is_named(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 3)
    place.identities["b"] = place.identities["log"]
    place.add(1)
    with pytest.raises(LogTampered, match="Row 3 was signed by"):
        await _sync(place)


@pytest.mark.parametrize("more", [0, 3])
async def test_history_that_was_rewritten_is_a_fork(tmp_path: Path, more: int) -> None:
    place = LogPlace(tmp_path, 6)
    await _sync(place)
    place.log.rows.reverse()
    place.add(more)
    with pytest.raises(LogFork):
        await _sync(place)
    assert _book(place).state().size == 6


@pytest.mark.parametrize("is_remembered", [True, False])
async def test_log_that_forgot_rows_is_a_fork(tmp_path: Path, is_remembered: bool) -> None:
    place = LogPlace(tmp_path, 6)
    await _sync(place)
    if not is_remembered:
        place.profile.checkpoint_path.unlink()
    del place.log.rows[4:]
    with pytest.raises(LogFork) as found:
        await _sync(place)
    assert found.value.details == {"remembered": 6, "offered": 4}


async def test_checkpoint_of_another_log_is_refused(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 2)
    place.log.key = ALICE
    with pytest.raises((LogTampered, BadSignature)):
        await _sync(place)


async def test_one_process_fetches_at_a_time(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, 2)
    with _book(place).held(), pytest.raises(Conflict):
        await _sync(place)
    assert (await _sync(place)).size == 2


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be looked at" * 100])
async def test_damaged_file_is_named_and_made_again(tmp_path: Path, content: bytes) -> None:
    place = LogPlace(tmp_path, 5)
    await _sync(place)
    book = _book(place)
    for beside in book.folder.glob("book.db*"):
        beside.unlink()
    book.path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        book.page(LogFilter(), 0, 5)
    assert (await _sync(place)).size == 5
    assert book.page(LogFilter(), 0, 5)[1] == 5


@pytest.mark.parametrize(
    "harm", ["DELETE FROM entries WHERE number = 2", "UPDATE entries SET leaf = zeroblob(32) WHERE number = 1"]
)
async def test_copy_that_was_harmed_is_fetched_anew(tmp_path: Path, harm: str) -> None:
    place = LogPlace(tmp_path, 5)
    await _sync(place)
    with sqlite3.connect(_book(place).path) as database:
        database.execute(harm)
    database.close()
    place.log.asked.clear()
    assert (await _sync(place)).size == 5
    assert place.log.asked == [(0, 4), (4, 5)]
    assert _book(place).tree().root() == place.log.tree().root()


def test_nothing_was_fetched_yet(tmp_path: Path) -> None:
    book = LogBook(tmp_path)
    assert (book.state(), book.page(LogFilter(), 0, 9), book.tally("action")) == (BookState(), ([], 0), {})
    assert (book.names(), book.sealed("a", "j", "h")) == ({}, None)
    book.learn({"user:x": "Alice"})
    assert not book.path.exists()


async def _searched(tmp_path: Path) -> LogBook:
    place = LogPlace(tmp_path, 4)
    place.add(1, user_actor(ALICE.verify_key), "login", device="ward-12")
    place.add(1, user_actor(ALICE.verify_key), "dataset-upload", dataset="cafe01", manifest="m_1")
    place.add(1, "user:" + "0" * 32, "dataset-upload", dataset="cafe02", manifest="m21")
    place.add(1, None, "model-seal", job="9" * 32, recipient="user:x", sealed_hash="h1")
    await _sync(place)
    book = _book(place)
    book.learn({user_actor(ALICE.verify_key): "Alice 李"})
    return book


async def test_pages_newest_or_oldest_first(tmp_path: Path) -> None:
    book = await _searched(tmp_path)
    rows, total = book.page(LogFilter(), 2, 3)
    assert ([row.number for row in rows], total) == ([5, 4, 3], 8)
    rows, total = book.page(LogFilter(), 6, 3, newest_first=False)
    assert ([row.number for row in rows], total) == ([6, 7], 8)
    alice = user_actor(ALICE.verify_key)
    row = book.page(LogFilter(), 2, 1)[0][0]
    assert row.__dict__ == {
        "number": 5, "time": "2026-01-01T00:05:00Z", "actor": alice, "name": "Alice 李", "action": "dataset-upload",
        "kind": "dataset", "object": "cafe01", "node": "b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (LogFilter(actions=("login", "model-seal")), [4, 7]),
        (LogFilter(actors=(user_actor(ALICE.verify_key),)), [4, 5]),
        (LogFilter(kind="dataset"), [5, 6]),
        (LogFilter(object="cafe"), [5, 6]),
        (LogFilter(object="cafe02"), [6]),
        (LogFilter(object="%"), []),
        (LogFilter(node="a", kind="job"), [0, 2]),
        (LogFilter(since="2026-01-01T00:02", until="2026-01-01T00:04:00Z"), [2, 3]),
        (LogFilter(text="李"), [4, 5]),
        (LogFilter(text="alice UPLOAD"), [5]),
        (LogFilter(text="m_1"), [5]),
        (LogFilter(text="ward-12"), [4]),
        (LogFilter(text="' OR 1 --"), []),
    ],
    ids=range(13),
)
async def test_filters(tmp_path: Path, wanted: LogFilter, numbers: list[int]) -> None:
    rows, total = (await _searched(tmp_path)).page(wanted, 0, 50, newest_first=False)
    assert ([row.number for row in rows], total) == (numbers, len(numbers))


async def test_one_entry_in_full_and_tallies(tmp_path: Path) -> None:
    book = await _searched(tmp_path)
    found = book.entry(7)
    assert found.subject == {"job": "9" * 32, "recipient": "user:x", "sealed_hash": "h1"}
    assert (found.evidence, len(found.signer), len(found.leaf)) == (None, 64, 64)
    assert found.entry.startswith('{"body":{"action":"model-seal"')
    with pytest.raises(NotFound):
        book.entry(8)
    assert book.tally("action") == {"job-stage": 4, "dataset-upload": 2, "login": 1, "model-seal": 1}
    assert book.tally("node") == {"a": 4, "b": 4}
    with pytest.raises(NotFound):
        book.tally("entry")
    assert book.sealed("b", "9" * 32, "h1") == 7
    assert (book.sealed("a", "9" * 32, "h1"), book.sealed("b", "9" * 32, "h2")) == (None, None)


def test_object_of_the_most_telling_field() -> None:
    assert object_of({"specification": "s", "dataset": "d"}) == ("dataset", "d")
    assert object_of({"project": "p", "job": "j"}) == ("job", "j")
    assert object_of({"job": None, "count": 3}) == ("", "")
