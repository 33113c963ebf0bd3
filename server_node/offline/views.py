"""Matrices that are made of a tensor's entries by position, so that one masked tensor serves several products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels.windows import Window, fold, unfold


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
            parts.append(_code("w", self.window))
        return ",".join(parts) or "n"


@dataclass(frozen=True)
class Fold:
    """What is done with a product that has a row for each place of a window over images: every entry is added where the
    window lay, which gives images of this ``shape`` [b, h, w, c]. The transpose of a view with that window."""

    window: Window
    shape: tuple[int, int, int, int]

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns of the product."""
        b, h, w, c = self.shape
        return b * math.prod(self.window.output(h, w)), math.prod(self.window.kernel) * c

    def of(self, matrix: torch.Tensor) -> torch.Tensor:
        """The images of some rows of the product that belong to whole images."""
        per_image = self.matrix[0] // self.shape[0] if self.shape[0] else 1
        return fold(matrix, self.window, (len(matrix) // per_image, *self.shape[1:]))

    @property
    def code(self) -> str:
        """Short text that stands in the plan."""
        return _code("f", self.window)


def _code(letter: str, window: Window) -> str:
    (height, width), stride = window.kernel, window.stride
    return f"{letter}{height}x{width}s{stride}p{window.padding}"


PLAIN: Final = View()
TRANSPOSED: Final = View(transposed=True)
