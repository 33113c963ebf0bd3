"""The chunk parser takes exactly what the manifest says and names everything else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.crypto import domains
from common.crypto.sealing import SealingKey, seal
from common.errors import AppError, BadBundle, BadSeal
from common.ids import Party
from common.sharing.compact import combine, split_chunk
from common.sharing.share_chunk import (
    HEADER_BYTES,
    MAX_PAYLOAD,
    MAX_SEALED,
    Chunk,
    ChunkExpectation,
    ChunkKind,
    ChunkLayout,
    open_chunk,
    parse_chunk,
    write_chunk,
)
from tests.helpers.seeded import SeededRandom

LAYOUT = ChunkLayout((3, 2, 1), 2, 16)
NONCE = bytes(range(16))
PIXELS = np.arange(4 * 6, dtype=np.uint8).reshape(4, 3, 2, 1)
LABELS = np.eye(2, dtype=np.uint8)[[0, 1, 1, 0]]
KEY = SealingKey.generate(SeededRandom("node"))


def expects(index: int = 0) -> list[ChunkExpectation]:
    return [ChunkExpectation(LAYOUT, NONCE, party, index, 4) for party in Party]


def plains(index: int = 0) -> list[bytes]:
    seed, data = split_chunk(PIXELS, LABELS, SeededRandom("chunk"))
    return [write_chunk(e, seed if e.kind is ChunkKind.SEED else data) for e in expects(index)]


@pytest.mark.parametrize("index", [0, 1, 2, 65_535])
def test_chunks_of_both_parties_combine_to_the_images(index: int) -> None:
    a, b = (parse_chunk(p, e) for p, e in zip(plains(index), expects(index), strict=True))
    assert np.array_equal(combine(a.pixels_share(), b.pixels_share()), PIXELS)
    assert np.array_equal(combine(a.labels_share(), b.labels_share()), LABELS)
    assert a.pixels_share().dtype == np.uint16
    assert a.labels_share().shape == (4, 2)


def test_seed_side_alternates_between_the_parties() -> None:
    kinds = [[e.kind for e in expects(index)] for index in range(2)]
    assert kinds == [[ChunkKind.SEED, ChunkKind.DATA], [ChunkKind.DATA, ChunkKind.SEED]]
    assert [len(p) for p in plains(0)] == [HEADER_BYTES + 32, HEADER_BYTES + 2 * (24 + 8)]


def test_chunk_repr_shows_no_share() -> None:
    chunk = parse_chunk(plains()[0], expects()[0])
    assert "payload" not in repr(chunk)


@pytest.mark.parametrize("party", list(Party))
def test_parse_every_flipped_header_byte_is_named(party: Party) -> None:
    plain = plains()[party]
    for place in range(HEADER_BYTES):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(plain)
            damaged[place] ^= flip
            with pytest.raises(BadBundle):
                parse_chunk(bytes(damaged), expects()[party])


@pytest.mark.parametrize("party", list(Party))
@given(data=st.data())
def test_parse_other_length_is_refused(party: Party, data: st.DataObject) -> None:
    plain = plains()[party]
    length = data.draw(st.integers(0, len(plain) + 40).filter(lambda n: n != len(plain)))
    changed = (plain + bytes(40))[:length]
    with pytest.raises(BadBundle):
        parse_chunk(changed, expects()[party])


@given(st.binary(max_size=200))
def test_parse_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadBundle):
        parse_chunk(data, expects()[0])


@pytest.mark.parametrize(
    ("expect", "field"),
    [
        (replace(expects()[0], index=2), "index"),
        (replace(expects()[0], count=3), "count"),
        (replace(expects()[0], nonce=bytes(16)), "nonce"),
        (replace(expects()[0], layout=ChunkLayout((2, 3, 1), 2, 16)), "height"),
        (replace(expects()[0], layout=ChunkLayout((3, 1, 1), 2, 16)), "width"),
        (replace(expects()[0], layout=ChunkLayout((3, 2, 3), 2, 16)), "channels"),
        (replace(expects()[0], layout=ChunkLayout((3, 2, 1), 3, 16)), "classes"),
        (replace(expects()[0], layout=ChunkLayout((3, 2, 1), 2, 32)), "ring bits"),
    ],
)
def test_parse_chunk_of_another_place_names_the_field(expect: ChunkExpectation, field: str) -> None:
    with pytest.raises(BadBundle) as caught:
        parse_chunk(plains()[0], expect)
    assert caught.value.details["field"] == field


def test_parse_chunk_of_the_other_party_is_refused() -> None:
    with pytest.raises(BadBundle):
        parse_chunk(plains()[1], expects()[0])


def test_open_every_flipped_byte_of_a_sealed_chunk_is_named() -> None:
    sealed = seal(KEY.public, domains.CHUNK_SEAL_V1, plains()[0])
    assert len(sealed) == expects()[0].sealed_size
    assert isinstance(open_chunk(KEY, sealed, expects()[0]), Chunk)
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 0x01
        with pytest.raises(AppError) as caught:
            open_chunk(KEY, bytes(damaged), expects()[0])
        assert isinstance(caught.value, BadSeal | BadBundle)


def test_open_for_another_node_or_purpose_is_refused() -> None:
    sealed = seal(KEY.public, domains.CHUNK_SEAL_V1, plains()[0])
    with pytest.raises(BadSeal):
        open_chunk(SealingKey.generate(SeededRandom("other")), sealed, expects()[0])
    with pytest.raises(BadSeal):
        open_chunk(KEY, seal(KEY.public, domains.MODEL_SEAL_V1, plains()[0]), expects()[0])


def test_write_payload_of_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        write_chunk(expects()[0], bytes(31))


@pytest.mark.parametrize(
    ("layout", "images"),
    [
        (ChunkLayout((28, 28, 1), 10, 16), 2641),
        (ChunkLayout((224, 224, 3), 2, 16), 13),
        (ChunkLayout((1024, 1024, 1), 2, 16), 1),
        (ChunkLayout((2048, 2048, 1), 2, 32), 0),
    ],
)
def test_images_per_chunk_fill_four_mebibytes(layout: ChunkLayout, images: int) -> None:
    assert layout.images_per_chunk == images
    assert images * layout.image_elements * layout.ring_bits // 8 <= MAX_PAYLOAD < MAX_SEALED
