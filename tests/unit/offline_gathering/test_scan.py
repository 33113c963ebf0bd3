"""Headers, and a list of many files with counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.errors import BadImage, Cancelled
from desktop_client.offline_plugin.gathering.headers import Header, read_header
from desktop_client.offline_plugin.gathering.loose import open_loose
from desktop_client.offline_plugin.gathering.scan import BATCH, Found, Summary, scan
from desktop_client.offline_plugin.sources import Refusal
from tests.unit.offline_plugin.pictures import dicom_file, folder_of_classes, grey, save

LIMIT = 1 << 20


def whole_scan(root: Path) -> tuple[list[Found | Refusal], Summary]:
    source = open_loose([root])
    summary, found = Summary(source.classes), []
    for batch in scan(source, list(source.items()), LIMIT, lambda: False):
        summary.add(batch)
        found += batch
    return found, summary


@pytest.mark.parametrize(("name", "kind"), [("a.png", "png"), ("a.jpg", "jpeg"), ("a.bmp", "bmp"), ("a.tif", "tiff"),
                                            ("a.webp", "webp")])  # fmt: skip
def test_scan_header_of_each_format(tmp_path: Path, name: str, kind: str) -> None:
    path = save(tmp_path / name, np.stack([grey(6, 9)] * 3, axis=2))
    assert read_header(path, LIMIT) == Header(9, 6, kind, path.stat().st_size, True, False)


def test_scan_header_of_deep_and_of_grey_pictures(tmp_path: Path) -> None:
    deep = save(tmp_path / "d.png", grey(5, 4).astype(np.uint16) * 200)
    assert read_header(deep, LIMIT)[:3] == (4, 5, "png")
    assert (read_header(deep, LIMIT).is_colour, read_header(deep, LIMIT).is_deep) == (False, True)
    dicom = dicom_file(tmp_path / "d.dcm", grey(5, 4).astype(np.uint16))
    assert read_header(dicom, LIMIT) == Header(4, 5, "dicom", dicom.stat().st_size, False, True)
    colour = dicom_file(tmp_path / "c.dcm", np.stack([grey(5, 4)] * 3, axis=2))
    assert read_header(colour, LIMIT) == Header(4, 5, "dicom", colour.stat().st_size, True, False)


def test_scan_header_of_a_picture_on_its_side(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", grey(6, 9), exif=exif)
    assert read_header(path, LIMIT)[:2] == (6, 9)


def test_scan_header_refuses_what_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("text")
    (tmp_path / "cut.dcm").write_bytes(bytes(128) + b"DICM")
    save(tmp_path / "large.png", grey(1025, 1024))
    frames = [Image.fromarray(grey(seed=seed)) for seed in (1, 2)]
    frames[0].save(tmp_path / "pages.tif", save_all=True, append_images=frames[1:])
    codes = {}
    for name in ("empty.png", "text.png", "cut.dcm", "large.png", "pages.tif", "none.png"):
        with pytest.raises(BadImage) as caught:
            read_header(tmp_path / name, LIMIT)
        codes[name] = caught.value.details["reason"]
    assert codes == {
        "empty.png": "empty",
        "text.png": "not-a-picture",
        "cut.dcm": "damaged",
        "large.png": "too-many-pixels",
        "pages.tif": "several-frames",
        "none.png": "not-a-file",
    }


def test_scan_counts_and_keeps_the_order(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 3)
    (tmp_path / "b" / "00001.png").write_text("no picture")
    save(tmp_path / "c" / "big.png", grey(20, 30))
    found, summary = whole_scan(tmp_path)
    names = [entry.file if isinstance(entry, Refusal) else entry.item.name for entry in found]
    assert names == [*(f"{c}/{n:05d}.png" for c in "abc" for n in range(3)), "c/big.png"]
    value = summary.value()
    assert value["counts"] == {"a": 3, "b": 2, "c": 4}
    assert (value["files"], value["refused"], value["kinds"]) == (9, 1, {"png": 9})
    assert (value["sizes"], value["different_sizes"]) == ([[8, 8, 8], [30, 20, 1]], 2)
    assert value["suggested"] == {"height": 128, "width": 128, "channels": 1, "bits": 8}


def test_scan_suggests_the_size_that_all_files_have(tmp_path: Path) -> None:
    for index in range(3):
        save(tmp_path / f"{index}.png", np.stack([grey(20, 30)] * 3, axis=2))
    assert whole_scan(tmp_path)[1].value()["suggested"] == {"height": 20, "width": 30, "channels": 3, "bits": 8}


def test_scan_of_an_empty_folder_counts_nothing(tmp_path: Path) -> None:
    found, summary = whole_scan(tmp_path)
    assert (found, summary.value()["files"], summary.value()["counts"]) == ([], 0, {})


def test_scan_comes_in_batches_and_can_be_cancelled(tmp_path: Path) -> None:
    one = save(tmp_path / "0.png", grey())
    for index in range(1, BATCH + 1):
        (tmp_path / f"{index}.png").hardlink_to(one)
    source = open_loose([tmp_path])
    entries = list(source.items())
    assert [len(batch) for batch in scan(source, entries, LIMIT, lambda: False)] == [BATCH, 1]
    with pytest.raises(Cancelled):
        next(scan(source, entries, LIMIT, lambda: True))
