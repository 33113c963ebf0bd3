"""Events on disk: all or none, once each, whatever process wrote them."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from common.errors import BadInput, BadSignature, DiskFull, StoreDamaged
from server_node.audit.spool import Spool
from tests.helpers.log_events import event, event_document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def test_added_events_are_taken_in_order_and_stay(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(n) for n in range(5)])
    taken = spool.take(3)
    assert [waiting.document for waiting in taken] == [event_document(n) for n in range(3)]
    assert spool.take(3) == taken and spool.count("waiting") == 5
    spool.close()


def test_added_events_survive_without_a_close(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(1)])
    again = Spool(path)
    assert [waiting.document for waiting in again.take(9)] == [event_document(1)]
    spool.close()
    again.close()


def test_event_added_twice_is_kept_once(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(1), event_document(1)])
    spool.add([event_document(1)])
    assert spool.count("waiting") == 1
    spool.close()


def test_delivered_events_leave_the_queue_and_keep_their_place(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(n) for n in range(4)])
    first, second = spool.take(2)
    spool.deliver([first.number, second.number], [70, 71])
    assert [waiting.document for waiting in spool.take(9)] == [event_document(2), event_document(3)]
    assert spool.position(event(1).leaf) == 71
    assert spool.position(event(2).leaf) is None and spool.position(event(9).leaf) is None
    spool.add([event_document(0)])
    assert spool.count("waiting") == 2 and spool.count("delivered") == 2
    spool.close()


def test_refused_event_is_set_aside(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(n) for n in range(2)])
    spool.refuse(spool.take(1)[0].number, "bad-input: no")
    assert [waiting.document for waiting in spool.take(9)] == [event_document(1)]
    assert spool.count("refused") == 1
    spool.close()


def test_batch_with_one_bad_event_adds_none(path: Path) -> None:
    spool = Spool(path)
    with pytest.raises(BadInput):
        spool.add([event_document(1), event_document(2, action="two words")])
    with pytest.raises(BadSignature):
        spool.add([event_document(1), {**event_document(2), "signature": "00" * 64}])
    assert spool.count("waiting") == 0
    spool.close()


def test_full_disk_raises_and_adds_none(path: Path) -> None:
    spool = Spool(path)
    spool.add([event_document(0)])
    connection: sqlite3.Connection = getattr(spool, "_connection")
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(DiskFull):
        spool.add([event_document(n) for n in range(1, 40)])
    assert spool.count("waiting") == 1
    connection.execute("pragma max_page_count = 100000")
    spool.add([event_document(n) for n in range(1, 40)])
    assert spool.count("waiting") == 40
    spool.close()


def test_file_that_is_no_database_raises(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreDamaged):
        Spool(path)


def test_many_threads_add_at_once(path: Path) -> None:
    spools = [Spool(path) for _ in range(3)]

    def work(spool: Spool, first: int) -> None:
        for number in range(first, first + 10):
            spool.add([event_document(number)])

    threads = [threading.Thread(target=work, args=(spools[n % 3], 10 * n)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spools[0].count("waiting") == 60
    for spool in spools:
        spool.close()
