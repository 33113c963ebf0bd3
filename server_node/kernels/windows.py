"""Sliding windows over images: what turns a convolution into a matrix product, and the transpose of that.

Images are channels-last ``[b, h, w, c]``; a row of columns holds one window in the order (row, column, channel).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


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
    """Every window of ``x`` [b, h, w, c] as a row: [b * ho * wo, kh * kw * c], of the same dtype."""
    b, h, w, c = x.shape
    (kh, kw), (ho, wo), p = window.kernel, window.output(h, w), window.padding
    padded = torch.nn.functional.pad(x, (0, 0, p, p, p, p)) if p else x
    views = padded.unfold(1, kh, window.stride).unfold(2, kw, window.stride)
    return views.permute(0, 1, 2, 4, 5, 3).reshape(b * ho * wo, kh * kw * c)


def fold(columns: torch.Tensor, window: Window, shape: tuple[int, int, int, int]) -> torch.Tensor:
    """The transpose of :func:`unfold`: adds every row where it was read in an image ``shape`` [b, h, w, c].

    Raises ``ValueError`` if ``columns`` is not [b * ho * wo, kh * kw * c].
    """
    b, h, w, c = shape
    (kh, kw), (ho, wo), p, s = window.kernel, window.output(h, w), window.padding, window.stride
    if columns.shape != (b * ho * wo, kh * kw * c):
        raise ValueError(f"columns of shape {tuple(columns.shape)} do not fold to {shape}")
    blocks = columns.reshape(b, ho, wo, kh, kw, c)
    image = columns.new_zeros((b, h + 2 * p, w + 2 * p, c))
    for i in range(kh):
        for j in range(kw):
            image[:, i : i + s * ho : s, j : j + s * wo : s] += blocks[:, :, :, i, j]
    return image[:, p : p + h, p : p + w].contiguous()
