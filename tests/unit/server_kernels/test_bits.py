"""Work on packed bits against its definition: the loops for this processor, and what other devices run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from server_node.kernels import bits
from server_node.kernels.bits import Cut, Moved, pack, planes, unpack, word_count
from tests.helpers.two_party.operations import uniform
from tests.helpers.two_party.strategies import bit_rows, edges, ring_values

RING = (-(2**63), 2**63 - 1)
SIZES = (1, 63, 64, 65, 1100)


@pytest.fixture(params=["compiled", "torch"], autouse=True)
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The loops for this processor, and what other devices run."""
    if request.param == "torch":
        monkeypatch.setattr(bits, "_is_here", lambda tensor: False)
    return str(request.param)


def words(*shape: int, seed: int = 0) -> torch.Tensor:
    return uniform(*RING, *shape, seed=seed)


def wide(number: int) -> int:
    """A number mod 2^64 as a tensor of int64 holds it."""
    return (number + 2**63) % 2**64 - 2**63


@pytest.mark.parametrize("size", SIZES)
def test_bits_packed_and_unpacked_are_the_same(size: int) -> None:
    row = uniform(0, 2, size)
    packed = pack(row)
    assert packed.shape == (word_count(size),)
    assert torch.equal(unpack(packed, size), row)
    assert not unpack(packed, 64 * len(packed))[size:].any()


@pytest.mark.parametrize("place", [0, 1, 31, 62, 63])
def test_bits_least_significant_comes_first(place: int) -> None:
    row = torch.zeros(70, dtype=torch.int64)
    row[place] = 1
    assert pack(row).tolist() == [wide(1 << place), 0]


def test_bits_pack_works_on_rows_and_takes_booleans() -> None:
    table = uniform(0, 2, 3, 100)
    assert torch.equal(pack(table), torch.stack([pack(row) for row in table]))
    assert torch.equal(pack(table == 1), pack(table))
    assert torch.equal(pack(table.T[::3]), pack(table.T[::3].contiguous()))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 64])
def test_bits_planes_hold_bit_i_in_row_i(count: int, size: int) -> None:
    values = uniform(*RING, size)
    table = planes(values, count)
    assert table.shape == (count, word_count(size))
    for index, row in enumerate(table):
        assert torch.equal(unpack(row, size), (values >> index) & 1)


@pytest.mark.parametrize(("count", "start"), [(1, 63), (1, 47), (8, 3), (30, 34), (40, 20)])
def test_bits_planes_from_a_bit_on_are_rows_of_all(count: int, start: int) -> None:
    values = uniform(*RING, 130)
    assert torch.equal(planes(values, count, start=start), planes(values, 64)[start : start + count])


@pytest.mark.parametrize("count", [1, 24, 40])
def test_bits_planes_of_moved_values(count: int) -> None:
    values = torch.cat([edges(*RING), uniform(*RING, 70)])
    moved = Moved(before=2**62 - 1, shift=16, after=1 - 2**46)
    expected = ((values + (2**62 - 1)) >> 16) + (1 - 2**46)
    assert torch.equal(planes(values, count, moved), planes(expected, count))


def test_bits_planes_take_values_with_gaps() -> None:
    values = uniform(*RING, 130, 2)[:, 0]
    assert torch.equal(planes(values, 9), planes(values.clone(), 9))


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_pair_nodes_of_both_parties_give_generate_and_propagate(pairs: int) -> None:
    """Whatever was masked with whatever, as long as the sums are products of the masks."""
    own = [words(2 * pairs, 18, seed=seed) for seed in range(2)]
    masks = [words(3, pairs, 18, seed=2 + seed) for seed in range(2)]
    both = [x[0::2] & x[1::2] for x in own]
    sent = [
        tuple(x ^ mask for x, mask in zip((o[0::2], o[1::2], b), m, strict=True))
        for o, b, m in zip(own, both, masks, strict=True)
    ]
    p, q = masks
    sums = torch.stack([(p[1] & q[1]) ^ (p[2] & q[0]) ^ (p[0] & q[2]), (p[1] & q[0]) ^ (p[0] & q[1])])
    shares = [words(2, pairs, 18, seed=9)]
    shares.append(sums ^ shares[0])
    out = torch.zeros(2, 2, pairs + 1, 18, dtype=torch.int64)
    for party in range(2):
        t0, t1, t2 = sent[1 - party]
        secret = None if party == 0 else masks[1]
        bits.pair_nodes((own[party], both[party]), secret, (t0, t1, t2), shares[party], out[party][:, 1:])
    generate, propagate = out[0] ^ out[1]
    x, y = own
    upper, lower = x[1::2] ^ y[1::2], x[0::2] ^ y[0::2]
    assert torch.equal(generate[1:], (x[1::2] & y[1::2]) ^ (upper & x[0::2] & y[0::2]))
    assert torch.equal(propagate[1:], upper & lower)
    assert not out[:, :, 0].any()


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize(("digits", "size"), [(1, 1), (3, 18), (2, 130)])
def test_digits_of_both_parties_give_generate_and_propagate(digits: int, size: int, depth: int) -> None:
    """The peer finds in the table what belongs to its digit, under the pad that it knows; blocks and rests of words."""
    total = digits * size
    own, peer, index = (words(depth, total, seed=seed) for seed in range(3))
    pads, out = words(1 << depth, 2, total, seed=3), torch.zeros(digits, 2, (1 << depth) - 1, size, dtype=torch.int64)
    given = bits.digit_entries(own, peer ^ index, pads, out)
    taken = bits.digit_choice(index, out, bits.pick(index, pads))
    first, second = (
        sum((unpack(row, 64 * total) << place for place, row in enumerate(number)), torch.zeros(64 * total).long())
        for number in (own, peer)
    )
    generate, propagate = (unpack(row, 64 * total) for row in given ^ taken)
    assert torch.equal(generate, (first + second >> depth))
    assert torch.equal(propagate, (first + second == (1 << depth) - 1).long())


def test_digits_show_nothing_but_the_entry_at_the_index() -> None:
    """Every entry of a table hides under its own pad: with other pads of the entries that the peer cannot open, what is
    sent differs there alone."""
    own, moved, pads = words(4, 5), words(4, 5, seed=1), words(16, 2, 5, seed=2)
    other = pads.clone()
    other[3] ^= words(2, 5, seed=3)
    sent = [torch.zeros(1, 2, 15, 5, dtype=torch.int64) for _ in range(2)]
    shares = [bits.digit_entries(own, moved, each, out) for each, out in zip((pads, other), sent, strict=True)]
    assert torch.equal(*shares)
    changed = (sent[0] ^ sent[1])[0]
    assert torch.equal(changed[:, 2], words(2, 5, seed=3))
    assert not changed[:, :2].any() and not changed[:, 3:].any()


def test_pick_takes_the_bits_at_the_index() -> None:
    index, rows = words(3, 70), words(8, 2, 70, seed=1)
    places = sum((unpack(row, 4480) << place for place, row in enumerate(index)), torch.zeros(4480).long())
    for side, found in enumerate(bits.pick(index, rows)):
        table = torch.stack([unpack(row, 4480) for row in rows[:, side]])
        assert torch.equal(unpack(found, 4480), table.gather(0, places[None])[0])


def test_and_share_of_both_parties_is_the_product() -> None:
    x, y, a, b = (words(19, seed=seed) for seed in range(4))
    masks = [(words(19, seed=5), words(19, seed=6))]
    masks.append((a ^ masks[0][0], b ^ masks[0][1]))
    products = [words(19, seed=7)]
    products.append((a & b) ^ products[0])
    found = [bits.and_share((x ^ a, y ^ b), masks[party], products[party], party == 0) for party in range(2)]
    assert torch.equal(found[0] ^ found[1], x & y)


@pytest.mark.parametrize("count", [2, 3, 8, 9])
@pytest.mark.parametrize("is_lowest", [False, True])
def test_merge_nodes_of_both_parties_is_a_level_of_the_tree(count: int, is_lowest: bool) -> None:
    pairs, skip = count // 2, int(is_lowest)
    secret, masks = words(2, count, 18), words(3, pairs, 18, seed=1)
    products = torch.stack([masks[0] & masks[1], masks[0] & masks[2]])
    low, high = secret[:, 0 : 2 * pairs : 2], secret[:, 1 : 2 * pairs : 2]
    opened = high[1] ^ masks[0], low[0] ^ masks[1], (low[1] ^ masks[2])[skip:]
    shares = []
    for party in range(2):
        nodes, triples = words(2, count, 18, seed=2), words(5, pairs, 18, seed=3)
        if party == 1:
            nodes, triples = nodes ^ secret, triples ^ torch.cat([masks, products])
        a, b0, b1, c0, c1 = triples
        shares.append(bits.merge_nodes(nodes, opened, (a, b0, b1, c0, c1), is_lowest, party == 0))
    generate, propagate = shares[0] ^ shares[1]
    assert torch.equal(generate[:pairs], high[0] ^ (high[1] & low[0]))
    assert torch.equal(propagate[skip:pairs], (high[1] & low[1])[skip:])
    assert torch.equal(generate[pairs:], secret[0, 2 * pairs :])
    assert torch.equal(propagate[pairs:], secret[1, 2 * pairs :])


@pytest.mark.parametrize("size", SIZES)
def test_selection_of_both_parties_is_the_value_or_zero(size: int) -> None:
    x, bit, choice = words(2, size), words(2, word_count(size), seed=1), words(2, word_count(size), seed=2)
    pads = words(2, 2, size, seed=3)
    sent = [bits.select_message(bit[i], x[i], (pads[i, 0], pads[i, 1])) for i in range(2)]
    found = torch.zeros(size, dtype=torch.int64)
    for i in range(2):
        chosen = torch.where(unpack(choice[i], size) == 1, pads[1 - i, 1], pads[1 - i, 0])
        opened = bit[i], choice[i], bit[i] ^ choice[i], bit[1 - i] ^ choice[1 - i]
        found += bits.select_share(opened, x[i], (chosen, pads[i, 0]), sent[1 - i])
    assert torch.equal(found, x.sum(dim=0) * unpack(bit[0] ^ bit[1], size))


@pytest.mark.parametrize("size", SIZES)
def test_selection_of_narrow_values_is_that_of_wide_ones_mod_2_32(size: int) -> None:
    x, rows = words(size), words(4, word_count(size), seed=1)
    opened = rows[0], rows[1], rows[2], rows[3]
    pad0, pad1, moved = (words(size, seed=seed) for seed in range(2, 5))
    narrow0, narrow1, narrow = (value.to(torch.int32) for value in (pad0, pad1, moved))
    message = bits.select_message(rows[0], x, (narrow0, narrow1), torch.int32)
    assert torch.equal(message, bits.select_message(rows[0], x, (pad0, pad1)).to(torch.int32))
    share = bits.select_share(opened, x, (narrow0, narrow1), narrow)
    assert torch.equal(share.to(torch.int32), bits.select_share(opened, x, (pad0, pad1), moved).to(torch.int32))


@pytest.mark.parametrize("size", SIZES)
def test_ring_bits_are_twice_the_or_less_own_bits(size: int) -> None:
    own, term, flip, value = words(3, word_count(size))[0], words(20, seed=1), words(20, seed=2), words(size, seed=3)
    either = unpack(term, size) - torch.where(unpack(flip, size) == 1, -value, value)
    found = bits.ring_bits(own, (term[: len(own)], flip[: len(own)], value))
    assert torch.equal(found, 2 * either - unpack(own, size))


CUTS = [
    Cut(64, 16, 1, 2**62, -(2**46), rounds_up=True),
    Cut(64, 1),
    Cut(64, 40, 655, 2**62, 1, rounds_up=True),
    Cut(48, 20, 2**29, 2**46, -7, rounds_up=True),
    Cut(40, 38, 3),
    Cut(16, 0),
    Cut(64, 0),
    Cut(33, 32, 1, rounds_up=True),
]


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_truncated_is_the_quotient_less_what_wrapped(cut: Cut) -> None:
    x = torch.cat([edges(*RING), uniform(*RING, 100)])
    term, flip, value = words(word_count(len(x)), seed=1), words(word_count(len(x)), seed=2), words(len(x), seed=3)
    either = unpack(term, len(x)) - torch.where(unpack(flip, len(x)) == 1, -value, value)
    found = bits.truncated(x, cut, (term, flip, value)).tolist()
    for number, wrapped, share in zip(x.tolist(), either.tolist(), found, strict=True):
        scaled = (number + cut.before) % 2**cut.ring_bits * cut.factor
        rounded = -(-scaled // 2**cut.shift) if cut.rounds_up else scaled >> cut.shift
        assert share == wide(rounded + cut.after - wrapped * cut.scale)


def test_bits_answer_with_shapes_alone_while_recording() -> None:
    def blank(*shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=torch.int64, device="meta")

    x, word, rows = blank(130), blank(3), blank(4, 3)
    assert pack(blank(2, 130)).shape == (2, 3)
    assert unpack(word, 130).shape == (130,)
    assert planes(x, 5).shape == (5, 3)
    nodes = blank(2, 9, 3)
    bits.pair_nodes((blank(8, 3), rows), None, (rows, rows, rows), blank(2, 4, 3), nodes[:, :4])
    assert bits.merge_nodes(nodes, (rows, rows, rows), (rows,) * 5, True, True).shape == (2, 5, 3)
    assert bits.and_share((word, word), (word, word), word, True).shape == (3,)
    assert bits.select_message(word, x, (x, x)).shape == (130,)
    assert bits.select_share((word, word, word, word), x, (x, x), x).shape == (130,)
    assert bits.truncated(x, CUTS[0], (word, word, x)).shape == (130,)
    assert bits.ring_bits(word, (word, word, x)).is_meta
    assert bits.digit_entries(rows, rows, blank(16, 2, 3), blank(1, 2, 15, 3)).shape == (2, 3)
    assert bits.digit_choice(rows, blank(1, 2, 15, 3), blank(2, 3)).shape == (2, 3)
    assert bits.pick(rows, blank(16, 2, 3)).shape == (2, 3)


@given(row=bit_rows(), values=ring_values(), count=st.integers(1, 64))
def test_bits_of_any_row_and_any_values(row: torch.Tensor, values: torch.Tensor, count: int) -> None:
    assert torch.equal(unpack(pack(row), len(row)), row)
    rows = torch.stack([unpack(plane, len(values)) for plane in planes(values, count)])
    low = (rows << torch.arange(count)[:, None]).sum(dim=0)
    assert torch.equal(low, values & ((1 << count) - 1) if count < 64 else values)
