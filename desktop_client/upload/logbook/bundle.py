"""Hand the log to an auditor: one zip file with everything it takes to check it without network, login or trust."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from common.deployment import Deployment
from common.documents import canonical
from common.errors import LogTampered
from common.net.files import whole_file
from desktop_client.upload.audit_copy import KIND, VERSION
from desktop_client.upload.logbook.book import BookState, LogBook
from desktop_client.upload.logbook.check import Verification
from desktop_client.upload.logbook.search import LogFilter
from desktop_client.upload.logbook.sync import Step
from desktop_client.upload.logbook.texts import README_EN, README_ZH

_PAGE: Final = 500
_HEADER: Final = ("number", "time", "server", "actor", "name", "action", "kind", "object")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_bundle(
    path: Path,
    book: LogBook,
    deployment: Deployment,
    found: Verification,
    witnessed: Mapping[str, str | None],
    step: Step,
) -> int:
    """Write the zip file of a log that was just verified; the number of its rows. It appears when it is whole.

    Raises:
        LogTampered: the log is not intact; then there is nothing to hand on.
        DiskFull: no room.
    """
    state = book.state()
    if not found.is_intact or found.whole is None or found.size != state.size:
        raise LogTampered("The copy of the log was not verified; verify it first.")
    words = {
        "deployment": deployment.name,
        "fingerprint": deployment.fingerprint,
        "time": state.fetched,
        "size": state.size,
        "root": found.root,
    }
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", README_EN.format(**words))
        bundle.writestr("README.zh.txt", README_ZH.format(**words))
        bundle.writestr("deployment.json", canonical(deployment.body))
        bundle.writestr("checkpoint.txt", state.checkpoint)
        bundle.writestr("proof.json", json.dumps(found.whole.proof_file(), indent=1, sort_keys=True))
        for role, note in sorted(witnessed.items()):
            if note is not None:
                bundle.writestr(f"checkpoint-{role}.txt", note)
        with bundle.open("log-copy.jsonl", "w", force_zip64=True) as copy:
            _write_copy(copy, book, state, step)
        with bundle.open("entries.csv", "w", force_zip64=True) as table:
            _write_table(table, book, state)
    return state.size


def _write_copy(copy: IO[bytes], book: LogBook, state: BookState, step: Step) -> None:
    head = {"kind": KIND, "version": VERSION, "checkpoint": state.checkpoint, "size": state.size}
    copy.write(canonical(head) + b"\n")
    for start in range(0, state.size, _PAGE):
        rows = book.entries(start, min(state.size, start + _PAGE))
        copy.write(b"".join(row + b"\n" for row in rows))
        step(start + len(rows), state.size)


def _write_table(table: IO[bytes], book: LogBook, state: BookState) -> None:
    """UTF-8 with a byte order mark, which spreadsheets need to read it as such."""
    table.write(b"\xef\xbb\xbf")
    table.write(_lines([_HEADER]))
    for page in _pages(book, state):
        table.write(_lines(page))


def _pages(book: LogBook, state: BookState) -> Iterator[list[tuple[object, ...]]]:
    for start in range(0, state.size, _PAGE):
        rows, _ = book.page(LogFilter(), start, _PAGE, newest_first=False)
        yield [
            (row.number, row.time, row.node.upper(), row.actor, row.name, row.action, row.kind, row.object)
            for row in rows
        ]


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """A text that a spreadsheet would compute is kept from being a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
