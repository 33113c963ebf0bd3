"""Matrices that are made of a tensor's entries by position, so that one masked tensor serves several products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels.windows import Window, unfold


@dataclass(frozen=True)
class View:
    """How a tensor becomes a matrix: the last axis are its columns, all others its rows.

    Args:
        channels: use only this range of the last axis.
        window: the tensor is [b, h, w, c]; a row holds the entries under one place of the window (im2col).
        transposed: rows and columns change places at the end.
    """

    channels: tuple[int, int] | None = None
    window: Window | None = None
    transposed: bool = False

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """The matrix; shares memory with the tensor where it can."""
        if self.channels:
            tensor = tensor[..., self.channels[0] : self.channels[1]]
        matrix = unfold(tensor, self.window) if self.window else tensor.reshape(-1, tensor.shape[-1])
        return matrix.T if self.transposed else matrix

    def shape(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Rows and columns of the matrix of a tensor of this shape."""
        columns = self.channels[1] - self.channels[0] if self.channels else shape[-1]
        rows = math.prod(shape[:-1])
        if self.window:
            places = self.window.output(shape[1], shape[2])
            rows, columns = shape[0] * math.prod(places), columns * math.prod(self.window.kernel)
        return (columns, rows) if self.transposed else (rows, columns)

    @property
    def code(self) -> str:
        """Short text that stands in the plan."""
        parts = ["t"] if self.transposed else []
        if self.channels:
            parts.append(f"c{self.channels[0]}-{self.channels[1]}")
        if self.window:
            (height, width), stride = self.window.kernel, self.window.stride
            parts.append(f"w{height}x{width}s{stride}p{self.window.padding}")
        return ",".join(parts) or "n"


PLAIN: Final = View()
TRANSPOSED: Final = View(transposed=True)
