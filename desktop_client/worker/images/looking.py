"""`thumbnails`, `preview`, `shares`, `hiding`: what a person looks at; pictures travel as base64 text."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from common.crypto.prg import SEED_BYTES
from common.crypto.rng import SystemRandom
from common.errors import BadInput
from desktop_client.offline_plugin.gathering.loose import MAX_PATHS, open_places
from desktop_client.offline_plugin.gathering.selected import read_options
from desktop_client.offline_plugin.gathering.selection import parse_reading
from desktop_client.offline_plugin.images import Limits
from desktop_client.offline_plugin.looking.hiding import MAX_IMAGES, Choice, hide
from desktop_client.offline_plugin.looking.preview import encoded
from desktop_client.offline_plugin.looking.preview import preview as preview_file
from desktop_client.offline_plugin.looking.shares import ShareView, shares_view
from desktop_client.offline_plugin.looking.thumbnails import MAX_SIDE, Thumbnail
from desktop_client.offline_plugin.looking.thumbnails import thumbnails as thumbnail_files
from desktop_client.offline_plugin.plugin import ReadOptions
from desktop_client.offline_plugin.sources import Refusal
from desktop_client.worker.arguments import number_of, pair_of, paths_of, text_of, texts_of
from desktop_client.worker.channel import Channel
from desktop_client.worker.images.listing import refused_rows

MAX_NAMES: Final = 500
_USUAL_SIDE: Final = 96
_AT_ONCE: Final = 12


def thumbnails(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{paths, names, size?, window?}``: small JPEG pictures of some of the files that `scan` listed.

    Parts are ``{"thumbnails": [[file, width, height, base64], ...]}`` and ``{"refused": [[file, code, text], ...]}`` as
    they are there; the result is ``{"shown": n, "refused": n}``.
    """
    places = open_places(paths_of(args, "paths", MAX_PATHS))
    names = texts_of(args, "names", MAX_NAMES)
    side = number_of(args, "size", 16, MAX_SIDE) or _USUAL_SIDE
    limits = Limits(window=pair_of(args, "window"), side=side)
    found: list[Thumbnail | Refusal] = []
    shown = 0
    for entry in thumbnail_files(places, names, side, limits, lambda: channel.is_cancelled):
        found.append(entry)
        shown += isinstance(entry, Thumbnail)
        if len(found) == _AT_ONCE:
            _send(found, channel)
            found = []
    _send(found, channel)
    return {"shown": shown, "refused": len(names) - shown}


def preview(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{paths, name, reading}``: one image before and after it gets the form of the data set."""
    path, options = _file(args), _options(args)
    channel.check()
    found = preview_file(path, options)
    return {
        "before": _text(found.before),
        "after": _text(found.after),
        "size": list(found.size),
        "shape": list(found.shape),
        "histogram_before": found.histogram_before,
        "histogram_after": found.histogram_after,
        "dropped": [list(tag) for tag in found.dropped],
        "is_dicom": found.is_dicom,
        "window": found.window and list(found.window),
        "values": found.values and list(found.values),
    }


def shares(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{paths, name, reading}``: fresh real shares of one image, as pictures and figures; nothing is kept."""
    path, options = _file(args), _options(args)
    channel.check()
    encoding = options.encoding
    found = shares_view(encoded(path, options), encoding.bits, encoding.ring_bits, SystemRandom())
    return {
        "original": _text(found.original),
        "histogram": found.histogram,
        "a": _share(found.a),
        "b": _share(found.b),
        "bits": found.bits,
        "ring_bits": found.ring_bits,
    }


def hiding(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{paths, names, reading, k, mask, scale, seed?}``: what mixing and masking make of a few images, locally.

    The result is ``{"images": [{mixed, hidden, sources, weights}], "seed": hex, "local": true}``; to give the seed
    again keeps the partners.
    """
    places, names, options = open_places(paths_of(args, "paths", MAX_PATHS)), _names(args), _options(args)
    choice = Choice(number_of(args, "k", 1, MAX_IMAGES) or 0, args.get("mask") is True, text_of(args, "scale"))
    seed = _seed(args)
    images = []
    for name in names:
        channel.check()
        images.append(encoded(places.locate(name), options))
    rows = hide(np.stack(images), options.encoding.bits, choice, seed, SystemRandom())
    shown = [{**asdict(row), "mixed": _text(row.mixed), "hidden": _text(row.hidden)} for row in rows]
    return {"images": shown, "seed": seed.hex(), "local": True}


def _send(found: list[Thumbnail | Refusal], channel: Channel) -> None:
    good = [entry for entry in found if isinstance(entry, Thumbnail)]
    channel.rows("thumbnails", [[one.name, one.width, one.height, _text(one.jpeg)] for one in good])
    channel.rows("refused", refused_rows([entry for entry in found if isinstance(entry, Refusal)]))


def _file(args: dict[str, Any]) -> Path:
    return open_places(paths_of(args, "paths", MAX_PATHS)).locate(text_of(args, "name"))


def _options(args: dict[str, Any]) -> ReadOptions:
    return read_options(parse_reading(args.get("reading")))


def _names(args: dict[str, Any]) -> list[str]:
    names = texts_of(args, "names", MAX_IMAGES)
    if not names:
        raise BadInput("Choose at least one image.", field="names")
    return names


def _seed(args: dict[str, Any]) -> bytes:
    given = text_of(args, "seed", "")
    try:
        seed = bytes.fromhex(given) if given else SystemRandom().token(SEED_BYTES)
    except ValueError as error:
        raise BadInput("The request has no valid 'seed'.", field="seed") from error
    if len(seed) != SEED_BYTES:
        raise BadInput("The request has no valid 'seed'.", field="seed")
    return seed


def _share(view: ShareView) -> dict[str, Any]:
    return {**asdict(view), "png": _text(view.png)}


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
