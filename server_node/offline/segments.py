"""Segment files: all correlations of a segment (an epoch, say), prepared once, read once, then deleted.

A segment file (``docs/specs/triples-v3.md``) is a block of 512 bytes that says what it is and holds this party's seed,
then the results that do not follow from the seed, in plan order, then a tag of both. It is called ``.part`` while it
grows, ``.ready`` when complete and ``.taken`` from the moment a correlation may be used: a file found as ``.taken`` is
never read, so a crash can lose correlations but never repeat one.
"""

from __future__ import annotations

import hmac
import json
import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from common.crypto.domains import SEGMENT_TAG_V2
from common.crypto.prg import derive_key
from common.documents import canonical
from common.errors import CorrelationReused, StoreDamaged
from common.net.files import named
from common.system.permissions import sync_folder

_MAGIC: Final = b"IGCS"
_BLOCK: Final = 512
_TAG: Final = 16
_PIECE: Final = 1 << 20
_IN_MEMORY: Final = 1 << 27
"""Larger segments are not held in memory while they are made."""
_NONCE: Final = bytes(12)
"""The key of a tag is used once, so its nonce need not vary."""
SEED_BYTES: Final = 32


class _Readable(Protocol):
    def readinto(self, target: memoryview, /) -> int: ...


@dataclass(frozen=True)
class SegmentName:
    """Which plan, which segment of it, from which source and preparation; equal on both servers."""

    plan: str
    segment: int
    source: str
    nonce: str

    def block(self) -> bytes:
        """The first block of the file, without the seed at its end."""
        body = canonical(
            {
                "version": 3,
                "plan": self.plan,
                "segment": self.segment,
                "source": self.source,
                "nonce": self.nonce,
            }
        )
        return (_MAGIC + struct.pack("<I", len(body)) + body).ljust(_BLOCK - SEED_BYTES, b"\x00")


def ready_path(folder: Path, segment: int) -> Path:
    """Where a complete, unused segment lies."""
    return folder / f"segment-{segment:05d}.ready"


def find_ready(folder: Path, wanted: SegmentName, stored_bytes: int) -> SegmentName | None:
    """The name of the complete, undamaged and unused segment in ``folder`` that is ``wanted`` with whatever nonce.

    One beside a segment that was taken counts as used: it could not be opened, and is made anew.
    """
    path = ready_path(folder, wanted.segment)
    if path.with_suffix(".taken").exists():
        return None
    try:
        with path.open("rb") as source:
            block = source.read(_BLOCK - SEED_BYTES)
        start = len(_MAGIC) + 4
        size = int.from_bytes(block[len(_MAGIC) : start], "little")
        name = replace(wanted, nonce=str(json.loads(block[start : start + size])["nonce"]))
        _verify(path, name, stored_bytes)
    except (OSError, ValueError, KeyError, TypeError, StoreDamaged):
        return None
    return name


def file_size(stored_bytes: int) -> int:
    """Bytes of the file of a segment."""
    return _BLOCK + stored_bytes + _TAG


def _verify(path: Path, name: SegmentName, stored_bytes: int) -> None:
    """Raises:
    StoreDamaged: the file is missing, is another segment or was changed since it was made.
    """
    expected = file_size(stored_bytes)
    try:
        with path.open("rb") as source:
            block, seed = source.read(_BLOCK - SEED_BYTES), source.read(SEED_BYTES)
            same = os.fstat(source.fileno()).st_size == expected and hmac.compare_digest(block, name.block())
            if not same:
                raise StoreDamaged(f"Segment {name.segment} of the correlations is not the prepared one.")
            tag = _tag_of(source, stored_bytes, name, seed)
            if not hmac.compare_digest(tag, source.read(_TAG)):
                raise StoreDamaged(f"Segment {name.segment} of the correlations was changed on the disk.")
    except OSError as error:
        raise StoreDamaged(f"Segment {name.segment} of the correlations is missing.") from error


def _tag_of(source: _Readable, size: int, name: SegmentName, seed: bytes) -> bytes:
    """The tag of the next ``size`` bytes of ``source``."""
    tag = _Tag(name, seed)
    piece = np.empty(min(_PIECE, size), np.uint8)
    while size > 0 and (got := source.readinto(piece[: min(size, _PIECE)].data)):
        tag.add(piece[:got])
        size -= got
    return tag.finish()


class _Tag:
    """GMAC (NIST SP 800-38D) under a key from the seed, of the first block and what is added."""

    def __init__(self, name: SegmentName, seed: bytes) -> None:
        self._mac = Cipher(algorithms.AES(derive_key(seed, SEGMENT_TAG_V2)), modes.GCM(_NONCE)).encryptor()
        self._mac.authenticate_additional_data(name.block())

    def add(self, piece: npt.NDArray[np.uint8]) -> None:
        self._mac.authenticate_additional_data(piece.data)

    def finish(self) -> bytes:
        self._mac.finalize()
        return self._mac.tag


class SegmentFile:
    """A segment while it is made: fill ``stored`` [stored_bytes] (uint8), then :meth:`publish`.

    Small segments are filled in memory, large ones in a file that is mapped. Nothing waits for the disk: what a power
    cut tears does not fit its tag and is made anew.

    Raises:
        DiskFull: no room for the whole segment; nothing is left behind.
    """

    def __init__(self, folder: Path, name: SegmentName, seed: bytes, stored_bytes: int) -> None:
        self._target = ready_path(folder, name.segment)
        self._part = self._target.with_suffix(".part")
        self._name, self._seed = name, seed
        try:
            with open(os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(name.block() + seed)
                out.flush()
                os.posix_fallocate(out.fileno(), 0, file_size(stored_bytes))
        except OSError as error:
            self._part.unlink(missing_ok=True)
            raise named(error) from error
        self._is_mapped = stored_bytes > _IN_MEMORY
        self.stored: npt.NDArray[np.uint8] = (
            np.memmap(self._part, np.uint8, "r+", offset=_BLOCK, shape=(stored_bytes,))
            if self._is_mapped
            else np.empty(stored_bytes, np.uint8)
        )

    def publish(self) -> None:
        """Add the tag and make the segment ready, in place of one that was used."""
        tag = _Tag(self._name, self._seed)
        with open(self._part, "r+b") as out:
            out.seek(_BLOCK)
            for start in range(0, len(self.stored), _PIECE):
                piece = self.stored[start : start + _PIECE]
                tag.add(piece)
                if not self._is_mapped:
                    out.write(piece.data)
            out.seek(_BLOCK + len(self.stored))
            out.write(tag.finish())
        self._target.with_suffix(".taken").unlink(missing_ok=True)
        os.replace(self._part, self._target)


class TakenSegment:
    """A ready segment, taken for use once and for all: its seed and its stored bytes in order.

    Raises:
        CorrelationReused: the segment was taken before.
        StoreDamaged: the file is not what it should be.
    """

    def __init__(self, folder: Path, name: SegmentName, stored_bytes: int) -> None:
        ready = ready_path(folder, name.segment)
        self._taken = ready.with_suffix(".taken")
        if self._taken.exists():
            raise CorrelationReused(f"Segment {name.segment} was used before.")
        _verify(ready, name, stored_bytes)
        try:
            os.replace(ready, self._taken)
        except FileNotFoundError as error:
            raise CorrelationReused(f"Segment {name.segment} was taken by another process.") from error
        sync_folder(folder)
        self._file = open(self._taken, "rb")
        self._file.seek(_BLOCK - SEED_BYTES)
        self.seed = self._file.read(SEED_BYTES)

    def read_into(self, target: npt.NDArray[np.uint8]) -> None:
        """Fill ``target`` with the next stored bytes.

        Raises:
            StoreDamaged: there are no more.
        """
        if self._file.readinto(target.data) != target.size:
            raise StoreDamaged("The correlations end too early.")

    def close(self) -> None:
        """Delete what the used segment held; its empty file stays, so that it cannot be opened again."""
        self._file.close()
        os.truncate(self._taken, 0)
