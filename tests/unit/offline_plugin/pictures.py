"""Picture files and keys for the tests of the offline plugin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.ids import Party
from common.sharing.bundle import BundleReader
from common.sharing.compact import combine
from common.sharing.manifest import Manifest, verify_manifest
from common.sharing.share_chunk import open_chunk
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.output import bundle_name
from desktop_client.offline_plugin.plugin import ReadOptions, SplitKeys, SplitOptions
from tests.helpers.seeded import SeededRandom

RNG = SeededRandom("offline-plugin")
OWNER = SigningKey.generate(RNG)
NODES = (SealingKey.generate(RNG), SealingKey.generate(RNG))
KEYS = SplitKeys(OWNER, NODES[0].public, NODES[1].public)


def options(read: ReadOptions | None = None) -> SplitOptions:
    return SplitOptions(read or ReadOptions(Encoding(8, 8)), "Films", "alice", "2026-01-31T12:00:00Z")


def grey(height: int = 8, width: int = 8, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def save(path: Path, pixels: npt.NDArray[Any], **kwargs: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **kwargs)
    return path


def folder_of_classes(root: Path, per_class: int, classes: tuple[str, ...] = ("a", "b", "c")) -> Path:
    """``per_class`` 8x8 grey PNG files in a folder for each class, all different."""
    for number, name in enumerate(classes):
        for index in range(per_class):
            save(root / name / f"{index:05d}.png", grey(seed=1000 * number + index))
    return root


def dicom_file(path: Path, pixels: npt.NDArray[Any], syntax: UID = ExplicitVRLittleEndian, **tags: Any) -> Path:
    """A small DICOM file with a patient's name in it."""
    dataset = Dataset()
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = "1.2.3"
    dataset.PatientName = "Doe^Jane"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


@dataclass(frozen=True)
class Opened:
    """Everything both servers could put together."""

    manifest: Manifest
    pixels: npt.NDArray[Any]
    labels: npt.NDArray[np.int64]

    def pairs(self) -> list[tuple[bytes, int]]:
        """Pixels and label of each image, in the order of the bundles."""
        return [(image.tobytes(), int(label)) for image, label in zip(self.pixels, self.labels, strict=True)]


def chunks_of(out: Path) -> Iterator[tuple[Manifest, int, list[Any]]]:
    """Opened chunks of A and B, one index after the other."""
    _, manifest = verify_manifest(json.loads((out / "manifest.json").read_text(encoding="utf-8")))
    with BundleReader(out / bundle_name(Party.P0)) as a, BundleReader(out / bundle_name(Party.P1)) as b:
        for index in range(len(manifest.chunks)):
            opened = []
            for party, reader in zip(Party, (a, b), strict=True):
                sealed = reader.chunk(index)
                manifest.check_sealed(index, party, sealed)
                opened.append(open_chunk(NODES[party], sealed, manifest.expectation(index, party)))
            yield manifest, index, opened


def put_together(out: Path) -> Opened:
    """Combine both bundles with both nodes' keys, as nobody in the product can."""
    pixels, labels = [], []
    for manifest, _, (a, b) in chunks_of(out):
        pixels.append(combine(a.pixels_share(), b.pixels_share()))
        labels.append(combine(a.labels_share(), b.labels_share()))
    rows = np.concatenate(labels)
    assert set(np.unique(rows)) <= {0, 1} and (rows.sum(axis=1) == 1).all()
    values = np.concatenate(pixels).astype(np.uint8 if manifest.about.bits == 8 else np.uint16)
    return Opened(manifest, values, rows.argmax(axis=1))
