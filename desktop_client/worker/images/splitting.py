"""`estimate` and `split`: a saved import becomes two bundles and a manifest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.errors import BadInput, DiskFull
from common.sharing.compact import RING_BITS_OF
from desktop_client.offline_plugin.gathering.selected import SelectedSource, read_options
from desktop_client.offline_plugin.gathering.selection import Selection, parse_selection, read_document
from desktop_client.offline_plugin.output import clear_remains
from desktop_client.offline_plugin.plugin import Hooks, SplitKeys, SplitOptions, SplitReport, split_images
from desktop_client.worker.arguments import object_of, path_of, text_of
from desktop_client.worker.channel import Channel
from desktop_client.worker.images.listing import refused_rows

_SPARE: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 1.02


def estimate(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{document, out}``: how many images a split would take and what it needs; nothing is decoded.

    The result is ``{"images", "classes": {name: count}, "bytes": for both servers, "free", "refused"}``.
    """
    selection = _selection(args)
    source = SelectedSource(selection)
    channel.check()
    counts = source.counts()
    return {
        "images": len(source),
        "classes": counts,
        "bytes": _needed(selection, len(source), len(counts)),
        "free": _free(path_of(args, "out")),
        "refused": source.refused,
    }


def split(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{document, out, owner, created, signing, seal_keys: {a, b}}``: write bundles and manifest, all or nothing.

    Progress has the stages ``list`` and ``split``. Parts are ``{"refused": [[file, code, text], ...]}``; the result is
    ``{"dataset", "count", "classes": {name: count}, "refused", "bytes": {"a", "b"}, "folder"}``.

    Raises:
        DiskFull: there is no room, found before an image is read where it can be foreseen.
    """
    selection, out = _selection(args), path_of(args, "out")
    channel.progress("list", 0, 0)
    source = SelectedSource(selection)
    clear_remains(out)
    needed, free = _needed(selection, len(source), len(source.classes)), _free(out)
    if free < needed * _OVERHEAD + _SPARE:
        raise DiskFull(f"The split needs {needed} bytes and {free} are free.", needed=needed, free=free)
    hooks = Hooks(lambda done, total: channel.progress("split", done, total), lambda: channel.is_cancelled)
    report = split_images(source, _options(args, selection), split_keys(args), out, SystemRandom(), hooks)
    channel.rows("refused", refused_rows(report.refused))
    return _value(report)


def _selection(args: dict[str, Any]) -> Selection:
    return parse_selection(read_document(path_of(args, "document")).get("selection"))


def _options(args: dict[str, Any], selection: Selection) -> SplitOptions:
    about = selection.about
    return SplitOptions(
        read=read_options(selection.reading),
        name=about.name,
        owner=text_of(args, "owner"),
        created=text_of(args, "created"),
        visibility=about.visibility,
        shared_with=about.shared_with,
        tags=about.tags,
        description=about.description,
    )


def split_keys(args: dict[str, Any]) -> SplitKeys:
    """The keys a split is signed and sealed with: ``signing`` and ``seal_keys`` of the arguments."""
    seals = object_of(args, "seal_keys")
    try:
        owner = SigningKey.from_bytes(bytes.fromhex(text_of(args, "signing")))
    except ValueError as error:
        raise BadInput("The request has no valid 'signing'.", field="signing") from error
    return SplitKeys(owner, text_of(seals, "a"), text_of(seals, "b"))


def _needed(selection: Selection, images: int, classes: int) -> int:
    """Bytes of both bundles together: for each image one server gets its share and the other almost nothing."""
    form = read_options(selection.reading).encoding
    elements = form.height * form.width * form.channels + classes
    return images * elements * RING_BITS_OF[form.bits] // 8


def _free(out: Path) -> int:
    """Bytes free where the folder will be."""
    place = out
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError as error:
        raise BadInput(f"The folder {place.name!r} cannot be used.") from error


def _value(report: SplitReport) -> dict[str, Any]:
    return {
        "dataset": report.dataset_id,
        "count": report.count,
        "classes": dict(zip(report.classes, report.class_counts, strict=True)),
        "refused": len(report.refused),
        "bytes": {"a": report.bytes_a, "b": report.bytes_b},
        "folder": str(report.manifest_path.parent),
    }
