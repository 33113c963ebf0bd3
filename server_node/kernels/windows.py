"""Sliding windows over images: what turns a convolution into a matrix product, and the transpose of that.

Images are channels-last ``[b, h, w, c]``; a row of columns holds one window in the order (row, column, channel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from server_node.kernels.compiled import compiled, sample

Words = npt.NDArray[np.int64]
Shape = tuple[int, int, int, int]


@dataclass(frozen=True)
class Window:
    """A window of ``kernel`` pixels that moves by ``stride`` over an image with ``padding`` zeros on each side."""

    kernel: tuple[int, int]
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        if min(self.kernel) < 1 or self.stride < 1 or self.padding < 0:
            raise ValueError("a window has a positive size and stride, and no negative padding")

    def output(self, h: int, w: int) -> tuple[int, int]:
        """How many positions the window has down and across an image of ``h`` by ``w``.

        Raises ``ValueError`` if the padded image is smaller than the window.
        """
        room = h + 2 * self.padding - self.kernel[0], w + 2 * self.padding - self.kernel[1]
        if min(room) < 0:
            raise ValueError(f"a window of {self.kernel} does not fit an image of {h} by {w}")
        return room[0] // self.stride + 1, room[1] // self.stride + 1


def unfold(x: torch.Tensor, window: Window) -> torch.Tensor:
    """Every window of ``x`` [b, h, w, c] as a row: [b * ho * wo, kh * kw * c], of the same dtype, contiguous.

    Compiled for int64 on the processor; other types, devices and meta tensors go through torch.
    """
    b, h, w, c = x.shape
    (kh, kw), (ho, wo), p = window.kernel, window.output(h, w), window.padding
    if _is_plain(x):
        columns = torch.empty((b * ho * wo, kh * kw * c), dtype=torch.int64)
        geometry = (window.stride, p, ho, wo)
        _unfold(_flat(x), (b, h, w, c), window.kernel, geometry, _flat(columns))
        return columns
    padded = torch.nn.functional.pad(x, (0, 0, p, p, p, p)) if p else x
    views = padded.unfold(1, kh, window.stride).unfold(2, kw, window.stride)
    return views.permute(0, 1, 2, 4, 5, 3).reshape(b * ho * wo, kh * kw * c)


def fold(columns: torch.Tensor, window: Window, shape: tuple[int, int, int, int]) -> torch.Tensor:
    """The transpose of :func:`unfold`: adds every row, modulo 2^64, where it was read in an image ``shape``.

    ``shape`` is [b, h, w, c]. Raises ``ValueError`` if ``columns`` is not [b * ho * wo, kh * kw * c].
    """
    b, h, w, c = shape
    (kh, kw), (ho, wo), p, s = window.kernel, window.output(h, w), window.padding, window.stride
    if columns.shape != (b * ho * wo, kh * kw * c):
        raise ValueError(f"columns of shape {tuple(columns.shape)} do not fold to {shape}")
    if _is_plain(columns):
        image = torch.zeros(shape, dtype=torch.int64)
        _fold(_flat(columns), (b, h, w, c), window.kernel, (s, p, ho, wo), _flat(image))
        return image
    blocks = columns.reshape(b, ho, wo, kh, kw, c)
    image = columns.new_zeros((b, h + 2 * p, w + 2 * p, c))
    for i in range(kh):
        for j in range(kw):
            image[:, i : i + s * ho : s, j : j + s * wo : s] += blocks[:, :, :, i, j]
    return image[:, p : p + h, p : p + w].contiguous()


def _is_plain(tensor: torch.Tensor) -> bool:
    return tensor.is_cpu and tensor.dtype == torch.int64


def _flat(tensor: torch.Tensor) -> Words:
    flat: Words = tensor.reshape(-1).numpy()
    return flat


@compiled
def _inside(start: int, length: int, size: int) -> tuple[int, int]:
    """Of ``length`` places from ``start`` on, the first inside an image of ``size`` and the one after the last."""
    first = min(max(0, -start), length)
    return first, max(first, min(length, size - start))


@compiled
def _unfold(x: Words, shape: Shape, kernel: tuple[int, int], geometry: Shape, out: Words) -> None:
    """``geometry`` is (stride, padding, positions down, positions across)."""
    stride, padding, down, across = geometry
    run = kernel[1] * shape[3]
    place = 0
    for image in range(shape[0]):
        for oy in range(down):
            top = oy * stride - padding
            for ox in range(across):
                left = ox * stride - padding
                first, last = _inside(left, kernel[1], shape[2])
                begin, count = first * shape[3], (last - first) * shape[3]
                for y in range(top, top + kernel[0]):
                    target = out[place : place + run]
                    place += run
                    if y < 0 or y >= shape[1] or count < run:
                        target[:] = 0
                    if y < 0 or y >= shape[1]:
                        continue
                    start = ((image * shape[1] + y) * shape[2] + left) * shape[3] + begin
                    line, inner = x[start : start + count], target[begin : begin + count]
                    for t in range(count):
                        inner[t] = line[t]


@compiled
def _fold(columns: Words, shape: Shape, kernel: tuple[int, int], geometry: Shape, out: Words) -> None:
    """``out`` starts as zeros; ``geometry`` is (stride, padding, positions down, positions across)."""
    stride, padding, down, across = geometry
    run = kernel[1] * shape[3]
    place = 0
    for image in range(shape[0]):
        for oy in range(down):
            top = oy * stride - padding
            for ox in range(across):
                left = ox * stride - padding
                first, last = _inside(left, kernel[1], shape[2])
                begin, count = first * shape[3], (last - first) * shape[3]
                for y in range(top, top + kernel[0]):
                    source = columns[place + begin : place + begin + count]
                    place += run
                    if y < 0 or y >= shape[1]:
                        continue
                    start = ((image * shape[1] + y) * shape[2] + left) * shape[3] + begin
                    line = out[start : start + count]
                    for t in range(count):
                        line[t] += source[t]


@sample
def _small_image() -> None:
    window = Window((1, 1))
    fold(unfold(torch.zeros((1, 1, 1, 1), dtype=torch.int64), window), window, (1, 1, 1, 1))
