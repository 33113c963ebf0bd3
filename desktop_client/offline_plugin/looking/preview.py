"""One image before and after it is brought to the form of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from desktop_client.offline_plugin import dicom
from desktop_client.offline_plugin.contact_sheet import visible
from desktop_client.offline_plugin.encode import encode
from desktop_client.offline_plugin.images import Limits, named_faults, open_picture, quiet_decoders, read_file
from desktop_client.offline_plugin.looking.pictures import eight_bit, from_array, histogram, png, within
from desktop_client.offline_plugin.looking.tags import Tag, dropped_tags
from desktop_client.offline_plugin.plugin import ReadOptions

MAX_SIDE: Final = 640


@dataclass(frozen=True)
class Preview:
    """Both pictures as PNG files, made smaller for the screen where a side is longer than 640 pixels.

    Histograms count the 8 leading bits. ``window`` and ``values`` are those of a DICOM file: the window that applies if
    none is chosen, and the range of the values that windows are about.
    """

    before: bytes
    after: bytes
    size: tuple[int, int]
    shape: tuple[int, int, int]
    histogram_before: list[int]
    histogram_after: list[int]
    dropped: list[Tag]
    is_dicom: bool
    window: tuple[float, float] | None
    values: tuple[float, float] | None


def preview(path: Path, options: ReadOptions) -> Preview:
    """What the options make of one file.

    Raises:
        BadImage: it cannot be used, with the reason.
    """
    with quiet_decoders():
        whole = open_picture(path, Limits(options.max_pixels, options.window))
        after = encoded(path, options)
        data = read_file(path)
        is_dicom = dicom.is_dicom(data)
        with named_faults():
            window, values = dicom.read_window(data) if is_dicom else (None, None)
        dropped = dropped_tags(data)
    shown = eight_bit(whole)
    small = visible(after, options.encoding.bits)
    return Preview(
        before=png(within(shown, MAX_SIDE)),
        after=png(within(from_array(small), MAX_SIDE)),
        size=whole.size,
        shape=options.encoding.shape,
        histogram_before=histogram(np.asarray(shown)),
        histogram_after=histogram(small),
        dropped=dropped,
        is_dicom=is_dicom,
        window=window,
        values=values,
    )


def encoded(path: Path, options: ReadOptions) -> npt.NDArray[Any]:
    """Pixels ``[h, w, c]`` exactly as they are split.

    Raises:
        BadImage: it cannot be used, with the reason.
    """
    picture: Image.Image = open_picture(path, options.limits)
    return encode(picture, options.encoding)
