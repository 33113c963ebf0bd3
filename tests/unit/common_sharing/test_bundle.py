"""Bundle files: exact, streamed, and every damage to the frame is named."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from common.errors import BadBundle
from common.ids import Party
from common.sharing.bundle import HEADER_BYTES, BundleReader, BundleWriter
from common.sharing.share_chunk import MAX_SEALED, MIN_SEALED
from tests.helpers.seeded import SeededRandom

NONCE = bytes(range(16))
CHUNKS = [SeededRandom(str(i)).token(MIN_SEALED + 31 * i) for i in range(3)]


def written(chunks: list[bytes], party: Party = Party.P1) -> bytes:
    file = io.BytesIO()
    writer = BundleWriter(file, party, NONCE)
    for chunk in chunks:
        writer.add(chunk)
    writer.finish()
    return file.getvalue()


def read(path: Path, data: bytes) -> list[bytes]:
    path.write_bytes(data)
    with BundleReader(path) as reader:
        return list(reader)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server-b.bundle"


def test_bundle_chunks_come_back_in_order_and_by_index(path: Path) -> None:
    path.write_bytes(written(CHUNKS))
    with BundleReader(path) as reader:
        assert (reader.party, reader.nonce, len(reader)) == (Party.P1, NONCE, 3)
        assert list(reader) == CHUNKS
        assert [reader.chunk(i) for i in (2, 0, 1)] == [CHUNKS[2], CHUNKS[0], CHUNKS[1]]


def test_bundle_unfinished_file_is_refused(path: Path) -> None:
    file = io.BytesIO()
    BundleWriter(file, Party.P0, NONCE).add(CHUNKS[0])
    with pytest.raises(BadBundle, match="never finished"):
        read(path, file.getvalue())


def test_bundle_every_flipped_header_or_length_byte_is_named_or_harmless(path: Path) -> None:
    """The nonce and the party are free fields of the file; the reader gives them as they stand."""
    good = written(CHUNKS)
    places = [*range(16), *range(HEADER_BYTES, HEADER_BYTES + 4)]
    for place in places:
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(good)
            damaged[place] ^= flip
            if place == 10 and flip == 0x01:
                path.write_bytes(bytes(damaged))
                with BundleReader(path) as reader:
                    assert reader.party is Party.P0
                continue
            with pytest.raises(BadBundle):
                read(path, bytes(damaged))


@pytest.mark.parametrize("cut", [0, 1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 3, HEADER_BYTES + 50, -1])
def test_bundle_cut_file_is_refused(path: Path, cut: int) -> None:
    with pytest.raises(BadBundle):
        read(path, written(CHUNKS)[:cut])


def test_bundle_trailing_byte_is_refused(path: Path) -> None:
    with pytest.raises(BadBundle, match="shorter or longer"):
        read(path, written(CHUNKS) + b"\x00")


@pytest.mark.parametrize("length", [0, MIN_SEALED - 1, MAX_SEALED + 1, 2**32 - 1])
def test_bundle_impossible_length_is_refused_before_reading(path: Path, length: int) -> None:
    damaged = bytearray(written(CHUNKS[:1]))
    damaged[HEADER_BYTES : HEADER_BYTES + 4] = length.to_bytes(4, "little")
    with pytest.raises(BadBundle, match="impossible length"):
        read(path, bytes(damaged))


def test_bundle_missing_file_and_missing_chunk_are_named(path: Path) -> None:
    with pytest.raises(BadBundle, match="cannot be opened"):
        BundleReader(path)
    path.write_bytes(written(CHUNKS))
    with BundleReader(path) as reader:
        for index in (-1, 3):
            with pytest.raises(BadBundle, match="no chunk"):
                reader.chunk(index)


def test_bundle_file_that_shrinks_while_open_is_named(path: Path) -> None:
    path.write_bytes(written([bytes(100_000)] * 3))
    with BundleReader(path) as reader:
        path.write_bytes(b"")
        with pytest.raises(BadBundle, match="too early"):
            reader.chunk(2)


def test_bundle_without_chunks_is_refused(path: Path) -> None:
    with pytest.raises(BadBundle, match="1 to"):
        read(path, written([]))


def test_bundle_writer_refuses_what_no_reader_takes() -> None:
    writer = BundleWriter(io.BytesIO(), Party.P0, NONCE)
    for chunk in (b"", bytes(MAX_SEALED + 1)):
        with pytest.raises(ValueError, match="does not fit"):
            writer.add(chunk)
    with pytest.raises(ValueError, match="16 bytes"):
        BundleWriter(io.BytesIO(), Party.P0, b"short")


def test_bundle_reader_holds_one_chunk_at_a_time(path: Path) -> None:
    chunk = bytes(1_000_000)
    path.write_bytes(written([chunk] * 12))
    tracemalloc.start()
    try:
        with BundleReader(path) as reader:
            total = sum(len(sealed) for sealed in reader)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 12 * len(chunk)
    assert peak < 3 * len(chunk)
