"""A whole log in one file, for whoever checks it without a login: a header, then one entry a line (audit-log-v1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from common.documents import canonical
from common.errors import BadInput, LogTampered
from common.merkle.entry import MAX_ENTRY_BYTES
from common.merkle.proof import encode_proof, prove_consistency
from common.merkle.tree import MerkleTree, leaf_hash
from common.net.files import whole_file

KIND: Final = "imguard-log-copy"
VERSION: Final = 1
_MAX_HEAD: Final = 8192


class LogSource(Protocol):
    """Where the rows of a log come from; nothing it says is believed."""

    async def checkpoint(self) -> str:
        """The newest signed checkpoint, unverified."""
        ...

    async def entries(self, start: int, end: int) -> list[bytes]:
        """Entries ``start`` to ``end - 1`` in canonical bytes, unverified; maybe fewer but at least one."""
        ...

    async def consistency(self, first: int, second: int) -> object:
        """Proof that the log of size ``first`` is a prefix of the one of size ``second``, unverified."""
        ...


class LogCopy:
    """A file that :func:`save_log` wrote, read row by row; a :class:`LogSource` that needs no network.

    Raises:
        BadInput: there is no such file, or it is none of these.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        head = self._head()
        self._note, self.size = str(head["checkpoint"]), int(head["size"])
        self._rows = self._read()
        self._next = 0

    async def checkpoint(self) -> str:
        return self._note

    async def entries(self, start: int, end: int) -> list[bytes]:
        if start != self._next:
            self._rows, self._next = self._read(start), start
        found = [row for _, row in zip(range(end - start), self._rows, strict=False)]
        self._next += len(found)
        return found

    async def consistency(self, first: int, second: int) -> object:
        tree = MerkleTree()
        for _, row in zip(range(second), self._read(), strict=False):
            tree.append(leaf_hash(row))
        if tree.size < second:
            raise LogTampered(f"Row {tree.size} is missing in {self._path}.", row=tree.size)
        return encode_proof(prove_consistency(tree, first, second))

    def _head(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                head = json.loads(file.readline(_MAX_HEAD))
        except FileNotFoundError as error:
            raise BadInput(f"There is no file {self._path}.") from error
        except (OSError, ValueError, RecursionError) as error:
            raise BadInput(f"{self._path} is not a copy of a log.") from error
        if not isinstance(head, dict) or head.get("kind") != KIND or head.get("version") != VERSION:
            raise BadInput(f"{self._path} is not a copy of a log of version {VERSION}.")
        if not isinstance(head.get("checkpoint"), str) or type(head.get("size")) is not int:
            raise BadInput(f"{self._path} is not a copy of a log.")
        return head

    def _read(self, start: int = 0) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.readline(_MAX_HEAD)
            index = 0
            while line := file.readline(MAX_ENTRY_BYTES + 2):
                if len(line) > MAX_ENTRY_BYTES + 1:
                    raise LogTampered(f"Row {index} is longer than a row can be.", row=index)
                if index >= start:
                    yield _canonical(line, index)
                index += 1


async def save_log(log: LogSource, size: int, note: str, path: Path, progress: Callable[[int, int], None]) -> None:
    """Write the first ``size`` rows and the checkpoint that covers them; the file appears when it is whole.

    Raises:
        LogTampered: the log node holds rows back.
        DiskFull: no room.
    """
    head = canonical({"kind": KIND, "version": VERSION, "checkpoint": note, "size": size})
    with whole_file(path) as file:
        file.write(head + b"\n")
        done = 0
        while done < size:
            rows = (await log.entries(done, min(size, done + 256)))[: size - done]
            if not rows:
                raise LogTampered(f"Row {done} is missing: the log node does not show it.", row=done)
            file.write(b"".join(row + b"\n" for row in rows))
            done += len(rows)
            progress(done, size)


def _canonical(line: bytes, index: int) -> bytes:
    try:
        return canonical(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise LogTampered(f"Row {index} of the copy is damaged.", row=index) from error
