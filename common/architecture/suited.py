"""The preparation that suits a network when nobody has chosen one: the one place where its size decides.

Products by oblivious transfer cost traffic for each multiplication of two secret numbers. Under homomorphic encryption
they cost a few ciphertexts for each layer, however small it is, and rest on one assumption more. So networks whose
layers hardly fill a ciphertext take transfers alone, and all others both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.architecture.nodes import Architecture, Node, volume
from common.specification import PREPARATIONS

ALONE, ENCRYPTED = PREPARATIONS[:2]
LARGE: Final = 1 << 10
"""So many multiplications an image make a network large: on a quick link both ways take about as long there."""


@dataclass(frozen=True)
class Suited:
    """A preparation, and the number that it was chosen by."""

    preparation: str
    multiplications: int


def suited_preparation(network: Architecture) -> Suited:
    """The preparation for whoever says nothing; a signed specification always names one."""
    count = multiplications(network)
    return Suited(ENCRYPTED if count >= LARGE else ALONE, count)


def multiplications(network: Architecture) -> int:
    """Weights times the values they meet: all products of linear and convolution layers for one image."""
    return sum(_products(network, node) for node in network.head if node["op"] in ("linear", "conv"))


def _products(network: Architecture, node: Node) -> int:
    """Each weight meets as many values of an image as its layer has places."""
    return volume(network.tensors[node["weight"]]) * volume(network.shapes[node["id"]][1:])
