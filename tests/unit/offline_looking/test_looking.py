"""Small pictures, previews, tags that stay behind, shares and hidden images."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from common.errors import BadImage, Cancelled, UsageError
from common.sharing.compact import combine
from desktop_client.offline_plugin.contact_sheet import SheetRow, sheet_rows
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.gathering.loose import open_places
from desktop_client.offline_plugin.images import Limits
from desktop_client.offline_plugin.looking.hiding import Choice, hide
from desktop_client.offline_plugin.looking.preview import encoded, preview
from desktop_client.offline_plugin.looking.shares import shares_view, uniformity
from desktop_client.offline_plugin.looking.tags import Tag, dropped_tags
from desktop_client.offline_plugin.looking.thumbnails import Thumbnail, thumbnails
from desktop_client.offline_plugin.plugin import ReadOptions
from desktop_client.offline_plugin.sources import Refusal
from tests.helpers.seeded import SeededRandom
from tests.unit.offline_plugin.pictures import dicom_file, grey, save

SEED = bytes(range(32))


def pixels(data: bytes) -> npt.NDArray[Any]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_thumbnails_come_in_the_order_of_the_question(tmp_path: Path) -> None:
    save(tmp_path / "wide.png", grey(50, 200))
    save(tmp_path / "small.png", np.stack([grey(8, 6)] * 3, axis=2))
    dicom_file(tmp_path / "scan.dcm", np.full((10, 10), 700, np.uint16), WindowCenter=700, WindowWidth=100)
    (tmp_path / "bad.png").write_text("x")
    names = ["scan.dcm", "bad.png", "wide.png", "none.png", "small.png"]
    found = list(thumbnails(open_places([tmp_path]), names, 40, Limits(side=40), lambda: False))
    shown = [entry for entry in found if isinstance(entry, Thumbnail)]
    assert [entry[0] for entry in found] == names
    assert [(entry.width, entry.height) for entry in shown] == [(10, 10), (40, 10), (6, 8)]
    assert [pixels(entry.jpeg).shape for entry in shown] == [(10, 10), (10, 40), (8, 6, 3)]
    assert [entry.code for entry in found if isinstance(entry, Refusal)] == ["not-a-picture", "missing"]
    # 0.5 + 0.5 / 99 of 255.
    assert np.abs(pixels(shown[0].jpeg).astype(int) - 129).max() <= 1


def test_thumbnails_stop_when_they_are_not_wanted(tmp_path: Path) -> None:
    save(tmp_path / "a.png", grey())
    with pytest.raises(Cancelled):
        list(thumbnails(open_places([tmp_path]), ["a.png"] * 100, 40, Limits(), lambda: True))


def test_preview_shows_what_is_split(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.stack([grey(60, 80)] * 3, axis=2))
    options = ReadOptions(Encoding(20, 20, 1, 8, "crop"))
    found = preview(path, options)
    assert (pixels(found.after) == encoded(path, options)[:, :, 0]).all()
    assert (pixels(found.before) == np.asarray(Image.open(path))).all()
    assert (found.size, found.shape, found.is_dicom) == ((80, 60), (20, 20, 1), False)
    assert sum(found.histogram_after) == 400 and sum(found.histogram_before) == 60 * 80 * 3
    assert (found.window, found.values, found.dropped) == (None, None, [])


def test_preview_of_dicom_follows_the_window(tmp_path: Path) -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 10
    path = dicom_file(tmp_path / "a.dcm", values, WindowCenter=300, WindowWidth=600)
    plain = preview(path, ReadOptions(Encoding(8, 8)))
    assert (plain.is_dicom, plain.window, plain.values) == (True, (300.0, 600.0), (0.0, 630.0))
    narrow = preview(path, ReadOptions(Encoding(8, 8), window=(100.0, 2.0)))
    assert narrow.histogram_after[0] == 10 and narrow.histogram_after[255] == 54
    assert pixels(narrow.after).tolist() == np.where(values >= 100, 255, 0).tolist()
    assert Tag("dicom", "PatientName") in plain.dropped


def test_preview_of_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    found = preview(save(tmp_path / "a.png", grey(300, 1300)), ReadOptions(Encoding(8, 8, 3, 16)))
    assert pixels(found.before).shape == (148, 640)
    assert (found.size, pixels(found.after).shape) == ((1300, 300), (8, 8, 3))


def test_preview_refuses_what_cannot_be_split(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("x")
    with pytest.raises(BadImage):
        preview(tmp_path / "a.png", ReadOptions(Encoding(8, 8)))


def test_tags_are_named_and_never_quoted(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "a.dcm", grey(), PatientID="777", StudyDate="20260131", Modality="CT")
    found = dropped_tags(path.read_bytes())
    assert [tag.name for tag in found] == ["SOPClassUID", "SOPInstanceUID", "StudyDate", "PatientName", "PatientID"]
    assert not any("777" in tag.name or "Doe" in tag.name for tag in found)


def test_tags_of_private_groups_are_named_by_number(tmp_path: Path) -> None:
    from pydicom import dcmread

    path = dicom_file(tmp_path / "a.dcm", grey())
    dataset = dcmread(path)
    dataset.private_block(0x0009, "ACME", create=True).add_new(1, "LO", "secret")
    dataset.save_as(path)
    assert Tag("private", "(0009,1001)") in dropped_tags(path.read_bytes())


def test_tags_of_a_photograph(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "ACME"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:31 12:00:00"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    path = save(tmp_path / "a.jpg", grey(), exif=exif, comment=b"Jane Doe")
    assert dropped_tags(path.read_bytes()) == [
        Tag("exif", "Make"), Tag("exif", "DateTimeOriginal"), Tag("gps", "GPSLatitude"), Tag("text", "comment")
    ]  # fmt: skip


@pytest.mark.parametrize(("bits", "ring", "dtype"), [(8, 16, np.uint8), (16, 32, np.uint16)])
def test_shares_are_the_image_only_together(
    bits: int, ring: int, dtype: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.zeros((32, 32, 1), dtype)
    image[8:24, 8:24] = 2**bits - 1
    seen: list[SheetRow] = []

    def noting(*args: Any) -> list[SheetRow]:
        seen.extend(sheet_rows(*args))
        return seen

    monkeypatch.setattr(f"{shares_view.__module__}.sheet_rows", noting)
    found = shares_view(image, bits, ring, SeededRandom("shares"))
    assert (combine(seen[0].a_share, seen[0].b_share).astype(dtype) == image).all()
    assert pixels(found.original).max() == 255 and (found.bits, found.ring_bits) == (bits, ring)
    for view in (found.a, found.b):
        assert sum(view.histogram) == 32 * 32 * ring // 8
        assert view.uniformity.freedom == 255 and view.uniformity.p > 0.001
        assert abs(view.correlation) < 0.15
        assert pixels(view.png).shape == (32, 32)


def test_shares_uniformity_of_known_counts() -> None:
    assert uniformity([10] * 256).value == 0.0 and uniformity([10] * 256).p == pytest.approx(1.0)
    lopsided = uniformity([20] * 128 + [0] * 128)
    assert lopsided.value == 2560.0 and lopsided.p < 1e-100
    # Chi-square of 293.25 with 255 degrees of freedom is the 95th percentile.
    counts = np.full(256, 10_000)
    counts[0] += 1211
    counts[1] -= 1211
    found = uniformity([int(count) for count in counts])
    assert found.value == pytest.approx(293.3, abs=0.1) and found.p == pytest.approx(0.05, abs=0.001)
    assert uniformity([0] * 256).p == 1.0
    assert uniformity([1] * 64 + [0] * 192).freedom == 7


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_hiding_mixes_with_the_coefficients_it_names(k: int) -> None:
    images = np.stack([grey(seed=seed) for seed in range(5)])[..., np.newaxis]
    found = hide(images, 8, Choice(k, False, "unit"), SEED, SeededRandom())
    for index, one in enumerate(found):
        assert one.sources[0] == index and len(one.sources) == k and sum(one.weights) == 256
        mixed = sum(w * images[s, :, :, 0].astype(float) for w, s in zip(one.weights, one.sources, strict=True)) / 256
        assert np.abs(pixels(one.mixed) - mixed).max() <= 0.51
        assert one.hidden == one.mixed


def test_hiding_mask_flips_the_sign_of_half_of_the_pixels() -> None:
    images = np.full((1, 64, 64, 1), 255, np.uint8)
    one = hide(images, 8, Choice(1, True, "unit"), SEED, SeededRandom("mask"))[0]
    values, counts = np.unique(pixels(one.hidden), return_counts=True)
    assert values.tolist() == [0, 255] and abs(int(counts[0]) - 2048) < 160
    assert (pixels(one.mixed) == 255).all()


def test_hiding_signed_shows_zero_as_grey() -> None:
    images = np.stack([np.zeros((4, 4, 1), np.uint8), np.full((4, 4, 1), 255, np.uint8)])
    black, white = hide(images, 8, Choice(1, False, "signed"), SEED, SeededRandom())
    assert (pixels(black.mixed) == 0).all() and (pixels(white.mixed) == 255).all()
    middle = hide(np.full((1, 2, 2, 1), 32768, np.uint16), 16, Choice(1, True, "signed"), SEED, SeededRandom())[0]
    assert np.abs(pixels(middle.hidden).astype(int) - 128).max() <= 1


@pytest.mark.parametrize(("k", "scale"), [(3, "unit"), (0, "unit"), (4, "both")])
def test_hiding_refuses_what_no_project_has(k: int, scale: str) -> None:
    with pytest.raises(UsageError):
        Choice(k, True, scale)
