"""Plans for tests."""

from __future__ import annotations

from server_node.kernels.windows import Window
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.views import TRANSPOSED, Fold, View


def every_kind(size: int) -> Segment:
    """A plan with every kind, masks that several products use, and a batch of images."""
    ask = PlanRecorder()
    a, b, row = ask.mask((3, size)), ask.mask((size, 4)), ask.mask((1, size))
    ask.matmul(a, b, ring_bits=48)
    ask.product(a, row, 40)
    images = ask.mask((2, 6, 6, 4))
    ask.matmul(images, ask.mask((18, 5)), (View(channels=(1, 3), window=Window((3, 3), 1, 1)), View()))
    ask.matmul(a, a, (View(), TRANSPOSED))
    folding, places = Fold(Window((3, 3), 2, 1), (3, 7, 5, 6)), ask.mask((36, 2))
    ask.matmul(places, ask.mask((54, 2)), (View(), TRANSPOSED), 48, folding)
    ask.square(row)
    ask.bit_triples(size)
    ask.private_and(size)
    ask.private_pairs(size)
    for digits in ((4, 4), (3, 4), (0, 2), (1, 0)):
        ask.digit_pads(size, digits)
    ask.private_product(size, 2)
    ask.private_values(size, 24)
    for value_bytes in (1, 5, 8):
        ask.random_ots(size, value_bytes)
        ask.lookups(size, 3, value_bytes)
    ask.product(ask.mask((size,)), row)
    return ask.requests
