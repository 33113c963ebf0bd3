"""The extractors: public whole-number arithmetic on images, with nothing to train.

====================  ================================================================================================
extractor             features
====================  ================================================================================================
none                  the image itself
square                x * x
average-pool          mean of x * x over 2 x 2, times 2
filter-bank           strength of lines in four directions, pooled, and brightness, pooled: flat
====================  ================================================================================================
"""

from __future__ import annotations

from typing import Final

from common.architecture.nodes import INPUT, Node

FEATURES: Final = "features"
# Second derivative of a bell across a line, soft along it, in four directions; every kernel sums to zero.
_ACROSS: Final = [
    [5, 2, -2, -5, -2, 2, 5],
    [5, 3, -4, -8, -4, 3, 5],
    [7, 3, -6, -11, -6, 3, 7],
    [7, 3, -6, -12, -6, 3, 7],
    [7, 3, -6, -11, -6, 3, 7],
    [5, 3, -4, -8, -4, 3, 5],
    [5, 2, -2, -5, -2, 2, 5],
]
_SLANTED: Final = [
    [5, 7, 7, 4, 0, -2, -1],
    [7, 8, 5, -1, -6, -5, -2],
    [7, 5, -2, -9, -10, -6, 0],
    [4, -1, -9, -10, -9, -1, 4],
    [0, -6, -10, -9, -2, 5, 7],
    [-2, -5, -6, -1, 5, 8, 7],
    [-1, -2, 0, 4, 7, 7, 5],
]


def extractor_nodes(extractor: str, *, flat: bool) -> list[Node]:
    """Nodes of an extractor; the last one is ``features``, flat if that is asked for. None if there is nothing to do.

    The filter bank is flat anyhow.
    """
    nodes = {"none": [], "square": _square(), "average-pool": _average_pool(), "filter-bank": _filter_bank()}[extractor]
    if flat and extractor != "filter-bank":
        last = nodes[-1]["id"] if nodes else INPUT
        return [*nodes, {"id": FEATURES, "op": "flatten", "in": [last]}]
    return nodes[:-1] + [{**nodes[-1], "id": FEATURES}] if nodes else []


def _square() -> list[Node]:
    return [{"id": "energy", "op": "square", "in": [INPUT]}]


def _average_pool() -> list[Node]:
    return [
        {"id": "energy", "op": "square", "in": [INPUT]},
        {"id": "pooled", "op": "average-pool", "in": ["energy"], "size": 2},
        {"id": "raised", "op": "scale", "in": ["pooled"], "numerator": 2, "shift": 0},
    ]


def _filter_bank() -> list[Node]:
    turned = [list(row) for row in zip(*_ACROSS, strict=True)]
    mirrored = [row[::-1] for row in _SLANTED]
    taps = [_ACROSS, _SLANTED, turned, mirrored]
    return [
        {"id": "energy", "op": "square", "in": ["x"]},
        {"id": "lines", "op": "conv2d", "in": ["energy"], "taps": taps, "shift": 5, "stride": 2, "padding": 3},
        {"id": "strength", "op": "square", "in": ["lines"]},
        {"id": "texture", "op": "average-pool", "in": ["strength"], "size": 2},
        {"id": "texture-flat", "op": "flatten", "in": ["texture"]},
        {"id": "light", "op": "average-pool", "in": ["energy"], "size": 4},
        {"id": "light-scaled", "op": "scale", "in": ["light"], "numerator": 3, "shift": 2},
        {"id": "light-flat", "op": "flatten", "in": ["light-scaled"]},
        {"id": "features", "op": "concat", "in": ["texture-flat", "light-flat"]},
    ]
