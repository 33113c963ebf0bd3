"""Gradients of all tensors as one vector: nothing that one of them may hold is lost beside another."""

from __future__ import annotations

import pytest
import torch

from server_node.train.layers.layer import Gradient
from server_node.train.vector import joined


@pytest.mark.parametrize(
    ("first", "second", "surplus", "ring_bits"),
    [
        ((16, 48), (26, 56), 26, 56),
        ((16, 48), (26, 64), 26, 58),
        ((26, 56), (16, 64), 26, 56),
        ((0, 64), (8, 64), 16, 64),
    ],
)
def test_joined_gradients_are_valid_where_each_of_them_was(
    first: tuple[int, int], second: tuple[int, int], surplus: int, ring_bits: int
) -> None:
    """Values are 2^(ring - 2) - 1 at most, in their own scale; in the common one they keep their value."""
    generator = torch.Generator().manual_seed(1)
    gradients, values = {}, []
    shares = []
    for name, (own, ring) in (("a", first), ("b", second)):
        limit = 1 << (ring - 2)
        value = torch.randint(-limit, limit, (4, 3), generator=generator, dtype=torch.int64)
        noise = torch.randint(0, 1 << 62, (4, 3), generator=generator, dtype=torch.int64)
        gradients[name] = Gradient(noise, own, ring)
        shares.append(Gradient(value - noise + (1 << ring if ring < 63 else 0), own, ring))
        values.append(value << (surplus - own))
    one = joined(gradients, 4)
    other = joined({"a": shares[0], "b": shares[1]}, 4)
    assert (one.surplus, one.ring_bits) == (surplus + 4, ring_bits)
    total = one.share + other.share - torch.cat([value.reshape(-1) for value in values])
    assert (total & ((1 << ring_bits) - 1 if ring_bits < 64 else -1)).eq(0).all()
