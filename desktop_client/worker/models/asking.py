"""Images of a test become two bundles in the helper process, as those of a training do."""

from __future__ import annotations

from typing import Any, Final

from common.crypto.rng import SystemRandom
from common.errors import BadInput
from desktop_client.offline_plugin.encode import FITS, Encoding, encode
from desktop_client.offline_plugin.images import open_picture, quiet_decoders
from desktop_client.offline_plugin.plugin import Hooks, ReadOptions, SplitOptions, split_images
from desktop_client.offline_plugin.single import OnePicture
from desktop_client.worker.arguments import number_of, pair_of, path_of, text_of, texts_of
from desktop_client.worker.channel import Channel
from desktop_client.worker.images.splitting import split_keys
from desktop_client.worker.models.trials import MAX_REFUSED, MAX_SIDE, as_png

_TABLE: Final = ".csv"
_MAX_CLASSES: Final = 1000
_MAX_SIDE: Final = 1 << 16


def split_test(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Split a labelled folder, a table, or one picture for a test at the servers; all or nothing.

    ``{source, classes, height, width, channels, bits, most[, fit][, window][, label], name, owner, created, signing,
    seal_keys: {a, b}, out}``. Parts are ``{"names": [file, ...]}`` in the order of the data set and ``{"refused":
    [[file, reason, code], ...]}``; ``{count, refused, seen}``, where ``seen`` is one picture as it was split, a PNG in
    base64, and empty for more than one.

    Raises:
        BadInput: more images than a model answers for at a time; nothing is left behind.
    """
    source, classes = path_of(args, "source"), tuple(texts_of(args, "classes", _MAX_CLASSES))
    encoding, is_picture = _encoding(args), source.is_file() and source.suffix.lower() != _TABLE
    read = ReadOptions(encoding, classes, window=pair_of(args, "window"))
    options = SplitOptions(
        read, text_of(args, "name"), text_of(args, "owner"), text_of(args, "created"), tags=("test",)
    )
    label = text_of(args, "label", "") or None
    images = OnePicture(source, classes, label) if is_picture else source
    hooks = Hooks(lambda done, total: channel.progress("split", done, total), lambda: channel.is_cancelled)
    report = split_images(images, options, split_keys(args), path_of(args, "out"), SystemRandom(), hooks)
    most = number_of(args, "most", 1, 1 << 40)
    if most is not None and report.count > most:
        raise BadInput(f"A model answers for at most {most} images at a time; these are {report.count}.", most=most)
    channel.rows("names", list(report.names))
    channel.rows("refused", [list(one) for one in report.refused[:MAX_REFUSED]])
    seen = ""
    if is_picture:
        with quiet_decoders():
            seen = as_png(encode(open_picture(source, read.limits), encoding), encoding.bits, MAX_SIDE)
    return {"count": report.count, "refused": len(report.refused), "seen": seen}


def _encoding(args: dict[str, Any]) -> Encoding:
    sides = [number_of(args, name, 1, _MAX_SIDE) for name in ("height", "width", "channels", "bits")]
    height, width, channels, bits = (side or 0 for side in sides)
    return Encoding(height, width, channels, bits, text_of(args, "fit", FITS[0]))
