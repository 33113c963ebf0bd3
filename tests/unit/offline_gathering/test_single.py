"""One picture as a source: a class of it if somebody knows one, and its name beside the shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.errors import BadImage, BadInput
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.plugin import ReadOptions, SplitKeys, SplitOptions, split_images
from desktop_client.offline_plugin.single import OnePicture
from desktop_client.offline_plugin.sources import Item

CLASSES = ("healthy", "ill")


def picture(folder: Path) -> Path:
    Image.fromarray(np.full((9, 9), 77, np.uint8)).save(folder / "film.png")
    return folder / "film.png"


@pytest.mark.parametrize(("label", "index"), [("ill", 1), ("healthy", 0), (None, 0)])
def test_picture_is_the_only_item(tmp_path: Path, label: str | None, index: int) -> None:
    source = OnePicture(picture(tmp_path), CLASSES, label)
    assert list(source.items()) == [Item("film.png", index)] and source.classes == CLASSES
    assert source.locate("film.png") == tmp_path.resolve() / "film.png"


def test_picture_of_an_unknown_class_or_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of the classes"):
        OnePicture(picture(tmp_path), CLASSES, "unclear")
    with pytest.raises(BadImage):
        OnePicture(picture(tmp_path), CLASSES).locate("../film.png")


def test_picture_is_split_and_named(tmp_path: Path) -> None:
    rng = SystemRandom()
    keys = SplitKeys(SigningKey.generate(rng), SealingKey.generate(rng).public, SealingKey.generate(rng).public)
    options = SplitOptions(ReadOptions(Encoding(8, 8, 1), CLASSES), "test", "carol", "2026-01-01T00:00:00Z")
    report = split_images(OnePicture(picture(tmp_path), CLASSES, "ill"), options, keys, tmp_path / "out", rng)
    assert (report.count, report.class_counts, report.names) == (1, (0, 1), ("film.png",))
