"""The picture of what each server sees holds the real shares, and nothing of the image in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from common.sharing.compact import combine
from desktop_client.offline_plugin.contact_sheet import (
    MAX_ROWS,
    correlation,
    draw_sheet,
    save_sheet,
    sheet_rows,
    visible,
)
from tests.helpers.seeded import SeededRandom


def pictures(bits: int = 8, channels: int = 1, count: int = 3) -> npt.NDArray[Any]:
    ramp = np.linspace(0, 2**bits - 1, 32 * 32).reshape(1, 32, 32, 1)
    return np.broadcast_to(ramp, (count, 32, 32, channels)).astype(np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_sheet_rows_shares_combine_to_the_image(bits: int) -> None:
    rows = sheet_rows(pictures(bits), np.array([0, 1, 1]), ["x", "y", "z"], bits, SeededRandom())
    for row in rows:
        assert np.array_equal(combine(row.a_share, row.b_share), row.original)
        original = visible(row.original, bits)
        assert original.max() == 255
        for share in (row.a_share, row.b_share):
            # 1,024 independent pairs: |r| above 0.17 with probability 5e-8.
            assert abs(correlation(original, visible(share, bits))) < 0.17


def test_sheet_rows_shows_six_images_at_most() -> None:
    rows = sheet_rows(pictures(count=9), np.zeros(9, np.int64), [str(i) for i in range(9)], 8, SeededRandom())
    assert len(rows) == MAX_ROWS


@pytest.mark.parametrize("channels", [1, 3])
def test_sheet_shows_original_and_shares_pixel_by_pixel(channels: int) -> None:
    rows = sheet_rows(pictures(channels=channels, count=1), np.zeros(1, np.int64), ["scan"], 8, SeededRandom())
    sheet = np.asarray(draw_sheet(rows))
    for values in (rows[0].original, rows[0].a_share, rows[0].b_share):
        view = visible(values, 8)
        tile = Image.fromarray(view[:, :, 0] if channels == 1 else view).convert("RGB")
        assert holds(sheet, np.asarray(tile.resize((148, 148), Image.Resampling.NEAREST)))


def holds(sheet: npt.NDArray[Any], tile: npt.NDArray[Any]) -> bool:
    """Whether the tile is pasted somewhere in the sheet; its first row finds the place."""
    for top in range(sheet.shape[0] - 148):
        row = sheet[top]
        for left in np.flatnonzero((row[:-147] == tile[0, 0]).all(axis=1)):
            if np.array_equal(sheet[top + 1 : top + 147, left + 1 : left + 147], tile[1:147, 1:147]):
                return True
    return False


def test_sheet_is_saved_as_png(tmp_path: Path) -> None:
    rows = sheet_rows(pictures(), np.zeros(3, np.int64), ["a" * 60, "b\x1b", "c"], 8, SeededRandom())
    save_sheet(rows, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.format == "PNG" and image.size[0] > 700


def test_sheet_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw_sheet([])


def test_correlation_of_a_constant_is_zero() -> None:
    assert correlation(np.zeros((4, 4)), np.arange(16).reshape(4, 4)) == 0.0
    assert correlation(np.arange(16), np.arange(16)) == pytest.approx(1.0)
