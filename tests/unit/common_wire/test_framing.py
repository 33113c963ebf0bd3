"""Frames: exactly the one that must come next is accepted."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadFrame, WrongVersion
from common.wire.framing import HEADER_BYTES, MAX_BODY, VERSION, check_header, encode_header, label

STEP = "open"


@given(step=st.text(max_size=20), position=st.integers(0, 2**40), length=st.integers(0, MAX_BODY))
def test_frame_header_is_accepted_where_it_belongs(step: str, position: int, length: int) -> None:
    header = encode_header(step, position, length)
    assert len(header) == HEADER_BYTES
    check_header(header, step, position, length)


def test_frame_header_has_the_stated_layout() -> None:
    magic, version, found, length = struct.unpack("<2sHQI", encode_header(STEP, 5, 1234))
    assert (magic, version, length) == (b"IG", VERSION, 1234)
    assert found == label(STEP, 5)
    assert found & 0xFFFFFFFF == 5


@given(offset=st.integers(0, HEADER_BYTES - 1), flip=st.integers(1, 255))
def test_frame_header_with_any_byte_changed_is_refused(offset: int, flip: int) -> None:
    damaged = bytearray(encode_header(STEP, 3, 100))
    damaged[offset] ^= flip
    with pytest.raises(WrongVersion if offset in (2, 3) else BadFrame):
        check_header(bytes(damaged), STEP, 3, 100)


@pytest.mark.parametrize(("step", "position", "length"), [("swap-bits", 3, 100), (STEP, 2, 100), (STEP, 4, 100)])
def test_frame_of_another_step_or_place_is_out_of_order(step: str, position: int, length: int) -> None:
    with pytest.raises(BadFrame, match="out of order") as caught:
        check_header(encode_header(STEP, 3, 100), step, position, length)
    assert caught.value.details == {"step": step}


@pytest.mark.parametrize("length", [0, 99, 101, MAX_BODY])
def test_frame_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadFrame, match="instead of"):
        check_header(encode_header(STEP, 3, length), STEP, 3, 100)


def test_frame_longer_than_the_cap_cannot_be_made() -> None:
    encode_header(STEP, 0, MAX_BODY)
    with pytest.raises(BadFrame, match="longer than"):
        encode_header(STEP, 0, MAX_BODY + 1)


def test_frame_of_another_version_names_both() -> None:
    other = bytearray(encode_header(STEP, 0, 0))
    other[2] = VERSION + 1
    with pytest.raises(WrongVersion, match=f"{VERSION + 1}.*{VERSION}"):
        check_header(bytes(other), STEP, 0, 0)


def test_frame_labels_of_all_steps_differ() -> None:
    steps = ["open", "swap-bits", "sign-corrections", "ot-corrections", "ot-trees", "product-corrections"]
    assert len({label(step, 0) for step in steps}) == len(steps)
