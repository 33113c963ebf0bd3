"""The single-use store of correlations: one file a segment (an epoch, say), prepared once, read once, then deleted.

A segment file (``docs/specs/triples-v1.md``) is a block of 512 bytes that says what it is and holds this party's seed,
then the results in plan order, then a keyed digest of both. It is called ``.part`` while it grows, ``.ready`` when
complete and ``.taken`` from the moment a correlation may be used: a file found as ``.taken`` is never read, so a crash
can lose correlations but never repeat one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
import torch

from common.crypto.domains import SEGMENT_TAG_V1
from common.documents import canonical
from common.errors import CorrelationReused, PeerMismatch, StoreDamaged
from common.net.files import named, sync_folder
from server_node.offline.generate import own_words
from server_node.offline.ot.hashing import Words
from server_node.offline.plan import Kind, Request, Segment, packed_words
from server_node.offline.provider import BitTriples, Layout, Mask, PrivateBits, Selectors, Signs

_MAGIC: Final = b"IGCS"
_BLOCK: Final = 512
_TAG: Final = 32
_PIECE: Final = 1 << 20
SEED_BYTES: Final = 32


@dataclass(frozen=True)
class SegmentName:
    """Which plan, which segment of it, from which preparation; equal on both servers."""

    plan: str
    segment: int
    nonce: str

    def block(self) -> bytes:
        """The first block of the file, without the seed at its end."""
        body = canonical({"version": 1, "plan": self.plan, "segment": self.segment, "nonce": self.nonce})
        return (_MAGIC + struct.pack("<I", len(body)) + body).ljust(_BLOCK - SEED_BYTES, b"\x00")


def ready_path(folder: Path, segment: int) -> Path:
    """Where a complete, unused segment lies."""
    return folder / f"segment-{segment:05d}.ready"


def find_ready(folder: Path, plan: str, segment: int, requests: Segment) -> SegmentName | None:
    """The name of the complete, undamaged and unused segment of this plan that lies in ``folder``, if there is one."""
    path = ready_path(folder, segment)
    try:
        with path.open("rb") as source:
            block = source.read(_BLOCK - SEED_BYTES)
        start = len(_MAGIC) + 4
        size = int.from_bytes(block[len(_MAGIC) : start], "little")
        name = SegmentName(plan, segment, str(json.loads(block[start : start + size])["nonce"]))
        _verify(path, name, requests)
    except (OSError, ValueError, KeyError, TypeError, StoreDamaged):
        return None
    return name


def _file_size(requests: Segment) -> int:
    return _BLOCK + 8 * sum(request.result_words for request in requests) + _TAG


def _verify(path: Path, name: SegmentName, requests: Segment) -> None:
    """Raises:
    StoreDamaged: the file is missing, is another segment or was changed since it was made.
    """
    expected = _file_size(requests)
    try:
        with path.open("rb") as source:
            block, seed = source.read(_BLOCK - SEED_BYTES), source.read(SEED_BYTES)
            same = os.fstat(source.fileno()).st_size == expected and hmac.compare_digest(block, name.block())
            if not same:
                raise StoreDamaged(f"Segment {name.segment} of the correlations is not the prepared one.")
            tag = _tag_of(source, expected - _BLOCK - _TAG, name, seed)
            if not hmac.compare_digest(tag, source.read(_TAG)):
                raise StoreDamaged(f"Segment {name.segment} of the correlations was changed on the disk.")
    except OSError as error:
        raise StoreDamaged(f"Segment {name.segment} of the correlations is missing.") from error


def _tag_of(source: IO[bytes], size: int, name: SegmentName, seed: bytes) -> bytes:
    """Digest, keyed with the seed, of the first block and the next ``size`` bytes of ``source``."""
    digest = hashlib.blake2b(SEGMENT_TAG_V1.encode() + name.block(), key=seed, digest_size=_TAG)
    while size > 0 and (piece := source.read(min(_PIECE, size))):
        digest.update(piece)
        size -= len(piece)
    return digest.digest()


class SegmentFile:
    """A segment while it is made: fill ``results`` [words] (uint64, mapped to disk), then :meth:`publish`.

    Raises:
        DiskFull: no room for the whole segment; nothing is left behind.
    """

    def __init__(self, folder: Path, name: SegmentName, seed: bytes, requests: Segment) -> None:
        self._target = ready_path(folder, name.segment)
        self._part = self._target.with_suffix(".part")
        self._name, self._seed = name, seed
        try:
            with open(os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(name.block() + seed)
                out.flush()
                os.posix_fallocate(out.fileno(), 0, _file_size(requests))
        except OSError as error:
            self._part.unlink(missing_ok=True)
            raise named(error) from error
        self._map = np.memmap(self._part, np.uint64, "r+", offset=_BLOCK)

    @property
    def results(self) -> Words:
        return self._map[: -_TAG // 8]

    def publish(self) -> None:
        """Add the digest, flush to disk and make the segment ready, in place of one that was used."""
        with self._part.open("rb") as source:
            source.seek(_BLOCK)
            tag = _tag_of(source, self.results.nbytes, self._name, self._seed)
        self._map[-_TAG // 8 :] = np.frombuffer(tag, np.uint64)
        self._map.flush()
        self._target.with_suffix(".taken").unlink(missing_ok=True)
        os.replace(self._part, self._target)
        sync_folder(self._target.parent)


class StoredCorrelations:
    """Implements :class:`~server_node.offline.provider.Correlations` from one ready segment; a context manager.

    Raises:
        CorrelationReused: the segment was taken before, or more is asked for than was planned.
        PeerMismatch: something else than the plan's next correlation is asked for.
        StoreDamaged: the file is not what it should be.
    """

    def __init__(self, folder: Path, name: SegmentName, requests: Segment) -> None:
        ready = ready_path(folder, name.segment)
        self._taken = ready.with_suffix(".taken")
        self._requests = requests
        self._next = 0
        if self._taken.exists():
            raise CorrelationReused(f"Segment {name.segment} was used before.")
        _verify(ready, name, requests)
        try:
            os.replace(ready, self._taken)
        except FileNotFoundError as error:
            raise CorrelationReused(f"Segment {name.segment} was taken by another process.") from error
        sync_folder(folder)
        self._file = open(self._taken, "rb")
        self._file.seek(_BLOCK - SEED_BYTES)
        self._seed = self._file.read(SEED_BYTES)

    def close(self) -> None:
        """Delete what the used segment held; its empty file stays, so that it cannot be opened again."""
        self._file.close()
        os.truncate(self._taken, 0)

    def mask(self, shape: tuple[int, ...]) -> Mask:
        index, own, _ = self._take("mask", shape)
        return Mask(index, _tensor(own).reshape(shape))

    def product(self, a: Mask, b: Mask) -> torch.Tensor:
        shape = np.broadcast_shapes(tuple(a.share.shape), tuple(b.share.shape))
        return self._result("product", shape, (a.index, b.index))

    def square(self, a: Mask, ring_bits: int = 64) -> torch.Tensor:
        return self._result("square", tuple(a.share.shape), (a.index,), str(ring_bits))

    def matmul(self, a: Mask, b: Mask, layout: Layout, ring_bits: int = 64) -> torch.Tensor:
        rows = a.share.shape[1 if layout == "tn" else 0]
        columns = b.share.shape[0 if layout == "nt" else 1]
        return self._result("matmul", (rows, columns), (a.index, b.index), f"{layout}/{ring_bits}")

    def bit_triples(self, words: int) -> BitTriples:
        _, own, result = self._take("bit-triples", (words,))
        return BitTriples(*_tensor(own).reshape(3, words), *_tensor(result).reshape(2, words))

    def private_and(self, words: int) -> PrivateBits:
        _, own, result = self._take("private-and", (words,))
        return PrivateBits(_tensor(own), _tensor(result))

    def private_product(self, size: int, value_bytes: int) -> PrivateBits:
        _, own, result = self._take("private-product", (size,), (), str(value_bytes))
        return PrivateBits(_tensor(own), _tensor(result))

    def selectors(self, size: int) -> Selectors:
        _, own, result = self._take("selectors", (size,))
        words = packed_words(size)
        own_share, parts = _tensor(own), _tensor(result).reshape(2, size)
        return Selectors(own_share[:words], parts[0], own_share[words:], parts[1])

    def signs(self, size: int) -> Signs:
        _, own, result = self._take("signs", (size,))
        parts = _tensor(result).reshape(3, size)
        return Signs(_tensor(own), parts[0], parts[1], parts[2])

    def _result(
        self, kind: Kind, shape: tuple[int, ...], masks: tuple[int, ...], option: str = ""
    ) -> torch.Tensor:
        return _tensor(self._take(kind, shape, masks, option)[2]).reshape(shape)

    def _take(
        self, kind: Kind, shape: tuple[int, ...], masks: tuple[int, ...] = (), option: str = ""
    ) -> tuple[int, Words, Words]:
        index = self._next
        if index >= len(self._requests):
            raise CorrelationReused("The job asks for more correlations than its plan holds.")
        request = Request(kind, tuple(shape), masks, option)
        if request != self._requests[index]:
            raise PeerMismatch(f"The job asks for {kind} {shape} where its plan holds {self._requests[index]}.")
        self._next += 1
        result = np.empty(request.result_words, np.uint64)
        if self._file.readinto(result.view(np.uint8).data) != result.nbytes:
            raise StoreDamaged("The correlations end too early.")
        return index, own_words(self._seed, index, request), result


def _tensor(words: Words) -> torch.Tensor:
    return torch.from_numpy(words.view(np.int64))
