"""Whatever the images are, what a server receives is uniform; and only masked values are ever opened."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from common.ids import Party
from server_node.hide.mixing import flip_signs
from server_node.kernels import bits
from server_node.offline.plan import PlanRecorder
from server_node.offline.views import PLAIN, TRANSPOSED
from server_node.online import circuits, comparison, linear, opening, truncation
from server_node.online.nonlinear import softmax
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.two_party.operations import (
    DealerSource,
    Shares,
    Source,
    StoreSource,
    added,
    share,
    share_words,
    uniform,
)
from tests.helpers.two_party.uniformity import MINIMUM, assert_uniform_bytes, chi_square, chi_square_limits

SIDE = 28
COUNT = 16
# Points of the group have a fixed structure; plan digests, nonces and the table of ready segments hold no secret.
PUBLIC_STEPS = ("base-ot-public", "base-ot-answers", "prepare-plan", "prepare-ready")
PREPARATION_STEPS = {"ot-trees", "ot-corrections", "product-corrections", "bit-corrections", "ring-corrections"}
ONLINE_STEP = "online"
OPENINGS = {"open", "swap-bits", "swap", "corrections", "indices", "entries"}
# Indices of tables do not fill their bytes; their low bytes are judged apart.
NARROW = "indices"


def black() -> torch.Tensor:
    return torch.zeros(COUNT, SIDE * SIDE, dtype=torch.int64)


def white() -> torch.Tensor:
    return torch.full((COUNT, SIDE * SIDE), 255)


def checkerboard() -> torch.Tensor:
    rows = torch.arange(SIDE)
    board = ((rows[:, None] + rows[None, :]) % 2 * 255).reshape(1, -1)
    return board.repeat(COUNT, 1)


IMAGES = [black, white, checkerboard]


def products(session: Session, x: torch.Tensor) -> Steps[object]:
    """Operations whose every message fills its bytes."""
    (masked,) = yield from linear.mask_values(session, x)
    linear.square(session, masked)
    linear.multiply(session, masked, masked)
    linear.matmul(session, masked, masked, (PLAIN, TRANSPOSED))
    yield from truncation.truncate(session, (x << 16, 16))
    yield from comparison.relu(session, x - session.public(128, x))
    return (yield from flip_signs(session, x.reshape(-1)))


def everything(session: Session, x: torch.Tensor) -> Steps[object]:
    """Each online operation on the secret images."""
    yield from products(session, x)
    return (yield from softmax(session, x[:, :40]))


@pytest.mark.parametrize("make", IMAGES, ids=lambda make: make.__name__)
def test_online_transcript_of_extreme_images_is_uniform(leaves: Source, make: Callable[[], torch.Tensor]) -> None:
    run = leaves.run(products, share(make()))
    for party, transcript in enumerate(run.received):
        assert {step for step, _ in transcript} == {ONLINE_STEP}
        assert_uniform_bytes(b"".join(body for _, body in transcript), f"party {party}")


@pytest.mark.parametrize("make", IMAGES, ids=lambda make: make.__name__)
def test_online_openings_of_extreme_images_are_uniform(leaves: Source, make: Callable[[], torch.Tensor]) -> None:
    run = leaves.run(everything, share(make()))
    assert {step for opened in run.opened for step, _ in opened} == OPENINGS
    for party, opened in enumerate(run.opened):
        for wanted in sorted(OPENINGS):
            data = b"".join(value.numpy().tobytes() for step, value in opened if step == wanted)
            data = data[::2] if wanted == NARROW else data
            if len(data) >= MINIMUM:
                assert_uniform_bytes(data, f"party {party}, {wanted}")


@pytest.mark.parametrize("make", IMAGES, ids=lambda make: make.__name__)
def test_lift_of_extreme_images_opens_uniform_bits(dealer: Source, make: Callable[[], torch.Tensor]) -> None:
    x = make().reshape(-1).repeat(8)
    first = uniform(0, 2**16, len(x), seed=5)
    run = dealer.run(lambda session, x: truncation.lift(session, x, 16), (first, (x - first) % 2**16))
    assert torch.equal(added(run), x)
    for party, transcript in enumerate(run.received):
        assert_uniform_bytes(b"".join(body for _, body in transcript), f"party {party}")


def test_whole_transcript_with_preparation_is_uniform(tmp_path: Path) -> None:
    """Preparation and online phase of one job as each server sees them, step by step."""
    run = StoreSource(tmp_path).run(products, share(white()[:2]))
    for party, transcript in enumerate(run.received):
        by_step: dict[str, bytes] = {}
        for step, body in transcript:
            by_step[step] = by_step.get(step, b"") + body
        # Some corrections go one way only.
        assert set(by_step) | {"ring-corrections"} == {*PUBLIC_STEPS, *PREPARATION_STEPS, ONLINE_STEP}
        hiding = {step: data for step, data in by_step.items() if step not in PUBLIC_STEPS}
        assert_uniform_bytes(b"".join(hiding.values()), f"party {party}, everything")
        for step, data in hiding.items():
            if len(data) >= MINIMUM:
                assert_uniform_bytes(data, f"party {party}, {step}")


def test_own_share_of_extreme_images_is_uniform() -> None:
    for make in IMAGES:
        for part in share(make()):
            assert_uniform_bytes(part.numpy().tobytes(), make.__name__)


def test_statistic_sees_what_is_not_uniform() -> None:
    generator = np.random.default_rng(1)
    fair = generator.integers(0, 256, 100_000, dtype=np.uint8)
    assert_uniform_bytes(fair.tobytes())
    low, high = chi_square_limits(255)
    assert low < chi_square(fair) < high
    one_in_fifty = np.where(generator.random(fair.size) < 0.02, 0, fair).astype(np.uint8)
    only_last_place = fair.copy()
    only_last_place[7::8] &= 127
    even = np.tile(np.arange(256, dtype=np.uint8), 400)
    for data in (one_in_fifty, only_last_place, even, fair & 254, np.zeros_like(fair)):
        with pytest.raises(AssertionError):
            assert_uniform_bytes(data.tobytes())
    with pytest.raises(AssertionError, match="too few"):
        assert_uniform_bytes(fair.tobytes()[: MINIMUM - 1])


# --- what the watch sees -----------------------------------------------------------------------------------------


def flat(values: list[tuple[str, torch.Tensor]], step: str) -> torch.Tensor:
    return torch.cat([value.reshape(-1) for name, value in values if name == step])


def with_masks(operation: Callable[..., Any], **kinds: tuple[str, ...]) -> Callable[..., Any]:
    """The operation, giving also this party's part of every correlation of some kinds, in the order of taking."""

    def run(session: Session, *inputs: torch.Tensor) -> Steps[tuple[Any, list[torch.Tensor]]]:
        taken: list[torch.Tensor] = []

        def noting(kind: str) -> Callable[..., Any]:
            plain = getattr(session.correlations, kind)

            def take(*arguments: Any) -> Any:
                correlation = plain(*arguments)
                taken.extend(getattr(correlation, field).clone() for field in kinds[kind])
                return correlation

            return take

        for kind in kinds:
            setattr(session.correlations, kind, noting(kind))
        return (yield from operation(session, *inputs)), taken

    return run


def test_watch_of_masking_sees_value_minus_mask(dealer: Source) -> None:
    x, y = black(), uniform(-(2**63), 2**63 - 1, 7)
    run = dealer.run(with_masks(linear.mask_values, mask=("share",)), share(x), share(y))
    masks = [first + second for first, second in zip(run.results[0][1], run.results[1][1], strict=True)]
    for opened in run.opened:
        assert [step for step, _ in opened] == ["open", "open"]
        assert torch.equal(opened[0][1], x - masks[0])
        assert torch.equal(opened[1][1], y - masks[1])


def test_watch_of_truncation_sees_private_top_bits_under_one_time_bits(dealer: Source) -> None:
    x = share(uniform(-(2**62), 2**62, 128))

    def cut(session: Session, x: torch.Tensor) -> Steps[list[torch.Tensor]]:
        return truncation.truncate(session, (x, 16))

    run = dealer.run(with_masks(cut, private_product=("own",)), x)
    for party, opened in enumerate(run.opened):
        theirs = x[1 - party] + (2**62 if party == 1 else 0)
        (one_time,) = run.results[1 - party][1]
        ((step, seen),) = opened
        assert step == "swap-bits"
        assert torch.equal(seen, bits.pack((theirs < 0).long()) ^ one_time)


def test_watch_of_selection_sees_own_bit_and_value_of_the_peer_under_pads(dealer: Source) -> None:
    x, bit = share(uniform(-(2**63), 2**63 - 1, 128)), share_words(bits.pack(uniform(0, 2, 128, seed=1)))
    run = dealer.run(with_masks(comparison.select, random_ots=("own", "pad0", "pad1")), bit, x)
    for party, opened in enumerate(run.opened):
        choice, pad0, pad1 = run.results[1 - party][1]
        (first_step, flipped), (second_step, moved) = opened
        assert (first_step, second_step) == ("swap-bits", "swap")
        theirs = bit[1 - party]
        assert torch.equal(flipped, theirs ^ choice)
        assert torch.equal(moved, x[1 - party] * (1 - 2 * bits.unpack(theirs, 128)) - (pad1 - pad0))


def own_leaves(x: torch.Tensor) -> list[torch.Tensor]:
    """What one party hides for the leaves of a comparison: the lowest bit, then low and high bits and products."""
    single, *pairs = bits.planes(x, comparison.RANGE_BITS)[:-1]
    low, high = torch.stack(pairs[0::2]), torch.stack(pairs[1::2])
    return [single, low, high, low & high]


def own_digits(x: torch.Tensor) -> list[torch.Tensor]:
    """Bits of the digits of one party, from the lowest digit on."""
    return list(torch.split(bits.planes(x, comparison.RANGE_BITS)[:-1], 4))


def node(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Generate and propagate of two digits, given as rows of bits."""
    generate, propagate = torch.zeros_like(first[0]), torch.full_like(first[0], -1)
    for a, b in zip(first, second, strict=True):
        generate, propagate = (a & b) ^ ((a ^ b) & generate), (a ^ b) & propagate
    return generate, propagate


def leaves_of(first: torch.Tensor, second: torch.Tensor, by_digits: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Generate and propagate of all leaves of a comparison."""
    if by_digits:
        nodes = [node(*pair) for pair in zip(own_digits(first), own_digits(second), strict=True)]
        return torch.stack([g for g, _ in nodes]), torch.stack([p for _, p in nodes])
    a, b = (bits.planes(x, comparison.RANGE_BITS)[:-1] for x in (first, second))
    g, p = a & b, a ^ b
    return torch.cat([g[:1], g[2::2] ^ (p[2::2] & g[1::2])]), torch.cat([p[:1], p[2::2] & p[1::2]])


def carry_tree(first: torch.Tensor, second: torch.Tensor, by_digits: bool) -> list[torch.Tensor]:
    """What each level of the comparison opens, before masks: high propagate, low generate, low propagate.

    The lowest node needs no propagate.
    """
    (generate, propagate), levels = leaves_of(first, second, by_digits), []
    while len(generate) > 1:
        even = len(generate) // 2 * 2
        low_g, high_g, rest_g = generate[0:even:2], generate[1:even:2], generate[even:]
        low_p, high_p, rest_p = propagate[0:even:2], propagate[1:even:2], propagate[even:]
        levels += [high_p, low_g, low_p[1:]]
        generate = torch.cat([high_g ^ (high_p & low_g), rest_g])
        propagate = torch.cat([high_p & low_p, rest_p])
    return levels


def test_watch_of_comparison_sees_every_tree_node_under_a_one_time_bit(leaves: Source) -> None:
    x: Shares = share(uniform(-(2**31), 2**31, 128))
    run = leaves.run(with_masks(comparison.is_negative, bit_triples=("a", "b0", "b1")), x)
    masks = [first ^ second for first, second in zip(run.results[0][1], run.results[1][1], strict=True)]
    levels = carry_tree(*x, leaves.by_digits)
    assert len(masks) == len(levels)
    expected = [
        level.reshape(-1) ^ mask[mask.numel() - level.numel() :] for level, mask in zip(levels, masks, strict=True)
    ]
    for opened in run.opened:
        assert torch.equal(flat(opened, "open"), torch.cat(expected))


def test_watch_of_comparison_sees_own_bits_under_one_time_bits(dealer: Source) -> None:
    x = share(uniform(-(2**31), 2**31, 128))
    run = dealer.run(with_masks(comparison.is_negative, private_and=("own",), private_pairs=("own",)), x)
    for party, opened in enumerate(run.opened):
        theirs = torch.cat([rows.reshape(-1) for rows in own_leaves(x[1 - party])])
        one_time = torch.cat([mask.reshape(-1) for mask in run.results[1 - party][1]])
        assert torch.equal(flat(opened, "swap-bits"), theirs ^ one_time)


def test_watch_of_digits_sees_them_under_one_time_bits_and_tables_under_pads() -> None:
    """The peer is told digit ^ index and answers with its table turned by that: entry i for digit i ^ moved with its
    pad, xor the first entry with its pad."""
    x = share(uniform(-(2**31), 2**31, 128))
    watched = with_masks(comparison.is_negative, digit_pads=("index", "pads"))
    run = DealerSource(by_digits=True).run(watched, x)
    for party, opened in enumerate(run.opened):
        mine, theirs = own_digits(x[party]), own_digits(x[1 - party])
        indices, their_pads = run.results[1 - party][1][0::2], run.results[1 - party][1][1::2]
        own_indices = run.results[party][1][0::2]
        told = [rows for step, rows in opened if step == "swap-bits"]
        # P0 has the tables of digits 0, 2, 4 and of 6; the peer chooses with its digits there, and the other way round.
        for rows, index, digits in zip(told, indices, ((0, 2, 4), (6,)), strict=True):
            chosen = torch.cat([theirs[digit + party] for digit in digits], dim=1)
            assert torch.equal(rows, chosen ^ index)
        seen = [entries for step, entries in opened if step == "entries"]
        for entries, pads, index, digits in zip(seen, their_pads, own_indices, ((0, 2, 4), (6,)), strict=True):
            places = [digit + 1 - party for digit in digits]
            expected = [_table(theirs[place], mine[place], index, pads, turn) for turn, place in enumerate(places)]
            flat = torch.cat(expected)
            # The lowest digit has no propagate.
            assert torch.equal(entries, flat[len(flat) - len(entries) :])


def _table(
    given: torch.Tensor, chosen: torch.Tensor, index: torch.Tensor, pads: torch.Tensor, turn: int
) -> torch.Tensor:
    """What the party with the digit ``given`` sends to the one with ``chosen``: propagate and generate, flat."""
    place = slice(turn * given.shape[1], (turn + 1) * given.shape[1])
    moved = chosen ^ index[:, place]
    entries = []
    for entry in range(len(pads)):
        digit = torch.stack([~row if entry >> bit & 1 else row for bit, row in enumerate(moved)])
        generate, propagate = node(given, digit)
        entries.append(torch.stack([propagate, generate]) ^ pads[entry, :, place])
    return torch.stack([entry ^ entries[0] for entry in entries[1:]], dim=1).reshape(-1)


def test_watch_sees_both_parties_open_the_same(leaves: Source) -> None:
    run = leaves.run(everything, share(checkerboard()))
    first, second = run.opened
    assert [step for step, _ in first if step == "open"]
    assert torch.equal(flat(first, "open"), flat(second, "open"))


@pytest.mark.parametrize("party", Party)
def test_watch_is_silent_while_a_plan_is_recorded(party: Party) -> None:
    seen: list[str] = []
    session = Session(party, PlanRecorder(party), None, watch=lambda step, value: seen.append(step))
    session.run(everything(session, torch.empty(COUNT, SIDE * SIDE, dtype=torch.int64, device="meta")))
    assert not seen


# --- one mask, one value -----------------------------------------------------------------------------------------


Hidden = list[tuple[Party, torch.Tensor]]


@pytest.fixture
def hiding_masks(monkeypatch: pytest.MonkeyPatch) -> Hidden:
    """Every mask that an opening is given, by party. The tensors are kept, so that their memory is not used again."""
    given: Hidden = []

    def noting(name: str) -> Callable[..., Any]:
        plain = getattr(opening, name)

        def opened(session: Session, *groups: Any) -> Any:
            if not session.is_recording:
                hiding = groups[:1] if name == "swap_digits" else groups
                given.extend((session.party, mask) for group in hiding for _, mask in group if mask.numel())
            return plain(session, *groups)

        return opened

    for name in ("open_masked", "swap_masked_bits", "swap_digits"):
        replacement = noting(name)
        for module in (opening, linear, circuits, truncation):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, replacement)
    return given


def compared(session: Session, x: torch.Tensor) -> Steps[object]:
    (masked,) = yield from linear.mask_values(session, x)
    linear.square(session, masked)
    yield from comparison.is_negative(session, x)
    yield from truncation.truncate(session, (x, 16))
    return (yield from linear.mask_values(session, x))


def test_each_mask_hides_one_value_only(leaves: Source, hiding_masks: Hidden) -> None:
    run = leaves.run(compared, share(checkerboard()))
    for party in Party:
        places = sorted((m.data_ptr(), m.numel() * 8) for owner, m in hiding_masks if owner is party)
        assert len(places) > 12
        assert all(first + size <= second for (first, size), (second, _) in pairwise(places))
        hidden_words = sum(size for _, size in places) // 8
        own_bits = sum(value.numel() for step, value in run.opened[party.other] if step == "swap-bits")
        both = sum(value.numel() for step, value in run.opened[party] if step == "open")
        assert hidden_words == own_bits + both


def test_each_mask_of_the_store_hides_one_value_only(tmp_path: Path, hiding_masks: Hidden) -> None:
    """By content: no 64-bit word of a mask comes twice in a whole job."""
    StoreSource(tmp_path).run(compared, share(white()))
    for party in Party:
        words = torch.cat([mask.reshape(-1) for owner, mask in hiding_masks if owner is party])
        assert len(set(words.tolist())) == words.numel()
