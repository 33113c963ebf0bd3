"""How well the masks of products in slots hide them."""

from __future__ import annotations

import math

import pytest

from server_node.offline.lattice.ring.parameters import DEGREE
from server_node.offline.lattice.slots import plain_primes


@pytest.mark.parametrize("bits", range(8, 65, 8))
def test_masks_hide_all_products_of_a_long_job(bits: int) -> None:
    """A product below 2^(2 bits) moves a mask that is uniform below the range: by 2^-68 of it at most."""
    *first, last = plain_primes(bits)
    masks = math.prod(first) * (last - 1)
    assert (1 << 2 * bits) / masks < 2.0**-67.9
    # Blocks of a job whose products are hidden by 40 bits together, at their mean of a quarter of the largest.
    assert masks >> (2 * bits - 2 + 40) >= (1 << 16) * DEGREE
