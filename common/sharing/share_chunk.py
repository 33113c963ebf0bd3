"""One party's share of one chunk of images: the plaintext inside a sealed chunk, format ``share-bundle-v1``.

A chunk is a 40-byte little-endian header and a payload. The header repeats what the signed manifest says, so that a
chunk cannot be used in another place, for another party or for another data set; the parser compares every field.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto import domains
from common.crypto.sealing import SealingKey, sealed_size
from common.errors import BadBundle
from common.ids import Party
from common.sharing.compact import SEED_BYTES, Share, expand_seed, ring_dtype

MAGIC: Final = b"IGCH"
VERSION: Final = 1
NONCE_BYTES: Final = 16
MAX_PAYLOAD: Final = 4 * 1024 * 1024
MAX_SIDE: Final = 4096
MAX_CLASSES: Final = 1024
MAX_CHUNKS: Final = 65_536

_HEADER: Final = struct.Struct("<4sHBBBBHIIHH16s")
HEADER_BYTES: Final = _HEADER.size
MAX_SEALED: Final = sealed_size(domains.CHUNK_SEAL_V1, HEADER_BYTES + MAX_PAYLOAD)
"""No sealed chunk is longer than this: the cap for readers, uploads and request bodies."""
MIN_SEALED: Final = sealed_size(domains.CHUNK_SEAL_V1, HEADER_BYTES + 1)


class ChunkKind(IntEnum):
    """What a party holds of a chunk."""

    SEED = 1
    DATA = 2


@dataclass(frozen=True)
class ChunkLayout:
    """What one image of a data set looks like in shares."""

    shape: tuple[int, int, int]
    classes: int
    ring_bits: int

    @property
    def image_elements(self) -> int:
        """Ring elements of one image, labels included."""
        height, width, channels = self.shape
        return height * width * channels + self.classes

    @property
    def images_per_chunk(self) -> int:
        """Images in every chunk but the last; 0 if one image alone is too large for a chunk."""
        return MAX_PAYLOAD // (self.image_elements * self.ring_bits // 8)


@dataclass(frozen=True)
class ChunkExpectation:
    """What the signed manifest says about one party's chunk."""

    layout: ChunkLayout
    nonce: bytes
    party: Party
    index: int
    count: int

    @property
    def kind(self) -> ChunkKind:
        """The seed goes to party ``index mod 2``, so that load and storage are even."""
        return ChunkKind.SEED if self.index % 2 == self.party else ChunkKind.DATA

    @property
    def elements(self) -> int:
        """Ring elements of the whole chunk."""
        return self.count * self.layout.image_elements

    @property
    def payload_bytes(self) -> int:
        return SEED_BYTES if self.kind is ChunkKind.SEED else self.elements * self.layout.ring_bits // 8

    @property
    def plain_size(self) -> int:
        return HEADER_BYTES + self.payload_bytes

    @property
    def sealed_size(self) -> int:
        return sealed_size(domains.CHUNK_SEAL_V1, self.plain_size)

    def header(self) -> bytes:
        """The only header such a chunk may have."""
        height, width, channels = self.layout.shape
        return _HEADER.pack(
            MAGIC, VERSION, self.kind, self.party, self.layout.ring_bits, channels, self.layout.classes,
            self.index, self.count, height, width, self.nonce,
        )  # fmt: skip


@dataclass(frozen=True)
class Chunk:
    """A parsed chunk: this party's share of ``expect.count`` images and their labels. Its repr shows no share."""

    expect: ChunkExpectation
    payload: bytes | memoryview = field(repr=False)

    @cached_property
    def _elements(self) -> Share:
        expect = self.expect
        if expect.kind is ChunkKind.SEED:
            return expand_seed(bytes(self.payload), expect.elements, expect.layout.ring_bits)
        return np.frombuffer(self.payload, dtype=ring_dtype(expect.layout.ring_bits))

    def pixels_share(self) -> npt.NDArray[Any]:
        """Share of the pixels, uint16 or uint32 ``[count, h, w, c]``; expanded once, then kept with the chunk."""
        expect = self.expect
        return self._elements[: self._pixel_elements].reshape(expect.count, *expect.layout.shape)

    def labels_share(self) -> npt.NDArray[Any]:
        """Share of the one-hot labels, uint16 or uint32 ``[count, classes]``."""
        return self._elements[self._pixel_elements :].reshape(self.expect.count, self.expect.layout.classes)

    @property
    def _pixel_elements(self) -> int:
        return self.expect.elements - self.expect.count * self.expect.layout.classes


def write_chunk(expect: ChunkExpectation, payload: bytes | Share) -> bytes:
    """Plaintext of one chunk: header and payload (the 32-byte seed, or the 1-D data share).

    Raises:
        ValueError: the payload does not have the length the expectation states.
    """
    body = payload if isinstance(payload, bytes) else payload.data.cast("B")
    if len(body) != expect.payload_bytes:
        raise ValueError("payload and header do not fit")
    return b"".join((expect.header(), body))


def parse_chunk(plain: bytes, expect: ChunkExpectation) -> Chunk:
    """Read one opened chunk.

    Raises:
        BadBundle: names the first field that is not what the manifest says; nothing is allocated before.
    """
    if len(plain) < HEADER_BYTES:
        raise BadBundle("The chunk ends inside its header.", chunk=expect.index)
    _check_header(plain, expect)
    if len(plain) != expect.plain_size:
        raise BadBundle(f"The chunk has {len(plain)} bytes, not {expect.plain_size}.", chunk=expect.index)
    return Chunk(expect, memoryview(plain)[HEADER_BYTES:])


def open_chunk(key: SealingKey, sealed: bytes, expect: ChunkExpectation) -> Chunk:
    """Open and read one sealed chunk.

    Raises:
        BadSeal: not sealed for this key as a chunk, or damaged.
        BadBundle: opened, but not what the manifest says.
    """
    return parse_chunk(key.open(domains.CHUNK_SEAL_V1, sealed), expect)


def _check_header(plain: bytes, expect: ChunkExpectation) -> None:
    height, width, channels = expect.layout.shape
    wanted: dict[str, object] = {
        "magic": MAGIC, "version": VERSION, "kind": expect.kind, "party": expect.party,
        "ring bits": expect.layout.ring_bits, "channels": channels, "classes": expect.layout.classes,
        "index": expect.index, "count": expect.count, "height": height, "width": width, "nonce": expect.nonce,
    }  # fmt: skip
    for (name, want), found in zip(wanted.items(), _HEADER.unpack_from(plain), strict=True):
        if found != want:
            raise BadBundle(f"The chunk states another {name} than the manifest.", chunk=expect.index, field=name)
