"""Matrix products by OT: exact however they are cut into batches, and not held row by row."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable

import numpy as np
import pytest

from common.crypto.rng import SystemRandom
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import cots
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.products.rings import VectorBatch
from server_node.offline.ot.transfers import Batch
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two


def words(seed: str, *shape: int) -> Words:
    return np.frombuffer(SeededRandom(seed).token(8 * int(np.prod(shape))), np.uint64).reshape(shape)


SHAPES = [(1, 1, 1), (7, 1, 3), (1, 9, 2), (5, 3, 4), (2, 11, 5), (6, 4, 1)]
"""Rows, elements that choose and values in a row."""


@pytest.mark.parametrize("step", [6, 100])
def test_matrix_products_are_exact_in_batches_of_any_size(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * step)

    def play(party: Party, channel: Channel) -> list[Words]:
        engine = CotEngine(channel, party, SystemRandom(), b"session")
        return [
            engine.matrix_products(words(f"choices{party}", inner, size), words(f"values{party}", inner, width))
            for inner, size, width in SHAPES
        ]

    for first, second, (inner, size, width) in zip(*run_two(play).results, SHAPES, strict=True):
        c0, c1 = (words(f"choices{party}", inner, size) for party in Party)
        v0, v1 = (words(f"values{party}", inner, width) for party in Party)
        assert np.array_equal(first + second, c0.T @ v1 + c1.T @ v0)


class Alone(CotEngine):
    """Multiplies this party's own factors instead of those of two parties."""

    def __init__(self) -> None:
        self.party = Party.P0

    def run(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            assert isinstance(batch, VectorBatch)
            batch.add(batch.choices[:, None] * batch.values)


def test_matrix_products_do_not_hold_what_they_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All products of elements and rows would take 8 bytes for each of the k n v."""
    monkeypatch.setattr(cots, "_BATCH_OTS", 64 * 10)
    choices, values = words("choices", 40, 16), words("values", 40, 64)
    tracemalloc.start()
    try:
        found = Alone().matrix_products(choices, values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.array_equal(found, choices.T @ values)
    assert peak < 8 * 40 * 16 * 64 / 4
