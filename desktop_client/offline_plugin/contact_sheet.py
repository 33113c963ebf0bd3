"""A picture that shows what each server sees of some images: shares made by the same code that makes the bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from common.crypto.rng import RandomSource
from common.sharing.compact import RING_BITS_OF, expand_seed, split_chunk
from desktop_client.offline_plugin.encode import one_hot

MAX_ROWS: Final = 6
_TILE: Final = 148
_GAP: Final = 28
_MARGIN: Final = 36
_NAMES: Final = 176
_HEAD: Final = 132
_CAPTION: Final = 24
_FOOT: Final = 64
_PAPER: Final = "#f6f7f9"
_INK: Final = "#1d2733"
_SOFT: Final = "#6b7785"
_FRAME: Final = "#d5dae1"
_COLUMNS: Final = (
    ("Original", "stays with its owner"),
    ("Server A", "what A stores"),
    ("Server B", "what B stores"),
    ("Recovered", "by A or B alone"),
)
_FOOTNOTE: Final = (
    "Each server's picture is its real share: the 8 bits of every ring element where the image would be visible.\n"
    "Alone it is uniform noise, whatever the image; only both together give the image back, and nobody adds them up."
)


@dataclass(frozen=True)
class SheetRow:
    """One image ``[h, w, c]`` of ``bits`` bits and its two shares of the same shape, uint16 or uint32."""

    title: str
    original: npt.NDArray[Any]
    bits: int
    a_share: npt.NDArray[Any]
    b_share: npt.NDArray[Any]


def sheet_rows(
    array: npt.NDArray[Any], labels: npt.NDArray[np.int64], titles: Sequence[str], bits: int, rng: RandomSource
) -> list[SheetRow]:
    """Split up to six images ``[n, h, w, c]`` as one chunk and pair each with both of its shares."""
    array, labels = array[:MAX_ROWS], labels[:MAX_ROWS]
    ring_bits = RING_BITS_OF[bits]
    seed, data = split_chunk(array, one_hot(labels, int(labels.max()) + 1), rng, ring_bits)
    # As in a bundle's first chunk, A holds the seed and B the difference.
    a_share = expand_seed(seed, array.size, ring_bits).reshape(array.shape)
    b_share = data[: array.size].reshape(array.shape)
    return [SheetRow(titles[i], array[i], bits, a_share[i], b_share[i]) for i in range(len(array))]


def draw_sheet(rows: Sequence[SheetRow]) -> Image.Image:
    """The contact sheet: one row an image, with the columns original, server A, server B and recovered.

    Raises:
        ValueError: no row.
    """
    if not rows:
        raise ValueError("a contact sheet shows at least one image")
    width = 2 * _MARGIN + _NAMES + len(_COLUMNS) * _TILE + (len(_COLUMNS) - 1) * _GAP
    height = _HEAD + len(rows) * (_TILE + _CAPTION + _GAP) + _FOOT
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _draw_head(draw)
    for index, row in enumerate(rows):
        _draw_row(sheet, draw, row, _HEAD + index * (_TILE + _CAPTION + _GAP))
    draw.multiline_text((_MARGIN, height - _FOOT), _FOOTNOTE, _SOFT, _font(12), spacing=5)
    return sheet


def save_sheet(rows: Sequence[SheetRow], path: Path) -> None:
    """Write the contact sheet as a PNG file."""
    draw_sheet(rows).save(path, format="PNG")


def visible(values: npt.NDArray[Any], bits: int) -> npt.NDArray[np.uint8]:
    """The 8 leading bits of a ``bits``-bit image, and the same 8 bits of a share of it, uint8 of the same shape."""
    return (values >> (bits - 8)).astype(np.uint8)


def correlation(original: npt.NDArray[Any], view: npt.NDArray[Any]) -> float:
    """Pearson correlation of two arrays of one shape; 0 if one of them is constant."""
    x, y = original.astype(np.float64).ravel(), view.astype(np.float64).ravel()
    x, y = x - x.mean(), y - y.mean()
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm > 0.0 else 0.0


def _draw_head(draw: ImageDraw.ImageDraw) -> None:
    draw.text((_MARGIN, 26), "What each server sees", _INK, _font(26))
    for column, (title, note) in enumerate(_COLUMNS):
        x = _left(column) + _TILE // 2
        draw.text((x, _HEAD - 44), title, _INK, _font(16), anchor="mm")
        draw.text((x, _HEAD - 22), note, _SOFT, _font(12), anchor="mm")


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, row: SheetRow, top: int) -> None:
    draw.text((_MARGIN, top + _TILE // 2), _shortened(row.title), _INK, _font(14), anchor="lm")
    original, *views = (visible(values, row.bits) for values in (row.original, row.a_share, row.b_share))
    for column, view in enumerate((original, *views)):
        left = _left(column)
        sheet.paste(_tile(view), (left, top))
        draw.rectangle((left - 1, top - 1, left + _TILE, top + _TILE), outline=_FRAME)
    for column, view in enumerate(views, start=1):
        text = f"correlation {correlation(original, view):+.3f}"
        draw.text((_left(column) + _TILE // 2, top + _TILE + 14), text, _SOFT, _font(11), anchor="mm")
    left = _left(3)
    draw.rounded_rectangle((left, top, left + _TILE - 1, top + _TILE - 1), 10, "#eceff3", _FRAME)
    draw.text((left + _TILE // 2, top + _TILE // 2), "nothing", _SOFT, _font(18), anchor="mm")


def _left(column: int) -> int:
    return _MARGIN + _NAMES + column * (_TILE + _GAP)


def _tile(view: npt.NDArray[np.uint8]) -> Image.Image:
    """uint8 ``[h, w, c]`` as a square picture; nearest pixels, so that noise is not averaged away."""
    picture = Image.fromarray(view[:, :, 0] if view.shape[2] == 1 else view).convert("RGB")
    scale = _TILE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    tile = Image.new("RGB", (_TILE, _TILE), "white")
    tile.paste(picture.resize(size, Image.Resampling.NEAREST), ((_TILE - size[0]) // 2, (_TILE - size[1]) // 2))
    return tile


def _shortened(title: str) -> str:
    clean = "".join(char if char.isprintable() else "?" for char in title)
    return clean if len(clean) <= 22 else f"{clean[:10]}…{clean[-11:]}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
