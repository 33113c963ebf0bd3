"""DICOM pixels as displayed: rescale, window, look-up tables, inversion, padding; and the reasons to refuse."""

from __future__ import annotations

import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    RLELossless,
)

from common.errors import BadImage
from desktop_client.offline_plugin.images import Limits, open_picture, quiet_decoders
from tests.unit.offline_plugin.pictures import dicom_file

RAMP = np.arange(0, 4096, 64, dtype=np.uint16).reshape(8, 8)
FULL = 65_535.0


def opened(path: Path, limits: Limits = Limits()) -> np.ndarray[Any, Any]:
    with quiet_decoders():
        return np.asarray(open_picture(path, limits)).astype(np.float64)


def reason(path: Path) -> str:
    with quiet_decoders(), pytest.raises(BadImage) as caught:
        open_picture(path, Limits(max_pixels=1_000_000))
    return str(caught.value)


def test_dicom_window_is_applied(tmp_path: Path) -> None:
    """PS3.3 C.11.2.1.2.1: below c - 0.5 - (w-1)/2 black, above c - 0.5 + (w-1)/2 white, linear in between."""
    found = opened(dicom_file(tmp_path / "x.dcm", RAMP, WindowCenter=2048, WindowWidth=1024)) / FULL
    x = RAMP.astype(float)
    wanted = np.clip((x - 2047.5) / 1023 + 0.5, 0, 1)
    assert np.abs(found - wanted).max() < 1e-6
    assert found.min() == 0 and found.max() == 1


def test_dicom_first_of_several_windows_is_used(tmp_path: Path) -> None:
    one = opened(dicom_file(tmp_path / "1.dcm", RAMP, WindowCenter=1000, WindowWidth=500))
    two = opened(dicom_file(tmp_path / "2.dcm", RAMP, WindowCenter=[1000, 3000], WindowWidth=[500, 50]))
    assert np.array_equal(one, two)


def test_dicom_chosen_window_replaces_the_stored_one(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "1.dcm", RAMP, WindowCenter=1000, WindowWidth=500)
    other = dicom_file(tmp_path / "2.dcm", RAMP, WindowCenter=3000, WindowWidth=700)
    assert np.array_equal(opened(path, Limits(window=(3000.0, 700.0))), opened(other))


def test_dicom_rescale_comes_before_the_window(tmp_path: Path) -> None:
    tags: dict[str, Any] = {"RescaleSlope": 2, "RescaleIntercept": -1024}
    scaled = opened(dicom_file(tmp_path / "1.dcm", RAMP, WindowCenter=1000, WindowWidth=2001, **tags)) / FULL
    x = RAMP.astype(float) * 2 - 1024
    assert np.abs(scaled - np.clip((x - 999.5) / 2000 + 0.5, 0, 1)).max() < 1e-6


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        ("LINEAR_EXACT", lambda x: np.clip((x - 2000) / 800 + 0.5, 0, 1)),
        ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 2000) / 800))),
    ],
)
def test_dicom_other_window_functions(tmp_path: Path, function: str, wanted: Any) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP, WindowCenter=2000, WindowWidth=800, VOILUTFunction=function)
    assert np.abs(opened(path) / FULL - wanted(RAMP.astype(float))).max() < 1e-6


def test_dicom_window_of_width_one_is_a_threshold(tmp_path: Path) -> None:
    found = opened(dicom_file(tmp_path / "x.dcm", RAMP, WindowCenter=2048, WindowWidth=1))
    assert np.array_equal(found, np.where(RAMP > 2047.5, FULL, 0))


@pytest.mark.parametrize("width", [0, -5])
def test_dicom_impossible_window_is_refused(tmp_path: Path, width: int) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP, WindowCenter=100, WindowWidth=width)
    assert reason(path) == "its display window is not usable"


def test_dicom_monochrome1_is_inverted(tmp_path: Path) -> None:
    tags: dict[str, Any] = {"WindowCenter": 2048, "WindowWidth": 4096}
    plain = opened(dicom_file(tmp_path / "1.dcm", RAMP, **tags))
    inverted = opened(dicom_file(tmp_path / "2.dcm", RAMP, PhotometricInterpretation="MONOCHROME1", **tags))
    assert np.abs(plain + inverted - FULL).max() < 0.01
    assert inverted[0, 0] > inverted[7, 7]


def test_dicom_deep_without_window_is_stretched(tmp_path: Path) -> None:
    found = opened(dicom_file(tmp_path / "x.dcm", RAMP + 500))
    assert np.abs(found - RAMP / RAMP.max() * FULL).max() < 0.01


def test_dicom_signed_values_are_stretched(tmp_path: Path) -> None:
    signed = RAMP.astype(np.int16) - 1024
    assert np.abs(opened(dicom_file(tmp_path / "x.dcm", signed)) - RAMP / RAMP.max() * FULL).max() < 0.01


def test_dicom_eight_bit_without_window_keeps_its_values(tmp_path: Path) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) + 50
    assert np.array_equal(opened(dicom_file(tmp_path / "x.dcm", pixels)), pixels * 257.0)


def test_dicom_constant_picture_is_black(tmp_path: Path) -> None:
    assert not opened(dicom_file(tmp_path / "x.dcm", np.full((4, 4), 900, np.uint16))).any()


def test_dicom_padding_is_black_and_does_not_stretch(tmp_path: Path) -> None:
    pixels = RAMP.copy()
    pixels[0, :4] = 60_000
    found = opened(dicom_file(tmp_path / "x.dcm", pixels, PixelPaddingValue=60_000))
    assert not found[0, :4].any()
    assert found[7, 7] == FULL and found[0, 4] == 0


def test_dicom_voi_table_is_applied(tmp_path: Path) -> None:
    table = Dataset()
    table.LUTDescriptor = [4096, 0, 12]
    table.LUTData = np.arange(4095, -1, -1).astype("<u2").tobytes()
    found = opened(dicom_file(tmp_path / "x.dcm", RAMP, VOILUTSequence=Sequence([table])))
    assert np.abs(found - (4095 - RAMP) / 4095 * FULL).max() < 0.01


def test_dicom_colour_stays_colour(tmp_path: Path) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(opened(dicom_file(tmp_path / "x.dcm", pixels)), pixels)


def test_dicom_palette_becomes_colour(tmp_path: Path) -> None:
    tags: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for number, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [4, 0, 8]
        tags[f"{name}PaletteColorLookupTableData"] = bytes(number * 10 + i for i in range(4))
    pixels = np.array([[0, 1], [2, 3]], np.uint8)
    found = opened(dicom_file(tmp_path / "x.dcm", pixels, **tags))
    assert found.tolist() == [[[0, 10, 20], [1, 11, 21]], [[2, 12, 22], [3, 13, 23]]]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_dicom_other_byte_orders(tmp_path: Path, syntax: Any) -> None:
    pixels = RAMP if syntax is ImplicitVRLittleEndian else RAMP.astype(">u2")
    tags: dict[str, Any] = {"WindowCenter": 2048, "WindowWidth": 4096}
    found = opened(dicom_file(tmp_path / "x.dcm", pixels, syntax, **tags))
    assert np.array_equal(found, opened(dicom_file(tmp_path / "y.dcm", RAMP, **tags)))


def test_dicom_run_length_packing_is_unpacked(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP)
    plain = opened(path)
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
    assert np.array_equal(opened(path), plain)


def test_dicom_packing_without_decoder_is_refused(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP)
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    dataset.save_as(path)
    assert "cannot be unpacked here" in reason(path)


def test_dicom_deflated_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP, DeflatedExplicitVRLittleEndian)
    data = path.read_bytes()
    path.write_bytes(data[:-100] + zlib.compress(bytes(50_000_000)))
    assert "deflated" in reason(path)


def test_dicom_without_picture_is_refused(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP)
    dataset = dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)
    assert reason(path) == "a DICOM file without a picture"


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"NumberOfFrames": 3}, "several pages"),
        ({"Rows": 60_000, "Columns": 60_000}, "more than the limit"),
        ({"Rows": 0}, "without pixels"),
        ({"Rows": 9}, "damaged or cut off"),
    ],
)
def test_dicom_impossible_frame_is_refused(tmp_path: Path, tags: dict[str, Any], why: str) -> None:
    assert why in reason(dicom_file(tmp_path / "x.dcm", RAMP, **tags))


def test_dicom_cut_file_is_refused(tmp_path: Path) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP)
    data = path.read_bytes()
    for size in (140, 200, 300, len(data) - 10):
        path.write_bytes(data[:size])
        assert reason(path) in ("damaged or cut off", "a DICOM file without a picture")


def test_dicom_name_of_the_patient_does_not_pass(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = dicom_file(tmp_path / "x.dcm", RAMP)
    assert b"Doe^Jane" in path.read_bytes()
    with quiet_decoders():
        picture = open_picture(path, Limits())
    assert isinstance(picture, Image.Image)
    assert not picture.info and b"Doe" not in picture.tobytes()


def test_dicom_damaged_tags_are_not_printed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library warns with the value it does not like; such a value can be a name."""
    path = dicom_file(tmp_path / "x.dcm", RAMP, SpecificCharacterSet="ISO_IR 100")
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"doe, janes"))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        open_picture(path, Limits())
        said = [str(item.message) for item in heard] + caplog.messages
        opened(path)
    assert any("doe, janes" in text for text in said)
    assert len(heard) + len(caplog.messages) == len(said)
