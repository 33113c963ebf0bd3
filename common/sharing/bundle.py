"""A bundle file: all sealed chunks of a data set for one server, in order, format ``share-bundle-v1``.

32-byte little-endian header, then for each chunk a 4-byte length and the sealed bytes. Nothing follows the last chunk.
Reading holds one chunk in memory at a time.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from common.errors import BadBundle
from common.ids import Party
from common.sharing.share_chunk import (
    MAX_CHUNKS,
    MAX_SEALED,
    MIN_SEALED,
    NONCE_BYTES,
    Chunk,
    ChunkExpectation,
    ChunkKind,
    ChunkLayout,
    open_chunk,
    parse_chunk,
    write_chunk,
)

__all__ = [
    "BundleReader", "BundleWriter", "Chunk", "ChunkExpectation", "ChunkKind", "ChunkLayout",
    "open_chunk", "parse_chunk", "write_chunk",
]  # fmt: skip

MAGIC: Final = b"IGBUNDLE"
VERSION: Final = 1
_HEADER: Final = struct.Struct("<8sHBBI16s")
_LENGTH: Final = struct.Struct("<I")
HEADER_BYTES: Final = _HEADER.size


class BundleWriter:
    """Writes a bundle to a seekable file that the caller opened and closes.

    The header states the number of chunks, which is known last: until :meth:`finish` the file reads as damaged.
    """

    def __init__(self, file: BinaryIO, party: Party, nonce: bytes) -> None:
        if len(nonce) != NONCE_BYTES:
            raise ValueError("a data set nonce has 16 bytes")
        self._file, self._party, self._nonce = file, party, nonce
        self._count = 0
        file.write(bytes(HEADER_BYTES))

    def add(self, sealed: bytes) -> None:
        """Append the next sealed chunk."""
        if not MIN_SEALED <= len(sealed) <= MAX_SEALED or self._count >= MAX_CHUNKS:
            raise ValueError("this chunk does not fit into a bundle")
        self._file.write(_LENGTH.pack(len(sealed)))
        self._file.write(sealed)
        self._count += 1

    def finish(self) -> None:
        """State the number of chunks; nothing may be added afterwards."""
        self._file.seek(0)
        self._file.write(_HEADER.pack(MAGIC, VERSION, self._party, 0, self._count, self._nonce))
        self._file.seek(0, os.SEEK_END)


class BundleReader:
    """A bundle file opened for reading, as a context manager; chunks are read one by one, in order or by index.

    :meth:`chunk` may be called from several threads at once.

    Raises:
        BadBundle: on opening, for any header, length or end of file that is not what the format says.
    """

    def __init__(self, path: Path) -> None:
        self._turn = threading.Lock()
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise BadBundle(f"The bundle {path.name} cannot be opened.") from error
        try:
            self.party, self.nonce, count = self._read_header()
            self._places = self._scan(count)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> BundleReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        """Number of chunks."""
        return len(self._places)

    def __iter__(self) -> Iterator[bytes]:
        """Sealed chunks in order."""
        for index in range(len(self)):
            yield self.chunk(index)

    def chunk(self, index: int) -> bytes:
        """Sealed bytes of chunk ``index``.

        Raises:
            BadBundle: no such chunk, or the file changed while it was open.
        """
        if not 0 <= index < len(self._places):
            raise BadBundle(f"The bundle has no chunk {index}.")
        start, size = self._places[index]
        with self._turn:
            self._file.seek(start)
            return self._take(size)

    def _read_header(self) -> tuple[Party, bytes, int]:
        magic, version, party, reserved, count, nonce = _HEADER.unpack(self._take(HEADER_BYTES))
        if magic != MAGIC:
            raise BadBundle("This is not a share bundle, or it was never finished.")
        if version != VERSION:
            raise BadBundle(f"Bundle version {version} is not known here.")
        if party not in (Party.P0, Party.P1) or reserved != 0:
            raise BadBundle("The bundle header names no known server.")
        if not 1 <= count <= MAX_CHUNKS:
            raise BadBundle(f"A bundle has 1 to {MAX_CHUNKS} chunks, not {count}.")
        return Party(party), nonce, count

    def _scan(self, count: int) -> list[tuple[int, int]]:
        end = self._file.seek(0, os.SEEK_END)
        place, places = HEADER_BYTES, []
        for index in range(count):
            self._file.seek(place)
            (size,) = _LENGTH.unpack(self._take(_LENGTH.size))
            if not MIN_SEALED <= size <= MAX_SEALED:
                raise BadBundle(f"Chunk {index} of the bundle states the impossible length {size}.")
            place += _LENGTH.size
            places.append((place, size))
            place += size
        if place != end:
            raise BadBundle("The bundle is shorter or longer than its chunks.")
        return places

    def _take(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise BadBundle("The bundle cannot be read from the disk.") from error
        if len(data) != size:
            raise BadBundle("The bundle ends too early.")
        return data
