"""Write both bundles and the manifest, all or nothing.

Everything goes into a hidden folder beside the target, which gets its real name when it is complete and on the disk.
After an error nothing is left behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from common.errors import AppError, BadInput, Conflict, DiskFull
from common.ids import Party
from common.sharing.bundle import BundleWriter
from common.sharing.manifest import ChunkEntry, SealedRef
from common.system.permissions import sync_folder, to_disk
from desktop_client.offline_plugin.split import SealedChunk

MANIFEST_NAME: Final = "manifest.json"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def bundle_name(party: Party) -> str:
    """File name of one server's bundle."""
    return f"server-{party.letter}.bundle"


def clear_remains(target: Path) -> None:
    """Take away what a split to ``target`` left beside it when its process was killed; one that runs loses its files.

    Only folders that were named for that, and hold nothing but what a split writes.
    """
    form = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}")
    names = {MANIFEST_NAME, *(bundle_name(party) for party in Party)}
    with suppress(OSError):
        for folder in list(target.parent.iterdir()):
            if form.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
                if {entry.name for entry in folder.iterdir()} <= names:
                    shutil.rmtree(folder, ignore_errors=True)


class BundleOutput:
    """A context manager that ends with all three files in ``target``, or with none.

    Raises:
        Conflict: the target exists and is not an empty folder.
        DiskFull: no room, at any point.
        BadInput: the target cannot be written for another reason.
    """

    def __init__(self, target: Path, nonce: bytes) -> None:
        self._target, self._nonce = target, nonce
        self._stack = ExitStack()
        self._entries: list[ChunkEntry] = []

    def __enter__(self) -> BundleOutput:
        with _named_errors(self._target):
            _check_free(self._target)
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self._target.name}.", dir=self._target.parent))
            self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._files = [self._open(party) for party in Party]
            self._writers = [BundleWriter(f, p, self._nonce) for f, p in zip(self._files, Party, strict=True)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def entries(self) -> tuple[ChunkEntry, ...]:
        """Manifest entries of the chunks written so far."""
        return tuple(self._entries)

    def add(self, chunk: SealedChunk) -> None:
        """Append one chunk to both bundles."""
        with _named_errors(self._target):
            for writer, sealed in zip(self._writers, (chunk.a, chunk.b), strict=True):
                writer.add(sealed)
        self._entries.append(ChunkEntry(chunk.count, _ref(chunk.a), _ref(chunk.b)))

    def commit(self, document: Mapping[str, Any]) -> Path:
        """Write the signed manifest, bring everything to the disk and give the folder its name.

        Returns:
            Path of the manifest.
        """
        with _named_errors(self._target):
            for writer, file in zip(self._writers, self._files, strict=True):
                writer.finish()
                _to_disk(file)
                file.close()
            with (self._folder / MANIFEST_NAME).open("wb") as file:
                file.write(json.dumps(document, sort_keys=True, ensure_ascii=False).encode())
                _to_disk(file)
            _check_free(self._target)
            if self._target.is_dir():
                # Not every system puts a folder in the place of an empty one.
                self._target.rmdir()
            self._folder.replace(self._target)
            sync_folder(self._target.parent)
        return self._target / MANIFEST_NAME

    def _open(self, party: Party) -> BinaryIO:
        file = (self._folder / bundle_name(party)).open("wb")
        self._stack.callback(_close_quietly, file)
        return file


def _ref(sealed: bytes) -> SealedRef:
    return SealedRef(hashlib.sha256(sealed).hexdigest(), len(sealed))


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    to_disk(file.fileno())


def _close_quietly(file: BinaryIO) -> None:
    # Closing flushes; on a full disk that fails once more and would hide the error that is already on its way.
    with suppress(OSError):
        file.close()


def _check_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise Conflict(f"There is already something at {target.name!r}; choose a new folder for the bundles.")


@contextmanager
def _named_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except AppError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("There is no room left for the bundles; nothing was kept.") from error
        raise BadInput(f"The bundles cannot be written to {target.name!r}: {error.strerror}.") from error
