"""Small pictures of many files, decoded in a few threads, in the order in which they were asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from common.errors import BadImage, Cancelled
from desktop_client.offline_plugin.gathering.loose import Places
from desktop_client.offline_plugin.images import Limits, open_picture, quiet_decoders
from desktop_client.offline_plugin.looking.pictures import eight_bit, jpeg, within
from desktop_client.offline_plugin.sources import Refusal, refuse_image

MAX_SIDE: Final = 512
_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))


class Thumbnail(NamedTuple):
    """A small JPEG picture of one file."""

    name: str
    width: int
    height: int
    jpeg: bytes


def thumbnails(
    places: Places, names: Sequence[str], side: int, limits: Limits, cancelled: Callable[[], bool]
) -> Generator[Thumbnail | Refusal, None, None]:
    """A small picture of each file, or the reason why there is none; its longer side has at most ``side`` pixels.

    Raises:
        Cancelled: as soon as ``cancelled()`` is true; files that were not begun are not opened.
    """

    def one(name: str) -> Thumbnail | Refusal:
        if cancelled():
            raise Cancelled()
        return _thumbnail(places, name, side, limits)

    with quiet_decoders(), ThreadPoolExecutor(_WORKERS, "thumbnail") as pool:
        futures = [pool.submit(one, name) for name in names]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _thumbnail(places: Places, name: str, side: int, limits: Limits) -> Thumbnail | Refusal:
    try:
        picture = within(eight_bit(open_picture(places.locate(name), limits)), side)
    except BadImage as error:
        # The name as it was asked for: whoever shows the list has to find the row again.
        return refuse_image(name, error)._replace(file=name)
    return Thumbnail(name, picture.width, picture.height, jpeg(picture))
