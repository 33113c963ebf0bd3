"""The inner layer of a backup: named files with their SHA-256, and a list of them signed by the node at the end."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from common.crypto.signing import SigningKey
from common.documents import canonical, sign_document, verify_document
from common.errors import BackupDamaged, BadInput, BadSignature
from server_node.backup.frames import FRAME, FrameReader, FrameWriter

KIND: Final = "backup"
_NAME: Final = struct.Struct("<H")
_SIZE: Final = struct.Struct("<Q")
_MAX_NAME: Final = 300
_MAX_LIST: Final = 1 << 30
_END: Final = b""
_DIGEST: Final = hashlib.sha256().digest_size
_NAMES: Final = re.compile(
    r"(keys/(identity|sealing|storage|tls)\.key"
    r"|(deployment|join-request)\.json|tls\.pem|settings\.toml|policy\.toml|log-checkpoint\.txt|(outbox|node)\.db"
    r"|shares/blobs/[0-9A-Za-z][0-9A-Za-z_-]{0,127}"
    r"|shares/index/[0-9a-f]{64}\.json"
    r"|jobs/[0-9a-f]{32}/[A-Za-z0-9][A-Za-z0-9._-]{0,99})"
)
"""Every file a backup may hold. What makes correlations is not among them, so none is ever put back."""


@dataclass(frozen=True)
class Item:
    """One file of a backup."""

    name: str
    size: int
    sha256: str

    def as_list(self) -> list[Any]:
        return [self.name, self.size, self.sha256]


@dataclass
class ArchiveWriter:
    """Adds one file after the other; the list of them is what :meth:`finish` signs."""

    frames: FrameWriter
    items: list[Item] = field(default_factory=list)

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file from memory."""
        self._add(name, len(data), [data])

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from the disk, as it is now; it may be replaced meanwhile, but not be written into.

        Raises:
            FileNotFoundError: it is gone; nothing was added.
        """
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            self._add(name, size, iter(lambda: file.read(FRAME), b""))

    def finish(self, about: dict[str, Any], signing: SigningKey) -> dict[str, Any]:
        """Sign and add the list; returns the signed document."""
        body = {**about, "files": [item.as_list() for item in self.items]}
        document = sign_document(KIND, body, signing)
        raw = json.dumps(document).encode()
        self.frames.write(_NAME.pack(len(_END)) + _SIZE.pack(len(raw)))
        self.frames.write(raw)
        self.frames.finish()
        return document

    def _add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        assert _NAMES.fullmatch(name), name
        raw, digest, written = name.encode(), hashlib.sha256(), 0
        self.frames.write(_NAME.pack(len(raw)) + raw + _SIZE.pack(size))
        for piece in pieces:
            kept = piece[: size - written]
            written += len(kept)
            digest.update(kept)
            self.frames.write(kept)
        if written != size:
            raise BadInput(f"The file {name} became shorter while it was read.")
        self.frames.write(digest.digest())
        self.items.append(Item(name, size, digest.hexdigest()))


class ArchiveReader:
    """Gives the files in order, then the signed list; every byte is checked on the way."""

    def __init__(self, frames: FrameReader) -> None:
        self._frames = frames
        self._items: list[Item] = []
        self._raw_list = b""

    def files(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Name, size and pieces of each file; the pieces must be read to their end before the next file.

        Raises:
            BackupDamaged: a hash does not fit, or a name is not one of a backup.
        """
        names: set[str] = set()
        while name := self._name():
            if name in names or not _NAMES.fullmatch(name):
                raise BackupDamaged("This backup holds a file that none of ours holds.")
            names.add(name)
            (size,) = _SIZE.unpack(self._frames.read(_SIZE.size))
            yield name, size, self._pieces(name, size)
            if len(self._items) != len(names):
                raise BackupDamaged("A file of this backup was not read to its end.")
        (size,) = _SIZE.unpack(self._frames.read(_SIZE.size))
        if size > _MAX_LIST:
            raise BackupDamaged()
        self._raw_list = self._frames.read(size)
        self._frames.finish()

    def document(self) -> dict[str, Any]:
        """The list that the node signed, once every file was read; its signature is not checked yet.

        Raises:
            BackupDamaged: it is not the list of the files that were there.
        """
        try:
            document: dict[str, Any] = json.loads(self._raw_list)
            listed = canonical(document["body"]["files"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BackupDamaged() from error
        if listed != canonical([item.as_list() for item in self._items]):
            raise BackupDamaged("The files of this backup are not those that its node listed.")
        return document

    def _name(self) -> str:
        (length,) = _NAME.unpack(self._frames.read(_NAME.size))
        if length > _MAX_NAME:
            raise BackupDamaged()
        try:
            return self._frames.read(length).decode("ascii")
        except UnicodeDecodeError as error:
            raise BackupDamaged() from error

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), size
        while left:
            piece = self._frames.read(min(left, FRAME))
            left -= len(piece)
            digest.update(piece)
            yield piece
        if not hmac.compare_digest(self._frames.read(_DIGEST), digest.digest()):
            raise BackupDamaged(f"The file {name} of this backup is damaged.")
        self._items.append(Item(name, size, digest.hexdigest()))


def verified(document: dict[str, Any], verify_key: str) -> dict[str, Any]:
    """The body of the list, after its signature was checked.

    Raises:
        BackupDamaged: not signed by this node.
    """
    try:
        return verify_document(document, KIND, verify_key)
    except (BadSignature, BadInput) as error:
        raise BackupDamaged("This backup was not signed by the node that it names.") from error
