"""Packed bits: there and back, and shapes alone while a plan is recorded."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given

from server_node.offline.plan import packed_words
from server_node.online.bits import pack, planes, unpack
from tests.helpers.two_party.operations import uniform
from tests.helpers.two_party.strategies import bit_rows, ring_values


@given(row=bit_rows())
def test_bits_packed_and_unpacked_are_the_same(row: torch.Tensor) -> None:
    words = pack(row)
    assert words.shape == (packed_words(len(row)),)
    assert torch.equal(unpack(words, len(row)), row)


@given(row=bit_rows())
def test_bits_spare_ones_are_zero(row: torch.Tensor) -> None:
    words = pack(row)
    assert not unpack(words, 64 * len(words))[len(row) :].any()


@pytest.mark.parametrize("place", [0, 1, 31, 62, 63])
def test_bits_least_significant_comes_first(place: int) -> None:
    row = torch.zeros(70, dtype=torch.int64)
    row[place] = 1
    value = 1 << place if place < 63 else -(2**63)
    assert pack(row).tolist() == [value, 0]


def test_bits_pack_works_on_rows() -> None:
    table = uniform(0, 2, 3, 100)
    assert torch.equal(pack(table), torch.stack([pack(row) for row in table]))


def test_bits_pack_takes_booleans() -> None:
    row = uniform(0, 2, 77)
    assert torch.equal(pack(row == 1), pack(row))


@given(values=ring_values())
def test_bits_planes_hold_bit_i_in_row_i(values: torch.Tensor) -> None:
    table = planes(values, 32)
    for index in range(32):
        assert torch.equal(unpack(table[index], len(values)), (values >> index) & 1)


@pytest.mark.parametrize("count", [1, 8, 9, 31])
def test_bits_planes_of_fewer_bits_are_the_first_rows(count: int) -> None:
    values = uniform(-(2**63), 2**63 - 1, 130)
    assert torch.equal(planes(values, count), planes(values, 32)[:count])


@pytest.mark.parametrize("size", [1, 64, 65])
def test_bits_answer_with_shapes_alone_while_recording(size: int) -> None:
    real, shape_only = torch.zeros(2, size, dtype=torch.int64), torch.empty(2, size, dtype=torch.int64, device="meta")
    assert pack(shape_only).is_meta
    assert pack(shape_only).shape == pack(real).shape
    assert planes(shape_only[0], 5).shape == planes(real[0], 5).shape
    assert unpack(torch.empty(packed_words(size), dtype=torch.int64, device="meta"), size).shape == (size,)
