"""The network that the demo trains when nobody names one: small, convolutional, for images such as whole digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from common.layers import Layer
from desktop_client.cli.project.choices import chosen_network
from desktop_client.upload.projects.options import suited_rate

SMALLEST_SIDE: Final = 16
"""Of images that its two convolutions take; smaller ones get a network without any."""
RATE: Final = "0.5"
"""Of SGD, for that network."""
_CONVOLUTION: Final[Layer] = {"layer": "conv", "padding": 0, "groups": 1}


def small_layers(classes: int, bias: bool = False) -> tuple[Layer, ...]:
    """Few comparisons for each image: the first convolution takes every second place only."""
    return (
        {**_CONVOLUTION, "outputs": 8, "kernel": [5, 5], "stride": 2, "bias": bias},
        {"layer": "relu"},
        {"layer": "average-pool", "size": 2},
        {**_CONVOLUTION, "outputs": 16, "kernel": [3, 3], "stride": 1, "bias": bias},
        {"layer": "relu"},
        {"layer": "flatten"},
        {"layer": "linear", "outputs": classes, "bias": bias},
    )


def network_of(options: Mapping[str, Any], size: tuple[int, int], classes: int) -> dict[str, Any]:
    """Fields of :class:`ProjectOptions` for the network that was named, else for the demo's own.

    Raises:
        UsageError, BadInput, SpecRefused: as :func:`chosen_network`.
    """
    named = any(options[name] is not None for name in ("model", "network", "hidden"))
    found = chosen_network(options, flat="filter-bank")
    rate = suited_rate(found["model"], options["optimizer"])
    if not named and min(size) >= SMALLEST_SIDE:
        extractor = options["extractor"] or "square"
        layers = {"model": "custom", "bias": False, "layers": small_layers(classes, options["bias"])}
        found |= {**layers, "extractor": extractor, "mask": extractor != "none"}
        rate = RATE if options["optimizer"] == "sgd" else rate
    return {**found, "learning_rate": options["learning_rate"] or rate}
