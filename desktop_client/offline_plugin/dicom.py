"""Pixels of a DICOM file as a radiologist sees them; nothing else of the file is handed on.

DICOM PS3.3 C.11.1 (rescale), C.11.2 (window and look-up table), C.7.6.3 (photometric interpretation).
"""

from __future__ import annotations

import io
import math
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.filereader import read_dataset, read_preamble
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from common.errors import BadImage

_PREAMBLE: Final = 128
_PALETTE: Final = "PALETTE COLOR"
_FULL: Final = 65_535.0
MARK_BYTES: Final = _PREAMBLE + 4
"""How much of a file tells whether it is DICOM."""
_SIZE_TAGS: Final = ["Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsStored", "PhotometricInterpretation"]
Values = npt.NDArray[Any]


def is_dicom(data: bytes) -> bool:
    """Whether the bytes have the mark of a DICOM file."""
    return data[_PREAMBLE:MARK_BYTES] == b"DICM"


def read_pixels(data: bytes, max_pixels: int, window: tuple[float, float] | None) -> Values:
    """Grey float32 ``[h, w]`` from 0 to 65535, or colour uint8 ``[h, w, 3]``.

    Rescaled, windowed (``window`` = centre and width replaces the stored one), bright as displayed. Without any window
    8-bit values keep their range; deeper ones are stretched from their least to their greatest value.

    Raises:
        BadImage: no single picture, too large, or packed in a way that cannot be unpacked here.
    """
    syntax = _transfer_syntax(io.BytesIO(data))
    dataset = dcmread(io.BytesIO(data))
    if "PixelData" not in dataset and "FloatPixelData" not in dataset and "DoubleFloatPixelData" not in dataset:
        raise BadImage("a DICOM file without a picture", reason="dicom-without-picture")
    _check_size(dataset, max_pixels)
    _check_packing(syntax)
    pixels = dataset.pixel_array
    photometric = str(dataset.PhotometricInterpretation)
    if photometric == _PALETTE:
        return _eight_bit(apply_color_lut(pixels, dataset))
    if pixels.ndim == 3:
        return _eight_bit(pixels)
    grey = _grey(pixels, dataset, window)
    if photometric == "MONOCHROME1":
        grey = 1.0 - grey
    if "PixelPaddingValue" in dataset:
        grey[_padding(pixels, dataset)] = 0.0
    return (grey * _FULL).astype(np.float32)


def read_size(file: BinaryIO, max_pixels: int) -> tuple[int, int, bool, bool]:
    """Width and height, whether it has colours and whether more than 8 bits; the pixels are not read.

    Raises:
        BadImage: as far as the header shows that :func:`read_pixels` would raise it.
    """
    dataset = read_head(file, _SIZE_TAGS)
    if "Rows" not in dataset or "Columns" not in dataset:
        raise BadImage("a DICOM file without a picture", reason="dicom-without-picture")
    _check_size(dataset, max_pixels)
    is_colour = int(dataset.get("SamplesPerPixel") or 1) > 1 or dataset.get("PhotometricInterpretation") == _PALETTE
    return int(dataset.Columns), int(dataset.Rows), is_colour, int(dataset.get("BitsStored") or 8) > 8


def read_head(file: BinaryIO, tags: list[str] | None = None) -> Dataset:
    """Everything but the pixels, or only these tags.

    Raises:
        BadImage: the file is packed as a whole.
    """
    _transfer_syntax(file)
    file.seek(0)
    return dcmread(file, stop_before_pixels=True, specific_tags=list(tags) if tags else None)


def read_window(data: bytes) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """The window a grey picture is shown with if none is chosen, and the least and greatest of its values.

    Both are None for colours; there is no window where values are shown as they are, or by a table of the file.
    """
    dataset = dcmread(io.BytesIO(data))
    pixels = dataset.pixel_array
    if pixels.ndim != 2 or dataset.get("PhotometricInterpretation") == _PALETTE:
        return None, None
    values = apply_modality_lut(pixels, dataset)
    return _stored_window(dataset), (float(values.min()), float(values.max()))


def keyword(tag: BaseTag) -> str:
    """What the standard calls a tag; empty for one that it does not know."""
    return keyword_for_tag(tag)


def _transfer_syntax(file: BinaryIO) -> UID:
    read_preamble(file, False)
    meta = read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    syntax = UID(str(meta.TransferSyntaxUID))
    if syntax == DeflatedExplicitVRLittleEndian:
        # Unpacking it inflates the whole file at once, with no limit on how large it grows.
        raise BadImage("a deflated DICOM file; save it uncompressed", reason="dicom-deflated")
    return syntax


def _check_size(dataset: Dataset, max_pixels: int) -> None:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if rows < 1 or columns < 1:
        raise BadImage("a picture without pixels", reason="no-pixels")
    if rows * columns > max_pixels:
        raise BadImage(f"{columns} x {rows} pixels, more than the limit of {max_pixels}", reason="too-many-pixels")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise BadImage("holds several pages or frames; save each as a file of its own", reason="several-frames")


def _check_packing(syntax: UID) -> None:
    if syntax.is_compressed and not get_decoder(syntax).is_available:
        raise BadImage(
            f"packed as {syntax.name}, which cannot be unpacked here; save it uncompressed", reason="dicom-packed"
        )


def _grey(pixels: Values, dataset: Dataset, window: tuple[float, float] | None) -> npt.NDArray[np.float64]:
    """Values from 0 to 1 in the order of the stored ones."""
    values = apply_modality_lut(pixels, dataset)
    stored = _stored_window(dataset)
    if window is not None:
        return _windowed(values, window, "LINEAR")
    if stored is not None:
        return _windowed(values, stored, str(dataset.get("VOILUTFunction") or "LINEAR"))
    if dataset.get("VOILUTSequence"):
        table_bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.clip(apply_voi(values, dataset) / float(2**table_bits - 1), 0.0, 1.0)
    is_raw = values is pixels or np.array_equal(values, pixels)
    if is_raw and int(dataset.BitsStored) <= 8 and int(dataset.get("PixelRepresentation") or 0) == 0:
        return np.asarray(np.clip(values / float(2 ** int(dataset.BitsStored) - 1), 0.0, 1.0))
    return _stretched(values, dataset, pixels)


def _stored_window(dataset: Dataset) -> tuple[float, float] | None:
    centre, width = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    if centre is None or width is None:
        return None
    # Several windows are alternatives for the viewer; the first one is the default.
    return _first(centre), _first(width)


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, MultiValue) else value)


def _windowed(values: Values, window: tuple[float, float], function: str) -> npt.NDArray[np.float64]:
    centre, width = window
    smallest = 1.0 if function == "LINEAR" else 0.0
    if not (math.isfinite(centre) and math.isfinite(width)) or width < smallest or width == 0.0:
        raise BadImage("its display window is not usable", reason="dicom-window")
    x = values.astype(np.float64)
    if function == "SIGMOID":
        return np.asarray(1.0 / (1.0 + np.exp(np.clip(-4.0 * (x - centre) / width, -700.0, 700.0))))
    if function == "LINEAR_EXACT":
        return np.clip((x - centre) / width + 0.5, 0.0, 1.0)
    if width == 1.0:
        return (x > centre - 0.5).astype(np.float64)
    return np.clip((x - (centre - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)


def _stretched(values: Values, dataset: Dataset, pixels: Values) -> npt.NDArray[np.float64]:
    x = values.astype(np.float64)
    inside = x[~_padding(pixels, dataset)]
    if inside.size == 0 or not np.isfinite(inside).all():
        raise BadImage("its values have no usable range", reason="no-range")
    low, high = float(inside.min()), float(inside.max())
    if low == high:
        return np.zeros_like(x)
    return np.clip((x - low) / (high - low), 0.0, 1.0)


def _padding(pixels: Values, dataset: Dataset) -> npt.NDArray[np.bool_]:
    """Where the stored values only fill the space around the picture."""
    if "PixelPaddingValue" not in dataset:
        return np.zeros(pixels.shape, np.bool_)
    edge = int(dataset.PixelPaddingValue)
    limit = int(dataset.get("PixelPaddingRangeLimit", edge))
    return np.asarray((pixels >= min(edge, limit)) & (pixels <= max(edge, limit)))


def _eight_bit(pixels: Values) -> npt.NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    raise BadImage("colour pixels of an unknown depth", reason="colour-depth")
