"""Small charts as PNG, made with Pillow: a printed page has no scripts. Words stand beside them, in the page."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

PALETTE: Final = (
    "#1f6feb",
    "#d1495b",
    "#2a9d5c",
    "#e08e1b",
    "#7b4fc9",
    "#0f8b9d",
    "#b5477f",
    "#6b7280",
    "#8a6d1d",
    "#3d5a80",
)
INK: Final = "#1f2937"
_GRID: Final = "#e5e7eb"
_SCALE: Final = 3
"""Drawn so many times larger and then made smaller, which smooths the lines."""
_MARGIN: Final = 34
_TEXT: Final = 11
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """A line over both axes from 0 to 1, or as the axes say."""

    points: Points
    color: str
    width: int = 2
    is_dotted: bool = False


def line_chart(lines: Sequence[Line], size: tuple[int, int], x_range: tuple[float, float] = (0.0, 1.0)) -> bytes:
    """Lines with ``y`` from 0 to 1; the other axis has whole numbers where it goes beyond 1."""
    canvas = _Canvas(size, x_range)
    canvas.axes()
    for line in lines:
        canvas.line(line)
    return canvas.png()


def roc_chart(curves: Sequence[Points], macro: Points, side: int = 300) -> bytes:
    """ROC curves in the colours of the palette, the macro average in ink, and the diagonal of guessing."""
    lines = [Line(((0.0, 0.0), (1.0, 1.0)), "#9ca3af", 1, True)]
    lines += [Line(points, PALETTE[place % len(PALETTE)]) for place, points in enumerate(curves)]
    lines.append(Line(macro, INK, 3))
    return line_chart(lines, (side, side))


def calibration_chart(bins: Sequence[tuple[float, float]], side: int = 300) -> bytes:
    """Confidence and accuracy of each bin that has images; the diagonal is a model that is as sure as it is right."""
    canvas = _Canvas((side, side), (0.0, 1.0))
    canvas.axes()
    canvas.line(Line(((0.0, 0.0), (1.0, 1.0)), "#9ca3af", 1, True))
    canvas.line(Line(bins, PALETTE[0]))
    for point in bins:
        canvas.dot(point, PALETTE[0])
    return canvas.png()


class _Canvas:
    """A white field with a frame; places are given in the units of the axes."""

    def __init__(self, size: tuple[int, int], x_range: tuple[float, float]) -> None:
        self._size = size
        self._low, self._high = x_range if x_range[1] > x_range[0] else (x_range[0] - 0.5, x_range[0] + 0.5)
        self._image = Image.new("RGB", (size[0] * _SCALE, size[1] * _SCALE), "white")
        self._draw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(_TEXT * _SCALE)

    def axes(self) -> None:
        for share in (step / 5 for step in range(6)):
            self._draw.line([self._at(self._low, share), self._at(self._high, share)], _GRID, _SCALE)
            left, middle = self._at(self._low, share)
            self._draw.text((left - 4 * _SCALE, middle), f"{share:.1f}", INK, self._font, anchor="rm")
        for x in self._ticks():
            self._draw.line([self._at(x, 0.0), self._at(x, 1.0)], _GRID, _SCALE)
            centre, bottom = self._at(x, 0.0)
            shown = f"{x:.1f}" if self._high <= 1.0 else f"{x:.0f}"
            self._draw.text((centre, bottom + 4 * _SCALE), shown, INK, self._font, anchor="mt")

    def line(self, line: Line) -> None:
        places = [self._at(x, y) for x, y in line.points]
        if line.is_dotted:
            self._dots(places, line.color)
        elif len(places) > 1:
            self._draw.line(places, line.color, line.width * _SCALE, joint="curve")
        elif places:
            self.dot(line.points[0], line.color)

    def dot(self, point: tuple[float, float], color: str) -> None:
        x, y = self._at(*point)
        radius = 3 * _SCALE
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)

    def png(self) -> bytes:
        out = io.BytesIO()
        self._image.resize(self._size, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
        return out.getvalue()

    def _ticks(self) -> list[float]:
        """Fifths up to 1, whole numbers beyond."""
        if self._high <= 1.0:
            return [self._low + step / 5 * (self._high - self._low) for step in range(6)]
        first, last = math.ceil(self._low), math.floor(self._high)
        return [float(x) for x in range(first, last + 1, max(1, math.ceil((last - first) / 9)))]

    def _dots(self, places: list[tuple[float, float]], color: str) -> None:
        (x0, y0), (x1, y1) = places[0], places[-1]
        count = 40
        for step in range(0, count, 2):
            ends = [(x0 + (x1 - x0) * at / count, y0 + (y1 - y0) * at / count) for at in (step, step + 1)]
            self._draw.line(ends, color, _SCALE)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        width, height = (side - _MARGIN - 10 for side in self._size)
        share = (x - self._low) / (self._high - self._low)
        return (_MARGIN + share * width) * _SCALE, (10 + (1.0 - y) * height) * _SCALE
