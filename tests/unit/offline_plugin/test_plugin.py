"""A folder in, two bundles and a manifest out: complete, exact, uniform for each server, flat in memory."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.errors import BadInput, BadManifest, Cancelled, Conflict, DiskFull, UsageError
from common.ids import Party
from common.sharing.manifest import dataset_id
from desktop_client.offline_plugin import plugin
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.plugin import Hooks, ReadOptions, SplitReport, read_images, split_images
from tests.helpers.seeded import SeededRandom
from tests.unit.offline_plugin.pictures import (
    KEYS,
    chunks_of,
    dicom_file,
    folder_of_classes,
    grey,
    options,
    put_together,
    save,
)
from tests.unit.offline_plugin.test_output import file_size_limit

# 255 degrees of freedom: above 380 with probability 5e-7; the seeds are fixed.
CHI_SQUARE_LIMIT = 380.0


def split(source: Path, out: Path, read: ReadOptions | None = None, hooks: Hooks = Hooks()) -> SplitReport:
    return split_images(source, options(read), KEYS, out, SeededRandom("plugin"), hooks)


def damaged_folder(root: Path) -> Path:
    folder_of_classes(root, 4)
    (root / "a" / "letter.png").write_text("hello")
    (root / "b" / "empty.png").touch()
    (root / "c" / "cut.png").write_bytes((root / "c" / "00000.png").read_bytes()[:60])
    (root / "c" / "link.png").symlink_to("/etc/hostname")
    (root / "readme.txt").touch()
    return root


def test_split_bundles_combine_to_the_images(tmp_path: Path) -> None:
    report = split(folder_of_classes(tmp_path / "in", 30), tmp_path / "out")
    both = put_together(tmp_path / "out")
    images = read_images(tmp_path / "in", ReadOptions(Encoding(8, 8)))
    wanted = [(image.tobytes(), int(label)) for image, label in zip(images.array, images.labels, strict=True)]
    assert Counter(both.pairs()) == Counter(wanted)
    assert (report.count, report.classes, report.class_counts) == (90, ("a", "b", "c"), (30, 30, 30))
    assert not report.refused


def test_split_order_is_not_the_order_of_the_folder(tmp_path: Path) -> None:
    split(folder_of_classes(tmp_path / "in", 30), tmp_path / "out")
    labels = put_together(tmp_path / "out").labels
    assert labels.tolist() != sorted(labels.tolist())
    # A run of one label is what a folder per class would give away: 90 shuffled labels change about 60 times.
    assert 45 < int((labels[1:] != labels[:-1]).sum()) < 75


def test_split_report_fits_the_files(tmp_path: Path) -> None:
    report = split(folder_of_classes(tmp_path / "in", 3), tmp_path / "out")
    document = json.loads(report.manifest_path.read_text(encoding="utf-8"))
    assert report.dataset_id == dataset_id(document["body"])
    manifest = put_together(tmp_path / "out").manifest
    assert (report.bytes_a, report.bytes_b) == tuple(manifest.total_bytes(party) for party in Party)
    assert manifest.about.classes == report.classes


def test_split_same_folder_twice_gives_unlike_bundles(tmp_path: Path) -> None:
    rng = SeededRandom()
    folder_of_classes(tmp_path / "in", 3)
    ids = {split_images(tmp_path / "in", options(), KEYS, tmp_path / f"out{i}", rng).dataset_id for i in range(2)}
    assert len(ids) == 2


def test_split_unusable_files_are_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = split(damaged_folder(tmp_path / "in"), tmp_path / "out")
    assert report.count == 12
    assert [refusal.code for refusal in report.refused] == [
        "not-a-picture", "empty", "damaged", "outside", "outside-classes"
    ]  # fmt: skip
    assert {refusal.file: refusal.reason for refusal in report.refused} == {
        "a/letter.png": "not a readable PNG, JPEG, BMP, TIFF, WebP or DICOM picture",
        "b/empty.png": "empty file",
        "c/cut.png": "damaged or cut off",
        "c/link.png": "leads outside the folder",
        "readme.txt": "lies outside the class folders",
    }


def test_split_of_a_table_of_dicom_files(tmp_path: Path) -> None:
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8) * 64
    for index in range(3):
        dicom_file(tmp_path / "in" / f"{index}.dcm", pixels + index, WindowCenter=2048, WindowWidth=4096)
    (tmp_path / "in" / "t.csv").write_text("file,label\n0.dcm,no\n1.dcm,yes\n2.dcm,yes\n")
    read = ReadOptions(Encoding(8, 8, 1, 16))
    report = split(tmp_path / "in" / "t.csv", tmp_path / "out", read)
    both = put_together(tmp_path / "out")
    images = read_images(tmp_path / "in" / "t.csv", read)
    assert (report.classes, report.class_counts) == (("no", "yes"), (1, 2))
    assert both.manifest.about.ring_bits == 32 and both.pixels.dtype == np.uint16
    assert Counter(image.tobytes() for image in both.pixels) == Counter(image.tobytes() for image in images.array)


@pytest.mark.parametrize(("bits", "ring"), [(8, 16), (12, 16), (16, 32)])
@pytest.mark.parametrize("channels", [1, 3])
def test_split_every_depth_comes_back(tmp_path: Path, bits: int, ring: int, channels: int) -> None:
    folder_of_classes(tmp_path / "in", 2)
    read = ReadOptions(Encoding(8, 8, channels, bits))
    split(tmp_path / "in", tmp_path / "out", read)
    both = put_together(tmp_path / "out")
    assert both.manifest.about.ring_bits == ring
    wanted = read_images(tmp_path / "in", read).array
    assert Counter(image.tobytes() for image in both.pixels) == Counter(image.tobytes() for image in wanted)


@pytest.mark.parametrize("kind", ["black", "white", "checkerboard"])
def test_each_server_alone_sees_uniform_bytes(tmp_path: Path, kind: str) -> None:
    """What a server can read of its own bundle, whatever the images: payloads, expanded shares, and the sealed file."""
    board = np.indices((64, 64)).sum(axis=0) % 2
    image = {"black": board * 0, "white": board * 0 + 255, "checkerboard": board * 255}[kind].astype(np.uint8)
    for label in "ab":
        for index in range(40):
            save(tmp_path / "in" / label / f"{index}.png", image)
    split(tmp_path / "in", tmp_path / "out", ReadOptions(Encoding(64, 64)))
    for _, _, opened in chunks_of(tmp_path / "out"):
        for chunk in opened:
            octets = chunk.pixels_share().view(np.uint8).reshape(-1, 2)
            assert chi_square(octets[:, 0]) < CHI_SQUARE_LIMIT
            assert chi_square(octets[:, 1]) < CHI_SQUARE_LIMIT
    sealed = np.frombuffer((tmp_path / "out" / "server-b.bundle").read_bytes()[36:], np.uint8)
    assert chi_square(sealed) < CHI_SQUARE_LIMIT


def chi_square(octets: np.ndarray[Any, Any]) -> float:
    seen = np.bincount(octets, minlength=256)
    expected = octets.size / 256
    return float(((seen - expected) ** 2 / expected).sum())


def test_share_of_one_server_does_not_follow_the_image(tmp_path: Path) -> None:
    folder_of_classes(tmp_path / "in", 100)
    split(tmp_path / "in", tmp_path / "out")
    both = put_together(tmp_path / "out")
    for _, _, opened in chunks_of(tmp_path / "out"):
        for chunk in opened:
            share = chunk.pixels_share().astype(float).ravel()
            # 19,200 independent pairs: |r| above 0.04 with probability 3e-8.
            assert abs(np.corrcoef(share, both.pixels.ravel())[0, 1]) < 0.04


@pytest.mark.parametrize("after", [0, 5])
def test_split_cancelled_leaves_nothing(tmp_path: Path, after: int) -> None:
    folder_of_classes(tmp_path / "in", 10)
    seen: list[int] = []
    hooks = Hooks(lambda done, total: seen.append(done), lambda: len(seen) > after)
    with pytest.raises(Cancelled):
        split(tmp_path / "in", tmp_path / "out", hooks=hooks)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_split_progress_counts_every_file_once(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    split(damaged_folder(tmp_path / "in"), tmp_path / "out", hooks=Hooks(lambda *step: seen.append(step)))
    assert seen == [(done, 16) for done in range(17)]


def test_split_full_disk_leaves_nothing(tmp_path: Path) -> None:
    folder_of_classes(tmp_path / "in", 20)
    with file_size_limit(10_000), pytest.raises(DiskFull):
        split(tmp_path / "in", tmp_path / "out", ReadOptions(Encoding(64, 64)))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_split_into_a_used_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        split(folder_of_classes(tmp_path / "in", 1), tmp_path / "in")


def test_split_without_usable_images_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "x.png").touch()
    with pytest.raises(BadInput, match="None of the files"):
        split(tmp_path / "in", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    "change",
    [{"owner": "Not A Name"}, {"created": "yesterday"}, {"visibility": "shared"}, {"name": ""}, {"tags": ("a", "a")}],
)
def test_split_wrong_option_is_found_before_any_image_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    monkeypatch.setattr(plugin, "read_in_order", None)
    folder_of_classes(tmp_path / "in", 1)
    with pytest.raises(BadManifest):
        split_images(tmp_path / "in", replace(options(), **change), KEYS, tmp_path / "out", SeededRandom())


def test_split_image_larger_than_a_chunk_is_refused(tmp_path: Path) -> None:
    folder_of_classes(tmp_path / "in", 1)
    with pytest.raises(BadManifest, match="larger than a chunk"):
        split(tmp_path / "in", tmp_path / "out", ReadOptions(Encoding(2048, 2048, 3)))


def test_split_to_a_wrong_node_key_is_refused(tmp_path: Path) -> None:
    folder_of_classes(tmp_path / "in", 1)
    for key in ("", "zz" * 32, KEYS.node_a):
        with pytest.raises(BadManifest, match="nodes"):
            split_images(tmp_path / "in", options(), replace(KEYS, node_b=key), tmp_path / "out", SeededRandom())


def test_split_keys_repr_shows_no_key() -> None:
    assert "owner" not in repr(KEYS)


def test_read_images_keeps_order_names_and_refusals(tmp_path: Path) -> None:
    images = read_images(damaged_folder(tmp_path / "in"), ReadOptions(Encoding(8, 8)))
    assert images.array.shape == (12, 8, 8, 1) and images.array.dtype == np.uint8
    assert images.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert images.names[0] == "a/00000.png" and np.array_equal(images.array[0, :, :, 0], grey(seed=0))
    assert len(images.refused) == 5 and images.classes == ("a", "b", "c")


def test_read_images_stops_at_the_limit(tmp_path: Path) -> None:
    folder_of_classes(tmp_path / "in", 30)
    assert len(read_images(tmp_path / "in", ReadOptions(Encoding(8, 8)), limit=5).names) == 5
    with pytest.raises(UsageError):
        read_images(tmp_path / "in", ReadOptions(Encoding(8, 8)), limit=0)


def test_plugin_has_a_name_and_a_version() -> None:
    assert plugin.NAME and plugin.VERSION
