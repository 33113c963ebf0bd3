"""What a dealer sends: corrections that make both parties' results fit, however the work is cut into pieces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from common.ids import Party
from server_node.offline.helper import deal as dealing
from server_node.offline.helper import parts
from server_node.offline.helper.deal import Dealing, DealPlan, deal
from server_node.offline.helper.parts import Part
from server_node.offline.layout import HELPER, Layout
from server_node.offline.plan import PlanRecorder, Segment
from tests.helpers.plans import every_kind
from tests.helpers.seeded import SeededRandom
from tests.helpers.two_party.uniformity import assert_uniform_bytes

Bytes = npt.NDArray[np.uint8]
SEEDS = (bytes(range(32)), bytes(range(32, 64)))


def dealt(requests: Segment, seeds: tuple[bytes, bytes] = SEEDS, pool: ThreadPoolExecutor | None = None) -> list[Bytes]:
    first, second = (np.zeros(Layout(requests, party, HELPER).stored_bytes, np.uint8) for party in Party)
    deal(requests, seeds, (first, second), pool)
    return [first, second]


@pytest.mark.parametrize("size", [1, 63, 130, 1000])
def test_pieces_ranges_batches_and_threads_change_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = every_kind(size)
    whole = dealt(requests)
    monkeypatch.setattr(parts, "_PIECE_BYTES", 4096)
    monkeypatch.setattr(dealing, "_PIECE_WORDS", 48)
    monkeypatch.setattr(parts, "_RANGE_ELEMENTS", 192)
    monkeypatch.setattr(parts, "_RANGE_PRODUCTS", 1)
    monkeypatch.setattr(parts, "_LEAST_ROWS", 2)
    monkeypatch.setattr(dealing, "BUNDLE_LOAD", 192)
    monkeypatch.setattr(dealing, "_BATCH_WORDS", 500)
    monkeypatch.setattr(dealing, "_KEPT_BYTES", 0)
    with ThreadPoolExecutor(2) as pool:
        cut = dealt(requests, pool=pool)
    for one, other in zip(whole, cut, strict=True):
        assert np.array_equal(one, other)


def test_masks_are_forgotten_after_their_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = PlanRecorder()
    kept, short = ask.mask((50,)), ask.mask((50,))
    ask.product(kept, short)
    ask.bit_triples(100)
    ask.square(kept)
    ask.private_and(100)
    monkeypatch.setattr(dealing, "_BATCH_WORDS", 100)
    plan = DealPlan(ask.requests)
    work = Dealing(plan, SEEDS)
    alive = []
    for batch in plan.batches():
        first, second = (np.empty(size, np.uint8) for size in plan.stored_bytes(batch))
        work.fill(batch, (first, second))
        alive.append(sorted(getattr(work, "_masks")))
    assert alive == [[], [0], [0], [], []]


def test_both_parties_store_about_the_same() -> None:
    first, second = (Layout(every_kind(1000), party, HELPER).stored_bytes for party in Party)
    assert abs(first - second) < 0.1 * first


def test_what_a_party_stores_depends_on_the_seeds_of_both() -> None:
    requests = every_kind(64)
    other = (SEEDS[0], SeededRandom("another").token(32))
    for one, changed in zip(dealt(requests), dealt(requests, other), strict=True):
        # One byte in 256 is the same by chance, and so is one lookup in eight.
        assert (one != changed).mean() > 0.85


def test_an_empty_request_is_dealt() -> None:
    ask = PlanRecorder()
    ask.private_pairs(0)
    ask.square(ask.mask((0, 3)))
    assert [len(stored) for stored in dealt(ask.requests)] == [0, 0]


def test_what_a_party_stores_looks_uniform() -> None:
    """Corrections are hidden by what the other party derives."""
    ask = PlanRecorder()
    for _ in range(60):
        ask.requests += [replace(r, masks=tuple(m + len(ask.requests) for m in r.masks)) for r in every_kind(40)]
    for party, stored in zip(Party, dealt(ask.requests), strict=True):
        assert_uniform_bytes(stored.tobytes(), party.letter)


def test_part_that_is_printed_shows_no_secret() -> None:
    request = every_kind(3)[1]
    seeds = b"first seed of 32 bytes, not shown", b"other seed of 32 bytes, not shown"
    stored = np.full(24, 77, np.uint8), np.empty(0, np.uint8)
    shown = repr(Part(request, seeds, 1, stored, (np.full(3, 99, np.uint64),), (torch.full((1, 1), 88),)))
    assert "index=1" in shown
    assert not any(secret in shown for secret in ("seed of", "77", "99", "88"))
