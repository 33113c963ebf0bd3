"""Runs the public part of a network on shares: linear nodes are local, only squares and roundings talk to the peer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import torch
from torch.nn.functional import pad

from common.architecture import Architecture, Node
from server_node.online.linear import mask_values, square
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate

_MARGIN: Final = 1.01
"""Room for the rounding of inputs above a node's bound."""


def extract(session: Session, architecture: Architecture, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the features [batch, f] or [batch, h, w, c] of images [batch, c * h * w], both in fixed point.

    Linear nodes let the scale grow; values are rounded back only around a square and at the end.
    """
    values: dict[str, tuple[torch.Tensor, int]] = {"x": (x.reshape(-1, *architecture.shape), 0)}
    for node in architecture.extractor:
        inputs = [values[name] for name in node["in"]]
        if node["op"] == "square":
            squared = yield from _square(session, *inputs[0], architecture.bounds[node["id"]])
            values[node["id"]] = squared, 0
        elif node["op"] == "concat":
            values[node["id"]] = yield from _concat(session, inputs)
        else:
            values[node["id"]] = _linear(node, *inputs[0])
    share, surplus = values[architecture.features]
    if surplus:
        (share,) = yield from truncate(session, (share, surplus))
    return share if share.dim() == 2 else share.permute(0, 2, 3, 1).contiguous()


def _square(session: Session, x: torch.Tensor, surplus: int, bound: float) -> Steps[torch.Tensor]:
    """The square is never negative and bounded, so a ring just large enough for it will do."""
    if surplus:
        (x,) = yield from truncate(session, (x, surplus))
    (masked,) = yield from mask_values(session, x)
    needed = math.ceil(math.log2(max(1.0, bound) * _MARGIN)) + 2 * session.fraction_bits + 1
    ring_bits = min(64, (needed + 7) // 8 * 8)
    raised = square(session, masked, ring_bits)
    (out,) = yield from truncate(session, (raised, session.fraction_bits), ring_bits=ring_bits, signed=False)
    return out


def _concat(session: Session, inputs: list[tuple[torch.Tensor, int]]) -> Steps[tuple[torch.Tensor, int]]:
    rounded = iter((yield from truncate(session, *[(x, surplus) for x, surplus in inputs if surplus])))
    return torch.cat([next(rounded) if surplus else x for x, surplus in inputs], dim=1), 0


def _linear(node: Node, x: torch.Tensor, surplus: int) -> tuple[torch.Tensor, int]:
    """A node without secret weights on integers; the second value counts the fractional bits that were added."""
    if node["op"] == "conv2d":
        return _convolve(x, node["taps"], node["stride"], node["padding"]), surplus + int(node["shift"])
    if node["op"] == "average-pool":
        size = int(node["size"])
        rows, columns = x.shape[2] // size, x.shape[3] // size
        cut = x[:, :, : rows * size, : columns * size].reshape(*x.shape[:2], rows, size, columns, size)
        return cut.sum(dim=(3, 5)), surplus + 2 * (size.bit_length() - 1)
    if node["op"] == "scale":
        return x * int(node["numerator"]), surplus + int(node["shift"])
    return x.reshape(x.shape[0], -1), surplus


def _convolve(x: torch.Tensor, taps: Iterable[Any], stride: int, padding: int) -> torch.Tensor:
    """Cross-correlation of each channel [b, c, h, w] with whole-number kernels, exact mod 2^64."""
    kernels = torch.tensor(taps, dtype=torch.int64)
    count, height, width = kernels.shape
    windows = pad(x, (padding,) * 4).unfold(2, height, stride).unfold(3, width, stride)
    b, c, rows, columns = windows.shape[:4]
    table = windows.reshape(b * c * rows * columns, height * width)
    out = table @ kernels.reshape(count, -1).T.to(x.device)
    return out.reshape(b, c, rows, columns, count).permute(0, 1, 4, 2, 3).reshape(b, c * count, rows, columns)
